import { csvLine } from '../../lib/csv.ts';
import { xmlText } from '../../lib/xml.ts';
import { VITAL_NAMES } from '../vitals/vitals.ts';
import type { PositionRow, VitalsRow } from './history.ts';
import { LineCutter, type LinePoint } from './lines.ts';
import { TRIP_RULES } from './trips.ts';

type Pages<Row> = AsyncIterable<readonly Row[]>;
/** The text of a file, piece by piece. */
type Pieces = AsyncGenerator<string, undefined>;

const iso = (ms: number) => new Date(ms).toISOString();

const VITALS_HEAD = [
  'recordedAt',
  'receivedAt',
  'source',
  'deviceId',
  ...VITAL_NAMES,
  'consciousness',
  'onOxygen',
  'doubts',
  'late',
];

/** Vital signs as CSV (RFC 4180): one line for each instant, doubts as `column:reason` with spaces between them. */
export async function* vitalsCsv(pages: Pages<VitalsRow>): Pieces {
  yield csvLine(VITALS_HEAD);
  for await (const rows of pages) yield rows.map(vitalsLine).join('');
}

const vitalsLine = (row: VitalsRow): string =>
  csvLine([
    iso(row.atMs),
    iso(row.receivedAtMs),
    row.source,
    row.deviceId,
    ...VITAL_NAMES.map((name) => row[name]),
    row.consciousness,
    row.onOxygen,
    row.doubts.join(' '),
    row.late,
  ]);

const POSITIONS_HEAD = [
  'at',
  'lat',
  'lng',
  'accuracyM',
  'altitudeM',
  'speedMps',
  'headingDeg',
  'batteryPct',
  'deviceId',
];

/** Positions as CSV (RFC 4180), one line each. */
export async function* positionsCsv(pages: Pages<PositionRow>): Pieces {
  yield csvLine(POSITIONS_HEAD);
  for await (const rows of pages) {
    yield rows
      .map(({ atMs, lat, lng, accuracyM, altitudeM, speedMps, headingDeg, batteryPct, deviceId }) =>
        csvLine([iso(atMs), lat, lng, accuracyM, altitudeM, speedMps, headingDeg, batteryPct, deviceId]),
      )
      .join('');
  }
}

/** Positions as GeoJSON (RFC 7946): a line for each stretch without a long silence, its times in `coordTimes`. */
export async function* positionsGeoJson(pages: Pages<PositionRow>): Pieces {
  const cutter = new LineCutter();
  let separator = '\n';
  const features = (lines: readonly LinePoint[][]) => {
    const texts = lines.map((line) => {
      const text = `${separator}${JSON.stringify(featureOf(line))}`;
      separator = ',\n';
      return text;
    });
    return texts.join('');
  };
  yield '{"type":"FeatureCollection","features":[';
  for await (const rows of pages) yield features(rows.flatMap((row) => cutter.take(row)));
  yield features(cutter.end());
  yield '\n]}\n';
}

function featureOf(line: readonly LinePoint[]) {
  const coordinates = line.map(({ lng, lat, altitudeM }) =>
    altitudeM === null ? [lng, lat] : [lng, lat, altitudeM],
  );
  return {
    type: 'Feature',
    // A line has two points or more.
    geometry:
      coordinates.length === 1
        ? { type: 'Point', coordinates: coordinates[0] }
        : { type: 'LineString', coordinates },
    properties: { coordTimes: line.map(({ atMs }) => iso(atMs)) },
  };
}

/** Positions as GPX 1.1: one track, with a segment for each stretch without a long silence. */
export async function* positionsGpx(pages: Pages<PositionRow>, name: string): Pieces {
  yield `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Muster" xmlns="http://www.topografix.com/GPX/1/1">
<trk><name>${xmlText(name)}</name>`;
  let lastAtMs: number | null = null;
  for await (const rows of pages) {
    let text = '';
    for (const row of rows) {
      if (lastAtMs === null) text += '\n<trkseg>';
      else if (row.atMs - lastAtMs > TRIP_RULES.gapMs) text += '\n</trkseg>\n<trkseg>';
      lastAtMs = row.atMs;
      text += trackPoint(row);
    }
    yield text;
  }
  yield `${lastAtMs === null ? '' : '\n</trkseg>'}</trk>\n</gpx>\n`;
}

function trackPoint({ lat, lng, altitudeM, atMs }: PositionRow): string {
  const height = altitudeM === null ? '' : `<ele>${decimal(altitudeM)}</ele>`;
  // Longitudes of GPX are below 180.
  const lon = decimal(lng).replace(/^180$/, '-180');
  return `\n<trkpt lat="${decimal(lat)}" lon="${lon}">${height}<time>${iso(atMs)}</time></trkpt>`;
}

/** As XML Schema writes a decimal: without an exponent. 1e-7 of a degree is a centimetre. */
const decimal = (value: number): string => {
  const text = value.toFixed(7);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
};
