import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { positionsCsv, positionsGeoJson, positionsGpx, vitalsCsv } from './files.ts';
import type { PositionRow, VitalsRow } from './history.ts';
import { TRIP_RULES } from './trips.ts';

const START_MS = Date.parse('2026-11-25T10:00:00Z');
const DEVICE = '00000000-0000-7000-8000-000000000001';

const position = (atMs: number, lat: number, lng: number, altitudeM: number | null = null): PositionRow => ({
  atMs,
  lat,
  lng,
  altitudeM,
  deviceId: DEVICE,
  accuracyM: 8,
  speedMps: null,
  headingDeg: null,
  batteryPct: 80,
});

async function* inPages<Row>(rows: readonly Row[], size = 7): AsyncGenerator<Row[], undefined> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

interface Feature {
  geometry: { type: 'Point' | 'LineString'; coordinates: number[] | number[][] };
  properties: { coordTimes: string[] };
}
const geoJsonOf = async (rows: readonly PositionRow[]): Promise<Feature[]> => {
  const read = JSON.parse(await textOf(positionsGeoJson(inPages(rows))));
  expect(read.type).toBe('FeatureCollection');
  return read.features;
};
const lineOf = ({ geometry }: Feature) =>
  (geometry.type === 'Point' ? [geometry.coordinates] : geometry.coordinates) as number[][];

/** Any way that somebody can have gone, in order of time, with silences in it. */
const way = fc
  .array(
    fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lng: fc.double({ min: -180, max: 180, noNaN: true }),
      afterMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 3_000_000 })),
      altitudeM: fc.option(fc.double({ min: -400, max: 9_000, noNaN: true })),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let atMs = START_MS;
    return steps.map(({ afterMs, lat, lng, altitudeM }) => {
      atMs += afterMs;
      return position(atMs, lat, lng, altitudeM);
    });
  });

describe('positions as GeoJSON', () => {
  test('are lines with longitude first, altitude last and a time for each point', async () => {
    const features = await geoJsonOf([position(START_MS, 47, 7), position(START_MS + 5_000, 47.1, 7.1, 430)]);
    expect(features).toEqual([
      {
        type: 'Feature',
        geometry: {
          type: 'LineString',
          coordinates: [
            [7, 47],
            [7.1, 47.1, 430],
          ],
        },
        properties: { coordTimes: ['2026-11-25T10:00:00.000Z', '2026-11-25T10:00:05.000Z'] },
      },
    ]);
  });

  test('hold every position once more than they were cut, no line over the antimeridian, none over a silence', async () => {
    await fc.assert(
      fc.asyncProperty(way, async (rows) => {
        const features = await geoJsonOf(rows);
        const seen = new Set<string>();
        for (const feature of features) {
          const line = lineOf(feature);
          const times = feature.properties.coordTimes.map((time) => Date.parse(time));
          expect(times).toHaveLength(line.length);
          expect(feature.geometry.type).toBe(line.length === 1 ? 'Point' : 'LineString');
          line.forEach(([lng = 0, lat = 0], i) => {
            seen.add(`${times[i]} ${lat} ${lng}`);
            if (i === 0) return;
            expect(Math.abs(lng - (line[i - 1]?.[0] ?? 0))).toBeLessThanOrEqual(180);
            expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeLessThanOrEqual(TRIP_RULES.gapMs);
          });
        }
        for (const { atMs, lat, lng } of rows)
          expect(seen).toContain(`${atMs} ${lat === 0 ? 0 : lat} ${lng === 0 ? 0 : lng}`);
      }),
    );
  });

  test('cross the antimeridian on it', async () => {
    const features = await geoJsonOf([
      position(START_MS, -17, 179.9),
      position(START_MS + 10_000, -17.2, -179.9),
    ]);
    const lines = features.map(lineOf);
    expect(lines.map((line) => line.map(([lng]) => lng))).toEqual([
      [179.9, 180],
      [-180, -179.9],
    ]);
    expect(lines[0]?.[1]?.[1]).toBeCloseTo(-17.1, 9);
    expect(lines[1]?.[0]).toEqual([-180, lines[0]?.[1]?.[1]]);
  });

  test('of a long way go on in another line from the same point', async () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => position(START_MS + i * 1_000, 47 + i / 1e5, 7));
    const lines = (await geoJsonOf(rows)).map(lineOf);
    expect(lines.map((line) => line.length)).toEqual([1_000, 1_000, 502]);
    expect(lines[1]?.[0]).toEqual(lines[0]?.at(-1));
    expect(lines.flat().length).toBe(2_500 + 2);
  });

  test('of nobody are an empty collection', async () => {
    expect(await geoJsonOf([])).toEqual([]);
  });
});

/** A reader of just as much XML as is in these files; fails on anything that is not well-formed. */
function elementsOf(
  xml: string,
): { name: string; attributes: Record<string, string>; path: string; text: string }[] {
  const found: ReturnType<typeof elementsOf> = [];
  const open: (typeof found)[number][] = [];
  const token = /<\?xml[^>]*\?>|<\/([\w]+)>|<([\w]+)((?:\s+[\w:]+="[^"<&]*")*)\s*>|([^<]+)/gy;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(xml);
    if (!match) throw new Error(`not well-formed at ${xml.slice(at, at + 40)}`);
    const [, closed, name, attributes = '', text] = match;
    if (closed) {
      if (open.pop()?.name !== closed) throw new Error(`</${closed}> closes another element`);
    } else if (name) {
      const pairs = [...attributes.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
        key,
        value,
      ]);
      const path = [...open.map((one) => one.name), name].join('/');
      const element = { name, attributes: Object.fromEntries(pairs), path, text: '' };
      found.push(element);
      open.push(element);
    } else if (text && open.length > 0) {
      const last = open.at(-1);
      if (last) last.text += text;
    }
  }
  if (open.length > 0) throw new Error('an element is not closed');
  return found;
}

describe('positions as GPX', () => {
  test('are points in segments, as GPX 1.1 has them, wherever they are', async () => {
    await fc.assert(
      fc.asyncProperty(way, async (rows) => {
        const elements = elementsOf(await textOf(positionsGpx(inPages(rows), 'a <b> & "c"')));
        const points = elements.filter(({ name }) => name === 'trkpt');
        expect(points).toHaveLength(rows.length);
        points.forEach(({ attributes, path }, i) => {
          expect(path).toBe('gpx/trk/trkseg/trkpt');
          expect(attributes.lat).toMatch(/^-?\d+(\.\d+)?$/);
          expect(attributes.lon).toMatch(/^-?\d+(\.\d+)?$/);
          expect(Number(attributes.lat)).toBeCloseTo(rows[i]?.lat ?? 0, 6);
          expect(Number(attributes.lon)).toBeLessThan(180);
          const lng = rows[i]?.lng ?? 0;
          expect(Number(attributes.lon)).toBeCloseTo(lng > 179.9999999 ? Number(attributes.lon) : lng, 6);
        });
        const times = elements
          .filter(({ path }) => path === 'gpx/trk/trkseg/trkpt/time')
          .map(({ text }) => text);
        expect(times).toEqual(rows.map(({ atMs }) => new Date(atMs).toISOString()));
        const gaps = rows.filter(
          ({ atMs }, i) => i > 0 && atMs - (rows[i - 1]?.atMs ?? 0) > TRIP_RULES.gapMs,
        );
        const segments = elements.filter(({ name }) => name === 'trkseg');
        expect(segments).toHaveLength(rows.length === 0 ? 0 : gaps.length + 1);
        for (const { text } of elements.filter(({ name }) => name === 'ele'))
          expect(text).toMatch(/^-?\d+(\.\d+)?$/);
      }),
    );
  });

  test('have no longitude of 180, and the elevation before the time', async () => {
    const text = await textOf(positionsGpx(inPages([position(START_MS, 1e-7, 180, 12.5)]), 'x'));
    expect(text).toContain(
      '<trkpt lat="0.0000001" lon="-180"><ele>12.5</ele><time>2026-11-25T10:00:00.000Z</time></trkpt>',
    );
  });
});

describe('as CSV', () => {
  test('positions have a line each, empty where nothing is known', async () => {
    const text = await textOf(positionsCsv(inPages([position(START_MS, 47.5, -7.25)])));
    expect(parse(text, { columns: true })).toEqual([
      {
        at: '2026-11-25T10:00:00.000Z',
        lat: '47.5',
        lng: '-7.25',
        accuracyM: '8',
        altitudeM: '',
        speedMps: '',
        headingDeg: '',
        batteryPct: '80',
        deviceId: DEVICE,
      },
    ]);
  });

  test('vital signs have a column each, with what is not believed of them', async () => {
    const row: VitalsRow = {
      atMs: START_MS,
      receivedAtMs: START_MS + 300,
      source: 'device',
      deviceId: DEVICE,
      heartRateBpm: 71.3,
      systolicMmhg: null,
      diastolicMmhg: null,
      spo2Pct: 12,
      respirationPerMin: null,
      temperatureC: null,
      oxygenLpm: null,
      weightKg: null,
      glucoseMmolL: null,
      consciousness: 'A',
      onOxygen: false,
      doubts: ['spo2_pct:below_plausible', 'heart_rate_bpm:contradicts'],
      late: false,
    };
    const [read] = parse<Record<string, string>>(await textOf(vitalsCsv(inPages([row]))), { columns: true });
    expect(read).toMatchObject({
      recordedAt: '2026-11-25T10:00:00.000Z',
      heartRateBpm: '71.3',
      spo2Pct: '12',
      weightKg: '',
      consciousness: 'A',
      onOxygen: 'false',
      doubts: 'spo2_pct:below_plausible heart_rate_bpm:contradicts',
    });
  });
});
