import { cellsOf, delimiterOf } from './csv-line.ts';
import { converted, hasOtherUnits, unitsBeside } from './units.ts';

/** What a field of a table takes. */
export interface TableField {
  readonly kind: 'text' | 'number' | 'whole' | 'bool' | 'instant' | 'day';
  /** What a number is kept in; null: it has none. */
  readonly unit: string | null;
  /** What its column may be called, and in which unit it is then; null: the name does not say. The first is our own. */
  readonly names: readonly { readonly name: string; readonly unit: string | null }[];
}

export interface TableOptions {
  /** Columns that are called otherwise, by field. */
  readonly columns: Readonly<Record<string, string>>;
  /** Units that no name says, by field. */
  readonly units: Readonly<Record<string, string>>;
  /** Reads a time, in milliseconds since 1970. */
  readonly time: (text: string) => number | null;
}

export type TableRow =
  | { readonly line: number; readonly values: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: string };

/** The header does not fit. The message is one sentence that says what to do. */
export class TableUnfit extends Error {
  override readonly name = 'TableUnfit';
}

interface Place {
  readonly field: string;
  readonly of: TableField;
  readonly at: number;
  /** What a bare number in it is in. */
  readonly unit: string | null;
}

export interface TableReader {
  /** Names of columns that are not read. */
  readonly unread: readonly string[];
  read(line: number, text: string): TableRow;
}

/**
 * Reads lines of a CSV file under this header. A number may bring its unit (`64 oz`); one that does not is in that of its
 * column, which has to be known: nothing is guessed.
 * @throws TableUnfit
 */
export function tableReader(
  header: string,
  fields: Readonly<Record<string, TableField>>,
  options: TableOptions,
): TableReader {
  const delimiter = delimiterOf(header);
  const names = cellsOf(header.replace(/^\uFEFF/, ''), delimiter)?.map((name) => name.trim()) ?? [];
  const places = Object.entries(fields).flatMap(([field, of]) => placeOf(field, of, names, options) ?? []);
  const known = new Set(places.map(({ at }) => at));
  return {
    unread: names.filter((_, at) => !known.has(at)),
    read(line, text) {
      const cells = cellsOf(text, delimiter);
      if (!cells) return { line, problem: 'a quote is not closed' };
      if (cells.length !== names.length)
        return { line, problem: `${cells.length} cells instead of ${names.length}` };
      return rowOf(line, cells, places, options);
    },
  };
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function placeOf(
  field: string,
  of: TableField,
  header: readonly string[],
  { columns, units }: TableOptions,
): Place | null {
  const stated = columns[field];
  if (stated !== undefined && !header.includes(stated))
    throw new TableUnfit(`There is no column "${stated}"; there are ${header.join(', ')}.`);
  const known = stated === undefined ? of.names : [{ name: stated, unit: unitInName(stated, of) }];
  for (const { name, unit: said } of known) {
    const at = header.findIndex((one) => plain(one) === plain(name));
    if (at < 0) continue;
    const unit = units[field] ?? said;
    if (of.unit !== null && unit !== null && converted(1, unit, of.unit) === null)
      throw new TableUnfit(`${field} is not told in "${unit}", but in ${ways(of.unit)}.`);
    return { field, of, at, unit };
  }
  return null;
}

/** A column that is called otherwise and still by our own name says our unit. */
const unitInName = (name: string, { names, unit }: TableField): string | null =>
  plain(name) === plain(names[0]?.name ?? '') || (unit !== null && !hasOtherUnits(unit)) ? unit : null;

const ways = (unit: string): string => [unit, ...unitsBeside(unit)].join(', ');

function rowOf(
  line: number,
  cells: readonly string[],
  places: readonly Place[],
  { time }: TableOptions,
): TableRow {
  const values: Record<string, unknown> = {};
  for (const place of places) {
    const text = cells[place.at]?.trim() ?? '';
    if (text === '') continue;
    const value = valueIn(text, place, time);
    if (value === null) return { line, problem: `${place.field}: "${text.slice(0, 40)}" can not be read` };
    if (value === NO_UNIT)
      return {
        line,
        problem: `${place.field}: in which unit? Say --units ${place.field}=U, one of ${ways(place.of.unit ?? '')}`,
      };
    values[place.field] = value;
  }
  return { line, values };
}

const NO_UNIT = Symbol('the unit is not known');
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*(\D{0,12})$/;
const BOOLS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  '0': false,
};

function valueIn(text: string, { of, unit }: Place, time: TableOptions['time']): unknown {
  switch (of.kind) {
    case 'text':
      return text;
    case 'bool':
      return Object.hasOwn(BOOLS, text.toLowerCase()) ? BOOLS[text.toLowerCase()] : null;
    case 'instant':
      return time(text);
    case 'day': {
      const [day] = /^\d{4}-\d{2}-\d{2}(?=$|T| )/.exec(text) ?? [];
      return day ?? null;
    }
    default:
      return numberOf(text, of, unit);
  }
}

function numberOf(text: string, of: TableField, columns: string | null): number | typeof NO_UNIT | null {
  const [, digits, said = ''] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return null;
  const value = Number(digits);
  const theirs = said.trim() === '' ? columns : said;
  if (of.unit === null) return said.trim() === '' ? value : null;
  if (theirs === null) return hasOtherUnits(of.unit) ? NO_UNIT : value;
  const ours = converted(value, theirs, of.unit);
  return ours !== null && of.kind === 'whole' && ours !== value ? Math.round(ours) : ours;
}
