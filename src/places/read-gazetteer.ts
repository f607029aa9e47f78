import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { isLatLng } from '../geo/lat-lng.ts';
import type { Place } from './types.ts';

/** The file of places can't be used. The message is one sentence that says what to do. */
export class GazetteerError extends Error {
  override readonly name = 'GazetteerError';
}

/** About 2 kB of memory each; a look at all of them takes a second. */
export const PLACES_MAX = 100_000;
const GEOJSON_BYTES_MAX = 200 * 1024 * 1024;

interface Read {
  readonly places: Place[];
  /** Rows without a name or a point on the earth. */
  skipped: number;
}

/**
 * Reads a list of places, by the ending of its name: `.csv` with a header line that names columns for name, latitude and
 * longitude; `.tsv` or `.txt` as GeoNames publishes it (19 columns, no header); `.geojson` or `.json` with features that
 * have a `name`. Rejects with {@link GazetteerError}.
 */
export async function readGazetteer(file: string): Promise<{ places: readonly Place[]; skipped: number }> {
  const read: Read = { places: [], skipped: 0 };
  try {
    if (/\.(geo)?json$/i.test(file)) await readGeoJson(file, read);
    else if (/\.csv$/i.test(file)) await readRows(file, ',', read, columnsOfHeader);
    else if (/\.(tsv|txt)$/i.test(file)) await readRows(file, '\t', read, () => GEONAMES);
    else throw new GazetteerError('a file of places ends in .csv, .tsv, .txt, .geojson or .json');
  } catch (error) {
    if (error instanceof GazetteerError) throw error;
    throw new GazetteerError(`the file of places can not be read (${codeOf(error)})`);
  }
  if (read.places.length === 0)
    throw new GazetteerError('the file of places holds no place with a name and a point');
  return read;
}

const codeOf = (error: unknown) =>
  error instanceof Error ? String((error as { code?: unknown }).code ?? error.name) : 'unknown';

function keep(read: Read, place: Place): void {
  const { lat, lng } = place.point;
  if (place.name === '' || !isLatLng(lat, lng)) {
    read.skipped += 1;
    return;
  }
  if (read.places.length >= PLACES_MAX)
    throw new GazetteerError(`the file of places holds more than ${PLACES_MAX}: cut it to your area`);
  read.places.push(place);
}

interface Columns {
  readonly name: number;
  readonly lat: number;
  readonly lng: number;
  readonly kind: number;
  /** Joined by commas. */
  readonly address: readonly number[];
  /** Whether the first row is the header. */
  readonly hasHeader: boolean;
}

/** GeoNames, readme.txt: 1 name, 4 latitude, 5 longitude, 7 feature code, 8 country, 10 admin1. */
const GEONAMES: Columns = { name: 1, lat: 4, lng: 5, kind: 7, address: [10, 8], hasHeader: false };

const NAMES = {
  name: ['name', 'title', 'label'],
  lat: ['lat', 'latitude', 'y'],
  lng: ['lng', 'lon', 'long', 'longitude', 'x'],
  kind: ['kind', 'type', 'class'],
  address: [
    'address',
    'street',
    'housenumber',
    'postcode',
    'zip',
    'city',
    'town',
    'state',
    'region',
    'country',
  ],
} as const;

function columnsOfHeader(header: readonly string[]): Columns {
  const titles = header.map((title) => title.trim().toLowerCase());
  const of = (known: readonly string[]) => titles.findIndex((title) => known.includes(title));
  const [name, lat, lng] = [of(NAMES.name), of(NAMES.lat), of(NAMES.lng)];
  if (name < 0 || lat < 0 || lng < 0)
    throw new GazetteerError(
      'the first line of the file of places names no columns name, latitude and longitude',
    );
  const address = NAMES.address.map((title) => titles.indexOf(title)).filter((column) => column >= 0);
  return { name, lat, lng, kind: of(NAMES.kind), address, hasHeader: true };
}

async function readRows(
  file: string,
  delimiter: string,
  read: Read,
  columnsOf: (first: readonly string[]) => Columns,
): Promise<void> {
  const isTabbed = delimiter === '\t';
  const rows = parse({
    bom: true,
    delimiter,
    quote: isTabbed ? false : '"',
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // What goes wrong with the file ends the rows, and is heard where they are read.
  pipeline(createReadStream(file), rows, () => {});
  let columns: Columns | null = null;
  for await (const row of rows as AsyncIterable<string[]>) {
    const isFirst = columns === null;
    columns ??= columnsOf(row);
    if (isFirst && columns.hasHeader) continue;
    const cell = (column: number) => row[column]?.trim() ?? '';
    const address = columns.address.map(cell).filter((part) => part !== '');
    keep(read, {
      name: cell(columns.name),
      address: address.join(', ') || null,
      kind: cell(columns.kind) || null,
      point: { lat: numberOf(cell(columns.lat)), lng: numberOf(cell(columns.lng)) },
    });
  }
}

/** An empty text is no zero. */
const numberOf = (text: string): number => (text === '' ? Number.NaN : Number(text));

async function readGeoJson(file: string, read: Read): Promise<void> {
  if ((await stat(file)).size > GEOJSON_BYTES_MAX)
    throw new GazetteerError(
      'the file of places is larger than 200 MiB: make it a .csv, which is read in pieces',
    );
  const { features } = JSON.parse(await readFile(file, 'utf8')) as { features?: unknown };
  if (!Array.isArray(features)) throw new GazetteerError('the file of places holds no features of GeoJSON');
  for (const feature of features as Feature[]) {
    const { properties, geometry } = feature ?? {};
    const [lng, lat] = middleOf(geometry?.coordinates);
    const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
    keep(read, {
      name: text(properties?.name),
      address: text(properties?.address) || null,
      kind: text(properties?.kind) || text(properties?.layer) || null,
      point: { lat, lng },
    });
  }
}

interface Feature {
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly geometry?: { readonly coordinates?: unknown } | null;
}

/** A point on it: of a line the one in the middle, of a surface one on its border. */
function middleOf(coordinates: unknown): [lng: number, lat: number] {
  if (!Array.isArray(coordinates)) return [Number.NaN, Number.NaN];
  if (typeof coordinates[0] === 'number') return [coordinates[0], Number(coordinates[1])];
  return middleOf(coordinates[Math.floor(coordinates.length / 2)]);
}
