import { takeFromLink } from '../../link.ts';

/** What the link of this page brought under this name. */
export const fromLink = (name: string): string => takeFromLink(name, { location, history });

// Somebody pastes the link where the page is open already: browsers do not load it again by themselves.
addEventListener('hashchange', () => location.reload());
