import { SaxesParser } from 'saxes';
import { accuracyOf, altitudeOf, headingOf, placeOf, speedOf, timeOf } from '../apps/values.ts';
import { type ImportRow, refusedRow, UNKNOWN } from './import-row.ts';

/** The points of a way. Waypoints (`wpt`) and routes (`rtept`) say where something is, or where somebody meant to go. */
const POINT = 'trkpt';
/** What a point holds, by its name without prefix: extensions of Garmin and others have prefixes of their own choice. */
const KNOWN: ReadonlySet<string> = new Set(['ele', 'time', 'speed', 'course', 'heading', 'accuracy']);
const TEXT_CHARS_MAX = 200;

/** A file that is no XML, or breaks off. The message is one sentence that says where. */
export class GpxBroken extends Error {
  override readonly name = 'GpxBroken';
}

/**
 * Track points of a GPX file (1.0 or 1.1; topografix.com/GPX/1/1): degrees, metres, ISO times of UTC, speed in m/s as GPX 1.0
 * and Garmin's extension have it, -1 for what is not known. Reads as a stream; resolves no entity but XML's own five. Throws
 * {@link GpxBroken} where it stops being XML; what came before was yielded.
 */
export async function* readGpx(pieces: AsyncIterable<string>): AsyncGenerator<ImportRow> {
  const rows: ImportRow[] = [];
  const reader = new PointReader((row) => rows.push(row));
  for await (const piece of pieces) {
    const broken = reader.write(piece);
    yield* rows.splice(0);
    if (broken) throw new GpxBroken(broken);
  }
  const broken = reader.end();
  yield* rows.splice(0);
  if (broken) throw new GpxBroken(broken);
}

class PointReader {
  readonly #parser = new SaxesParser();
  readonly #onRow: (row: ImportRow) => void;
  #point: {
    line: number;
    lat: string | undefined;
    lon: string | undefined;
    fields: Map<string, string>;
  } | null = null;
  #text: string | null = null;
  #broken: string | null = null;

  constructor(onRow: (row: ImportRow) => void) {
    this.#onRow = onRow;
    this.#parser.on('error', ({ message }) => {
      this.#broken ??= `not XML: ${message}`;
    });
    this.#parser.on('opentag', ({ name, attributes }) => this.#open(localName(name), attributes));
    this.#parser.on('text', (text) => this.#add(text));
    this.#parser.on('cdata', (text) => this.#add(text));
    this.#parser.on('closetag', ({ name }) => this.#close(localName(name)));
  }

  write(piece: string): string | null {
    if (!this.#broken) this.#parser.write(piece);
    return this.#broken;
  }

  end(): string | null {
    if (!this.#broken) this.#parser.close();
    return this.#broken;
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#broken) return;
    if (name === POINT) {
      this.#point = { line: this.#parser.line, lat: attributes.lat, lon: attributes.lon, fields: new Map() };
    }
    this.#text = this.#point && KNOWN.has(name) ? '' : null;
  }

  #add(text: string): void {
    if (this.#text !== null && this.#text.length < TEXT_CHARS_MAX) this.#text += text;
  }

  #close(name: string): void {
    const point = this.#point;
    if (!point || this.#broken) return;
    if (this.#text !== null && !point.fields.has(name)) point.fields.set(name, this.#text.trim());
    this.#text = null;
    if (name !== POINT) return;
    this.#point = null;
    this.#onRow(rowOf(point.line, point.lat, point.lon, point.fields));
  }
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function rowOf(
  line: number,
  lat: string | undefined,
  lon: string | undefined,
  fields: ReadonlyMap<string, string>,
): ImportRow {
  const place = placeOf(lat, lon);
  if (!place) return refusedRow(line, 'lat, lon: no place on earth');
  const time = fields.get('time');
  if (time === undefined) return refusedRow(line, 'time: is missing');
  const atMs = timeOf(time);
  if (atMs === null) return refusedRow(line, 'time: can not be read');
  const known = {
    accuracyM: accuracyOf(fields.get('accuracy')),
    speedMps: speedOf(fields.get('speed'), 'mps'),
    headingDeg: headingOf(fields.get('course') ?? fields.get('heading')),
    altitudeM: altitudeOf(fields.get('ele')),
  };
  return { line, fix: { ...UNKNOWN, ...place, atMs, ...known } };
}
