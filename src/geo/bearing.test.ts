import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bearingDeg } from './bearing.ts';
import { destination } from './lat-lng.ts';

test('the four winds', () => {
  const here = { lat: 10, lng: 20 };
  expect(bearingDeg(here, { lat: 11, lng: 20 })).toBeCloseTo(0);
  expect(bearingDeg({ lat: 0, lng: 20 }, { lat: 0, lng: 21 })).toBeCloseTo(90);
  expect(bearingDeg(here, { lat: 9, lng: 20 })).toBeCloseTo(180);
  expect(bearingDeg({ lat: 0, lng: -179.9 }, { lat: 0, lng: 179.9 })).toBeCloseTo(270);
});

test('leads to where somebody who goes that way arrives', () => {
  const lat = fc.double({ min: -80, max: 80, noNaN: true });
  const lng = fc.double({ min: -180, max: 179, noNaN: true });
  const way = fc.double({ min: 0, max: 359.9, noNaN: true });
  fc.assert(
    fc.property(lat, lng, way, (atLat, atLng, deg) => {
      const from = { lat: atLat, lng: atLng };
      const found = bearingDeg(from, destination(from, deg, 5_000));
      expect(Math.abs(((found - deg + 540) % 360) - 180)).toBeLessThan(0.01);
    }),
  );
});
