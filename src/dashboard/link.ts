/** What a page has of the browser that a link opened it in. */
export interface Opened {
  readonly location: { readonly hash: string; readonly pathname: string };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
}

/**
 * What a link brought under this name. It is in the fragment, which no server or proxy sees; it leaves the address bar
 * and the history too. Empty when there is none.
 */
export function takeFromLink(name: string, { location, history }: Opened): string {
  const value = new URLSearchParams(location.hash.slice(1)).get(name) ?? '';
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  return value;
}
