import { cellsOf, delimiterOf } from '../../lib/csv-line.ts';
import {
  accuracyOf,
  altitudeOf,
  headingOf,
  idOf,
  numberOf,
  percentOf,
  placeOf,
  type SpeedUnit,
  speedOf,
  timeOf,
} from '../apps/values.ts';

import { type ImportRow, refusedRow, UNKNOWN } from './import-row.ts';

/** What a column may hold, and what such a column is usually called. */
export const CSV_FIELDS = {
  at: [
    'time',
    'timestamp',
    'at',
    'datetime',
    'date_time',
    'date',
    'tracked_at',
    'recorded_at',
    'fix_at',
    'unix_s',
    'tst',
  ],
  lat: ['lat', 'latitude'],
  lng: ['lon', 'lng', 'long', 'longitude'],
  accuracy: ['accuracy', 'acc', 'accuracy_m', 'horizontal_accuracy'],
  speed: ['speed', 'vel', 'velocity', 'speed_mps'],
  heading: ['heading', 'bearing', 'course', 'cog', 'heading_deg'],
  altitude: ['altitude', 'alt', 'elevation', 'ele', 'altitude_m'],
  battery: ['battery', 'batt', 'battery_pct'],
  id: ['message_id', 'uuid'],
} as const;
export type CsvField = keyof typeof CSV_FIELDS;

export interface CsvOptions {
  /** Columns that are called otherwise than usual. */
  readonly columns?: Readonly<Partial<Record<CsvField, string>>>;
  readonly speedUnit?: SpeedUnit;
  /** Metres unless stated. */
  readonly altitudeUnit?: 'm' | 'ft';
  /** Reads a time; not given: epoch seconds or milliseconds, or a date and time, of UTC when it names no zone. */
  readonly time?: (text: string) => number | null;
  /** Only rows that hold this in that column. */
  readonly only?: { readonly column: string; readonly value: string };
}

/** The header does not fit. The message is one sentence that says what to do. */
export class CsvUnfit extends Error {
  override readonly name = 'CsvUnfit';
}

const FOOT_M = 0.3048;

/**
 * Rows of a CSV file with a header, with commas, semicolons or tabs between. A row that is none costs its own line and no
 * other. Throws {@link CsvUnfit} when time and place are in no column.
 */
export async function* readCsv(lines: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<ImportRow> {
  let line = 0;
  let reader: ((line: number, text: string) => ImportRow | null) | null = null;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    if (reader === null) {
      reader = readerFor(text.replace(/^\uFEFF/, ''), options);
      continue;
    }
    const row = reader(line, text);
    if (row) yield row;
  }
}

function readerFor(header: string, options: CsvOptions): (line: number, text: string) => ImportRow | null {
  const delimiter = delimiterOf(header);
  const names = cellsOf(header, delimiter)?.map((name) => name.trim()) ?? [];
  const places = placesIn(names, options.columns ?? {});
  const only = options.only && { place: placeIn(names, options.only.column), value: options.only.value };
  return (line, text) => {
    const cells = cellsOf(text, delimiter);
    if (!cells) return refusedRow(line, 'a quote is not closed');
    if (cells.length !== names.length)
      return refusedRow(line, `${cells.length} cells instead of ${names.length}`);
    if (only && cells[only.place]?.trim() !== only.value) return null;
    return rowOf(line, (field) => cells[places.get(field) ?? -1]?.trim() ?? '', options);
  };
}

function placeIn(names: readonly string[], column: string): number {
  const place = names.findIndex((name) => name.toLowerCase() === column.toLowerCase());
  if (place < 0) throw new CsvUnfit(`There is no column "${column}"; there are ${names.join(', ')}.`);
  return place;
}

function placesIn(
  names: readonly string[],
  columns: NonNullable<CsvOptions['columns']>,
): Map<CsvField, number> {
  const places = new Map<CsvField, number>();
  const lower = names.map((name) => name.toLowerCase());
  for (const [field, usual] of Object.entries(CSV_FIELDS) as [CsvField, readonly string[]][]) {
    const named = columns[field];
    const place =
      named === undefined ? lower.findIndex((name) => usual.includes(name)) : placeIn(names, named);
    if (place >= 0) places.set(field, place);
  }
  for (const needed of ['at', 'lat', 'lng'] as const) {
    if (places.has(needed)) continue;
    const usual = CSV_FIELDS[needed].join(', ');
    throw new CsvUnfit(
      `No column holds "${needed}" (${usual}); say which does with --columns ${needed}=NAME; there are ${names.join(', ')}.`,
    );
  }
  return places;
}

function rowOf(line: number, cell: (field: CsvField) => string, options: CsvOptions): ImportRow {
  const { speedUnit = 'mps', altitudeUnit = 'm', time = timeOf } = options;
  const place = placeOf(cell('lat'), cell('lng'));
  if (!place) return refusedRow(line, 'no place on earth');
  const atMs = time(cell('at'));
  if (atMs === null) return refusedRow(line, 'a time that can not be read');
  const altitude = numberOf(cell('altitude'));
  const known = {
    accuracyM: accuracyOf(cell('accuracy')),
    speedMps: speedOf(cell('speed'), speedUnit),
    headingDeg: headingOf(cell('heading')),
    altitudeM: altitudeOf(altitude === null ? null : altitude * (altitudeUnit === 'ft' ? FOOT_M : 1)),
    batteryPct: percentOf(cell('battery')),
    messageId: idOf(cell('id')),
  };
  return { line, fix: { ...UNKNOWN, ...place, atMs, ...known } };
}
