import { UsageError } from './usage-error.ts';

/** Which column of a file holds what: `field name → column name`. */
export type Columns = ReadonlyMap<string, string>;

/** What a file has to tell us, and what it may. */
export interface ColumnNeeds {
  /** The flag that maps them, to say where to mend it. */
  readonly flag: string;
  readonly known: readonly string[];
  /** At least one of these sets has to be mapped whole. */
  readonly oneOf: readonly (readonly string[])[];
}

/** Reads `id=Call Number,location=Location`. A column name may hold anything but a comma. */
export function parseColumns(text: string, needs: ColumnNeeds): Columns {
  const columns = parsePairs(text, needs.flag);
  for (const field of columns.keys()) {
    if (!needs.known.includes(field)) {
      throw new UsageError(`${needs.flag} maps "${field}", which is none of ${needs.known.join(', ')}.`);
    }
  }
  if (!needs.oneOf.some((set) => set.every((field) => columns.has(field)))) {
    const choice = needs.oneOf.map((set) => set.join(', ')).join('; or ');
    throw new UsageError(`${needs.flag} has to map ${choice}.`);
  }
  return columns;
}

/** Reads `a=b,c=d` into a map; both sides are trimmed and may not be empty. */
export function parsePairs(text: string, flag: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const [left, right] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || left === '' || right === '') {
      throw new UsageError(
        `${flag} is a list such as "id=Call Number,type=Call Type"; "${part}" does not fit.`,
      );
    }
    pairs.set(left, right);
  }
  return pairs;
}

/** Where each mapped field is in a row, once the header is known. */
export function locateColumns(
  columns: Columns,
  header: readonly string[],
  file: string,
): Map<string, number> {
  const places = new Map<string, number>();
  for (const [field, column] of columns) {
    const place = header.indexOf(column);
    if (place < 0) {
      throw new UsageError(
        `${file} has no column "${column}" (for ${field}); it has ${header.map((h) => `"${h}"`).join(', ')}.`,
      );
    }
    places.set(field, place);
  }
  return places;
}
