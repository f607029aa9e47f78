import { takeFromLink } from '../link.ts';
import { byId, onSubmit, setText } from './dom.ts';
import { problemWords } from './session.ts';

/** What the link of this page brought under this name. */
export const fromLink = (name: string): string => takeFromLink(name, { location, history });

/** The form `#id` with `#id-problem` and `#id-done`: once its action is done it gives way to what it led to. */
export function linkForm(id: string, action: (form: HTMLFormElement) => Promise<void>): HTMLFormElement {
  const form = byId(id, HTMLFormElement);
  const done = byId(`${id}-done`, HTMLElement);
  const act = async () => {
    await action(form);
    form.reset();
    form.hidden = true;
    done.hidden = false;
    // So that a screen reader goes on where the page does.
    done.focus();
  };
  onSubmit(form, byId(`${id}-problem`, HTMLElement), act, problemWords);
  return form;
}

/** Says that the page was opened without the link that it is for. */
export function missesLink(id: string): void {
  setText(byId(`${id}-problem`, HTMLElement), 'This page needs the link from your mail. Open that link.');
}
