import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distanceM } from '../geo/lat-lng.ts';
import { distanceOfSquaredChordM, squaredChordOf, writeUnitVector } from './chord.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);

function unitVector(lat: number, lng: number): number[] {
  const vector = new Float64Array(3);
  writeUnitVector(lat, lng, vector, 0);
  return [...vector];
}

const latLng = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lng: fc.double({ min: -180, max: 180, noNaN: true }),
});

test('a chord stands for the same distance as the haversine of geo', () => {
  fc.assert(
    fc.property(latLng, latLng, (a, b) => {
      const [ax = 0, ay = 0, az = 0] = unitVector(a.lat, a.lng);
      const [bx = 0, by = 0, bz = 0] = unitVector(b.lat, b.lng);
      const meters = distanceOfSquaredChordM((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2);
      const toleranceM = meters > 20_015_080 ? 0.3 : Math.max(1e-3, meters * 1e-9);
      expect(Math.abs(meters - distanceM(a, b))).toBeLessThanOrEqual(toleranceM);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('a distance comes back from its chord', () => {
  for (const meters of [0, 0.001, 1, 5_000, 1e6, 19_000_000]) {
    expect(distanceOfSquaredChordM(squaredChordOf(meters))).toBeCloseTo(meters, 6);
  }
});

test('from half way round the earth on everything is within', () => {
  for (const meters of [20_015_115, 1e9, Number.POSITIVE_INFINITY]) {
    expect(squaredChordOf(meters)).toBe(Number.POSITIVE_INFINITY);
  }
});

test('a pole is one point and so is a place on the antimeridian, however they are written', () => {
  expectSameVector(unitVector(90, 123), unitVector(90, 0));
  expectSameVector(unitVector(-90, -45), unitVector(-90, 0));
  expectSameVector(unitVector(-17, 180), unitVector(-17, -180));
});

/** Equal as numbers, so that 0 and -0 are the same. */
function expectSameVector(a: readonly number[], b: readonly number[]): void {
  expect(a.map((value, i) => value === b[i])).toEqual([true, true, true]);
}
