/** One place of a JSON value where two versions differ; `before` or `after` is undefined where there was nothing. */
export interface Change {
  /** Such as `base.waves[0].size`; empty for the whole. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What differs between two JSON values, as deep as it can be named, in the order of the first. */
export function jsonDiff(before: unknown, after: unknown, path = ''): Change[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }, (_, i) => i).flatMap((i) =>
      jsonDiff(before[i], after[i], `${path}[${i}]`),
    );
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      jsonDiff(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`),
    );
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

const own = (from: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(from, key) ? from[key] : undefined;

/** Of an object and something else, or of two plain values: the same when they are written the same. */
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What was typed, read as JSON; or where it stops being JSON, by line and column from 1. */
export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly line: number | null; readonly column: number | null };

export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    if (at === undefined) return { ok: false, line: null, column: null };
    const lines = text.slice(0, Number(at)).split('\n');
    return { ok: false, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

/** A value as it is shown in a line. */
export function valueText(value: unknown): string {
  if (value === undefined) return '–';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
