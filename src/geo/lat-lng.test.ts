import fc from 'fast-check';
import { greatCircleDistance, UNITS } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { destination, distanceM, EARTH_RADIUS_M, isLatLng } from './lat-lng.ts';

const aLat = fc.double({ min: -90, max: 90, noNaN: true });
const aLng = fc.double({ min: -180, max: 180, noNaN: true });
const aPoint = fc.record({ lat: aLat, lng: aLng });

describe('a point', () => {
  test('has a latitude within 90 and a longitude within 180 degrees', () => {
    fc.assert(fc.property(aPoint, ({ lat, lng }) => isLatLng(lat, lng)));
  });

  test.each([
    [90.000001, 0],
    [0, -180.000001],
    [Number.NaN, 0],
    [0, Number.POSITIVE_INFINITY],
    ['1', 0],
    [null, undefined],
  ])('is not (%j, %j)', (lat, lng) => {
    expect(isLatLng(lat, lng)).toBe(false);
  });
});

describe('distance', () => {
  test('is that between two known places', () => {
    // Ferry Building to the Golden Gate Bridge's toll plaza, San Francisco.
    expect(distanceM({ lat: 37.7955, lng: -122.3937 }, { lat: 37.8078, lng: -122.4751 })).toBeCloseTo(
      7_281,
      -2,
    );
    expect(distanceM({ lat: 90, lng: 0 }, { lat: -90, lng: 77 })).toBeCloseTo(Math.PI * EARTH_RADIUS_M, 3);
  });

  test('is nothing to oneself, the same both ways, and short across the antimeridian', () => {
    fc.assert(
      fc.property(aPoint, aPoint, (a, b) => {
        expect(distanceM(a, a)).toBe(0);
        expect(distanceM(a, b)).toBeCloseTo(distanceM(b, a), 6);
      }),
    );
    expect(distanceM({ lat: 0, lng: 179.999 }, { lat: 0, lng: -179.999 })).toBeCloseTo(222.39, 1);
  });

  test('agrees with h3-js everywhere', () => {
    fc.assert(
      fc.property(aPoint, aPoint, (a, b) => {
        const reference = greatCircleDistance([a.lat, a.lng], [b.lat, b.lng], UNITS.m);
        // Near the antipode the haversine loses digits: half a metre in 20,000 km.
        expect(Math.abs(distanceM(a, b) - reference)).toBeLessThan(0.5);
      }),
    );
  });
});

describe('a destination', () => {
  test('lies as far away as was asked', () => {
    const near = fc.record({ lat: fc.double({ min: -89, max: 89, noNaN: true }), lng: aLng });
    const bearing = fc.double({ min: 0, max: 360, noNaN: true });
    fc.assert(
      fc.property(
        near,
        bearing,
        fc.double({ min: 0, max: 100_000, noNaN: true }),
        (from, bearingDeg, meters) => {
          const to = destination(from, bearingDeg, meters);
          expect(isLatLng(to.lat, to.lng)).toBe(true);
          expect(Math.abs(distanceM(from, to) - meters)).toBeLessThan(0.01);
        },
      ),
    );
  });

  test('is north at 0 and east at 90 degrees', () => {
    const from = { lat: 10, lng: 20 };
    expect(destination(from, 0, 1_000).lat).toBeGreaterThan(10);
    expect(destination(from, 0, 1_000).lng).toBeCloseTo(20, 9);
    expect(destination(from, 90, 1_000).lng).toBeGreaterThan(20);
  });

  test('comes out on the other side of the antimeridian', () => {
    expect(destination({ lat: 0, lng: 179.999 }, 90, 1_000).lng).toBeCloseTo(-179.992, 3);
  });
});
