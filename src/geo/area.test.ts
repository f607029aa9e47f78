import fc from 'fast-check';
import { cellToLatLng, gridDisk, latLngToCell } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { AREA_LIMITS, type Area, type AreaShape, areaOf } from './area.ts';
import { distanceM } from './lat-lng.ts';

const box = (west: number, south: number, east: number, north: number) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const polygon = (...rings: number[][][]): AreaShape => ({ type: 'Polygon', coordinates: rings });

function area(shape: AreaShape): Area {
  const made = areaOf(shape);
  if (!made.ok) throw new Error(made.detail);
  return made.value;
}

describe('an area', () => {
  const anywhere = fc.record({
    lat: fc.double({ min: -85, max: 85, noNaN: true }),
    lng: fc.double({ min: -178, max: 178, noNaN: true }),
  });

  test('has exactly the points of its box, wherever on the earth and whatever its size', () => {
    const sizeDeg = fc.double({ min: 0.0005, max: 1, noNaN: true });
    const part = fc.double({ min: -0.5, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(
        anywhere,
        sizeDeg,
        sizeDeg,
        fc.array(fc.tuple(part, part), { minLength: 20 }),
        (at, w, h, parts) => {
          const there = area(polygon(box(at.lng, at.lat, at.lng + w, at.lat + h)));
          for (const [x, y] of parts) {
            const point = { lat: at.lat + y * h, lng: at.lng + x * w };
            // A tenth of a millimetre around the border is nobody's to decide: there the last digits do.
            const offBorder = [x * w, (1 - x) * w, y * h, (1 - y) * h].map(Math.abs);
            if (Math.min(...offBorder) < 1e-9) continue;
            const isIn =
              point.lng >= at.lng &&
              point.lng <= at.lng + w &&
              point.lat >= at.lat &&
              point.lat <= at.lat + h;
            expect(there.has(point)).toBe(isIn);
            if (isIn) expect(distanceM(there.center, point)).toBeLessThan(there.radiusM);
          }
          expect(there.cellCount).toBeLessThan(12_000);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has nobody in its holes, and somebody in each of its parts', () => {
    const ring = area(polygon(box(8, 47, 8.2, 47.2), box(8.05, 47.05, 8.15, 47.15)));
    expect(ring.has({ lat: 47.02, lng: 8.1 })).toBe(true);
    expect(ring.has({ lat: 47.1, lng: 8.1 })).toBe(false);
    const two = area({
      type: 'MultiPolygon',
      coordinates: [[box(179.9, 0, 180, 0.1)], [box(-180, 0, -179.9, 0.1)]],
    });
    expect([179.95, -179.95].map((lng) => two.has({ lat: 0.05, lng }))).toEqual([true, true]);
    expect(two.has({ lat: 0.05, lng: 0 })).toBe(false);
    expect(two.radiusM).toBeLessThan(20_000);
  });

  test('of H3 cells has what those cells have', () => {
    const middle = latLngToCell(47.37, 8.54, 8);
    const there = area({ cells: [middle, latLngToCell(47.5, 8.7, 9)] });
    const [lat, lng] = cellToLatLng(middle);
    expect(there.has({ lat, lng })).toBe(true);
    expect(there.has({ lat: 47.5, lng: 8.7 })).toBe(true);
    const beside = gridDisk(middle, 1).find((cell) => cell !== middle) ?? '';
    const [besideLat, besideLng] = cellToLatLng(beside);
    expect(there.has({ lat: besideLat, lng: besideLng })).toBe(false);
  });

  test.each<[why: string, shape: AreaShape]>([
    ['it has no ring', polygon()],
    [
      'fewer than four positions',
      polygon([
        [8, 47],
        [9, 47],
        [8, 47],
      ]),
    ],
    [
      'does not end where it begins',
      polygon([
        [8, 47],
        [9, 47],
        [9, 48],
        [8, 48],
      ]),
    ],
    ['not [lng, lat] in degrees', polygon(box(47, 98, 48, 99))],
    [
      'encloses nothing',
      polygon([
        [8, 47],
        [9, 47],
        [8, 47],
        [9, 47],
        [8, 47],
      ]),
    ],
    ['crosses the antimeridian', polygon(box(179.9, 0, -179.9, 0.1))],
    [`farther than ${AREA_LIMITS.radiusM / 1_000} km`, polygon(box(0, 40, 20, 60))],
    ['is no H3 cell', { cells: ['8928308280fffff', 'zurich'] }],
    ['1 to 2000 are expected', { cells: [] }],
    ['more than 2000 positions', polygon(Array.from({ length: 2_001 }, () => [8, 47]))],
  ])('is refused with a sentence: %s', (why, shape) => {
    expect(areaOf(shape)).toMatchObject({
      ok: false,
      code: 'bad_request',
      detail: expect.stringContaining(why),
    });
  });
});
