import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distanceM } from '../geo/lat-lng.ts';
import { FLOATS, Fleet, roleOf, stateOf } from './fleet.ts';
import { placeOn, squareX, squareY } from './mercator.ts';

const ALL = 1 | 2 | 4 | 8;
const at = (id: string, lat: number, lng: number, fixAtMs = 0, flags = ALL) => ({
  id,
  lat,
  lng,
  flags,
  fixAtMs,
});

test('places come back from the square as they went in', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -85, max: 85, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      (lat, lng) => {
        expect(distanceM(placeOn({ x: squareX(lng), y: squareY(lat) }), { lat, lng })).toBeLessThan(0.01);
      },
    ),
    { seed: 6 },
  );
});

test.each([
  [ALL, 'available'],
  [1 | 2 | 4, 'busy'],
  [1 | 4 | 8, 'off'],
  [2 | 4 | 8, 'unverified'],
  [1 | 2 | 8, 'away'],
])('flags %i are shown as %s', (flags, state) => {
  expect([stateOf(flags), roleOf(flags), roleOf(flags | 16)]).toEqual([state, 'volunteer', 'professional']);
});

describe('somebody who moves', () => {
  test('is half-way at half time and there in the end', () => {
    const fleet = new Fleet();
    fleet.place(at('a', 0, 0, 0), 0);
    fleet.place(at('a', 0, 0.01, 2_000), 2_000);
    const lngAt = (nowMs: number) => placeOn(fleet.placeOf('a', nowMs) ?? { x: 0, y: 0 }).lng;
    expect([2_000, 3_000, 4_000, 9_000].map((nowMs) => lngAt(nowMs).toFixed(4))).toEqual([
      '0.0000',
      '0.0050',
      '0.0100',
      '0.0100',
    ]);
    expect([fleet.isMoving(3_999), fleet.isMoving(4_000)]).toEqual([true, false]);
  });

  test('turns from where they are shown, without a jump', () => {
    const fleet = new Fleet();
    fleet.place(at('a', 0, 0, 0), 0);
    fleet.place(at('a', 0, 0.01, 2_000), 2_000);
    const before = fleet.placeOf('a', 3_000);
    fleet.place(at('a', 0.01, 0, 3_000), 3_000);
    expect(fleet.placeOf('a', 3_000)).toEqual(before);
  });

  test('far in one step, or where motion is not wanted, is there at once', () => {
    const fleet = new Fleet();
    fleet.place(at('a', 0, 0, 0), 0);
    fleet.place(at('a', 1, 1, 2_000), 2_000);
    expect(fleet.isMoving(2_000)).toBe(false);
    fleet.isGliding = false;
    fleet.place(at('a', 1.001, 1, 4_000), 4_000);
    expect(fleet.isMoving(4_000)).toBe(false);
  });
});

test('whoever leaves makes no hole, whatever comes and goes (property)', () => {
  const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 600 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_500, size: 'max' }), (steps) => {
      const fleet = new Fleet();
      const model = new Map<string, number>();
      for (const [isThere, n] of steps) {
        const id = `r${n}`;
        if (isThere) fleet.place(at(id, 0, n / 10), 0);
        else fleet.remove(id);
        if (isThere) model.set(id, n / 10);
        else model.delete(id);
      }
      const out = new Float32Array(fleet.size * FLOATS);
      fleet.fill(out, { x: 0.5, y: 0.5 }, 0);
      const drawn = [...fleet.each()].map(({ id }, i) => [id, ((out[i * FLOATS + 2] ?? 0) * 360).toFixed(2)]);
      expect(drawn.sort()).toEqual([...model].map(([id, lng]) => [id, lng.toFixed(2)]).sort());
    }),
    { seed: 6, numRuns: 30 },
  );
});

test('whoever is pointed at is the nearest within reach', () => {
  const fleet = new Fleet();
  fleet.place(at('near', 0, 0.001), 0);
  fleet.place(at('far', 0, 0.01), 0);
  const here = { x: squareX(0), y: squareY(0) };
  expect(fleet.nearest(here, 0.001, 0)).toBe('near');
  expect(fleet.nearest(here, 0.000001, 0)).toBeNull();
});
