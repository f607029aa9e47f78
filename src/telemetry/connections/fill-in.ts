import type { Mapping, ProviderCall } from './mapping.ts';

/** What is filled into `{places}` of a mapping. */
export type Places = Readonly<Record<string, string>>;

const PLACE = /\{(\w+)\}/g;

const filled = (text: string, places: Places, as: (value: string) => string = String) =>
  text.replace(PLACE, (_place, name: string) => as(places[name] ?? ''));

/**
 * An address of a mapping. It begins with one of the mapping's hosts; whatever else is filled in is encoded, so that it
 * stays one part of the path. Fields of the query that end up empty are left out.
 */
export function addressOf(
  { hosts }: Pick<Mapping, 'hosts'>,
  url: string,
  query: Readonly<Record<string, string>>,
  places: Places,
): string {
  const [, host = '', rest = ''] = /^\{(\w+)\}(.*)$/.exec(url) ?? [];
  const address = new URL(`${hosts[host] ?? ''}${filled(rest, places, pathPart)}`);
  for (const [name, text] of Object.entries(query)) {
    const value = filled(text, places);
    if (value !== '') address.searchParams.set(name, value);
  }
  return address.href;
}

/** A lone `.` or `..` would climb out of its place in the path. */
const pathPart = (value: string) => (/^\.{1,2}$/.test(value) ? '' : encodeURIComponent(value));

export function bodyOf({ json }: ProviderCall, places: Places): string | undefined {
  if (!json) return undefined;
  return JSON.stringify(
    Object.fromEntries(Object.entries(json).map(([name, text]) => [name, filled(text, places)])),
  );
}
