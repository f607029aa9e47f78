import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { cellToLatLng, getPentagons, latLngToCell } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { packageRoot } from '../lib/package-root.ts';
import { seededRandom } from '../lib/random.ts';
import { CellLocator } from './cell-locator.ts';
import { CellTable } from './cell-table.ts';
import { writeUnitVector } from './chord.ts';
import { ResponderIndex } from './responder-index.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);
const CENTRES = [
  ...getPentagons(7).map((cell) => cellToLatLng(cell)),
  [90, 0],
  [-90, 0],
  [0, 180],
  [52.5, 13.4],
] as const;

function keyAt(cells: CellTable, locator: CellLocator, lat: number, lng: number): string {
  const point = new Float64Array(3);
  writeUnitVector(lat, lng, point, 0);
  return cells.keyOf(locator.cellAt(lat, lng, point));
}

test('a remembered cell is always the one that H3 answers', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...CENTRES),
      fc.constantFrom(6, 7, 8),
      (seed, [lat, lng], res) => {
        const random = seededRandom(seed);
        const cells = new CellTable();
        const locator = new CellLocator(cells, res);
        const drawn = Array.from({ length: 1_000 }, () =>
          destination({ lat, lng }, random() * 360, random() * 6_000),
        );
        const keys = drawn.map((at) => keyAt(cells, locator, at.lat, at.lng));
        expect(keys).toEqual(drawn.map((at) => latLngToCell(at.lat, at.lng, res)));
      },
    ),
    { seed: SEED, numRuns: 60 },
  );
});

interface Vector {
  readonly lat: number;
  readonly lng: number;
  readonly cells: Readonly<Record<string, string>>;
  readonly to_next_m: number;
}

function readVectors(): readonly Vector[] | undefined {
  const file = new URL('../shared/data/vectors/h3/h3js_sf_points.json', packageRoot);
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }).cases;
  } catch {
    return undefined;
  }
}

const vectors = readVectors();

describe.skipIf(vectors === undefined)('fire calls of San Francisco (skipped without ../shared/data)', () => {
  const calls = vectors ?? [];

  test('each lies in the cell that H3 computed', () => {
    for (const resolution of [7, 8, 9]) {
      const cells = new CellTable();
      const locator = new CellLocator(cells, resolution);
      for (const { lat, lng, cells: expected } of [...calls, ...calls]) {
        expect(keyAt(cells, locator, lat, lng)).toBe(expected[String(resolution)]);
      }
    }
  });

  test('the distance from each to the next is the recorded one', () => {
    for (const [i, { lat, lng, to_next_m }] of calls.entries()) {
      const index = new ResponderIndex();
      const next = calls[(i + 1) % calls.length] ?? { lat: 0, lng: 0 };
      index.set('next', next.lat, next.lng);
      const query = { lat, lng, radiusM: 100_000, limit: 1, skills: 0, flags: 0 };
      expect(index.nearest(query).distancesM[0]).toBeCloseTo(to_next_m, 3);
    }
  });
});
