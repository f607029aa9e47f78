import fc from 'fast-check';
import { cellToLatLng, getResolution, isValidCell } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { COARSE_RESOLUTION, coarseCell, distanceBandM } from './coarse.ts';
import { distanceM } from './lat-lng.ts';

const aPoint = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lng: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('a coarse place', () => {
  test('is one cell of the coarse resolution, within 2 km of the point', () => {
    fc.assert(
      fc.property(aPoint, (point) => {
        const cell = coarseCell(point);
        expect(isValidCell(cell)).toBe(true);
        expect(getResolution(cell)).toBe(COARSE_RESOLUTION);
        const [lat, lng] = cellToLatLng(cell);
        expect(distanceM(point, { lat, lng })).toBeLessThan(2_000);
      }),
    );
  });

  test('is the same for two doors of one street', () => {
    expect(coarseCell({ lat: 37.775, lng: -122.418 })).toBe(coarseCell({ lat: 37.7751, lng: -122.4181 }));
  });
});

describe('a distance band', () => {
  test.each([
    [0, 250],
    [250, 250],
    [250.1, 500],
    [1_999, 2_000],
    [25_000, 25_000],
    [25_000.1, null],
  ])('of %d m ends at %j m', (meters, band) => {
    expect(distanceBandM(meters)).toBe(band);
  });

  test('never tells a distance below the true one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 25_000, noNaN: true }), (meters) => {
        expect(distanceBandM(meters)).toBeGreaterThanOrEqual(meters);
      }),
    );
  });
});
