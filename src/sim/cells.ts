import { isLatLng, type LatLng } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { type Columns, locateColumns } from './columns.ts';
import { openCsv } from './csv-rows.ts';
import { DaySpan } from './schedule.ts';
import type { TimeReader } from './time-format.ts';
import { UsageError } from './usage-error.ts';

/** A file, where its columns are and how its times read. */
export interface CsvSource {
  readonly path: string;
  readonly columns: Columns;
  readonly time: TimeReader;
  /** Milliseconds east of UTC of the place that the file is about. */
  readonly utcOffsetMs: number;
}

/** The cell of a mapped field of one row; an unmapped field reads as empty. */
export type Cell = (field: string) => string;

/** Reads a file row by row; a row that is none comes as null. */
export async function eachRow(source: CsvSource, take: (cell: Cell | null) => void): Promise<void> {
  const csv = await openCsv(source.path);
  try {
    const places = locateColumns(source.columns, csv.header, source.path);
    for await (const row of csv.rows) {
      take(row && ((field) => cellAt(row, places.get(field))));
    }
  } finally {
    csv.close();
  }
}

function cellAt(row: readonly string[], place: number | undefined): string {
  return place === undefined ? '' : must(row[place], 'a row as wide as its header');
}

/** The first civil day that a file covers from end to end, by one of its fields. */
export async function firstFullDayOf(source: CsvSource, timeField: string, flags: string): Promise<number> {
  const span = new DaySpan(source.utcOffsetMs);
  await eachRow(source, (cell) => {
    const atMs = cell === null ? null : source.time(cell(timeField));
    if (atMs !== null) span.add(atMs);
  });
  const day = span.firstFullDay();
  if (day === null) throw new UsageError(`${source.path} has no row with a readable time; see ${flags}.`);
  return day;
}

/** A place out of two cells, in degrees; null when they are none. */
export function pointOf(latText: string, lonText: string): LatLng | null {
  if (latText.trim() === '' || lonText.trim() === '') return null;
  const [lat, lng] = [Number(latText), Number(lonText)];
  return isLatLng(lat, lng) ? { lat, lng } : null;
}

/** A place out of one cell: `(lat, lon)`, `lat lon` or well-known text, `POINT (lon lat)`. */
export function pointIn(text: string): LatLng | null {
  const numbers = text.match(/-?\d+(?:\.\d+)?/g);
  const [first, second] = numbers ?? [];
  if (first === undefined || second === undefined || numbers?.length !== 2) return null;
  return /^\s*point/i.test(text) ? pointOf(second, first) : pointOf(first, second);
}
