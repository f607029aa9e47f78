import { expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { scopeOf } from './scope.ts';

const MIDDLE = { lat: 47.37, lng: 8.54 };
const away = (deg: number, meters: number) => ({ at: destination(MIDDLE, deg, meters) });

test('a scope is as large as it has to be, and north is up', () => {
  const { radiusM, points } = scopeOf(MIDDLE, [away(0, 400), away(90, 200)]);
  expect(radiusM).toBe(500);
  expect(points[0]?.x).toBeCloseTo(0);
  expect(points[0]?.y).toBeCloseTo(-0.8, 2);
  expect(points[1]?.x).toBeCloseTo(0.4, 2);
  expect(points[1]?.y).toBeCloseTo(0, 2);
});

test('nobody around is a small scope, somebody on another continent a large one', () => {
  expect(scopeOf(MIDDLE, []).radiusM).toBe(50);
  expect(scopeOf(MIDDLE, [away(45, 3_000_000)]).radiusM).toBeCloseTo(3_300_000, -4);
});
