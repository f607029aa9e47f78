import { expect, test } from 'vitest';
import { destination, distanceM } from '../geo/lat-lng.ts';
import { wayPoints } from './way.ts';

const TO = { lat: 37.78, lng: -122.42 };

test('a way begins by leaving the place, says so every half minute, and ends at the place itself', () => {
  const from = destination(TO, 200, 600);
  const way = wayPoints(from, TO, { startAfterMs: 100_000, arriveAfterMs: 400_000 });
  expect(distanceM(from, way[0]?.point ?? from)).toBeCloseTo(25, 0);
  expect(way.at(-1)).toEqual({ point: TO, afterMs: 400_000 });
  const times = way.map(({ afterMs }) => afterMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(Math.max(...times.slice(1).map((ms, i) => ms - (times[i] ?? 0)))).toBeLessThanOrEqual(30_000);
});

test('who is beside the person is there', () => {
  expect(wayPoints(TO, TO, { startAfterMs: 5, arriveAfterMs: 5 })).toEqual([{ point: TO, afterMs: 5 }]);
});

test('a way across the antimeridian is the short one', () => {
  const way = wayPoints(
    { lat: 0, lng: 179.99 },
    { lat: 0, lng: -179.99 },
    { startAfterMs: 0, arriveAfterMs: 60_000 },
  );
  for (const { point } of way) {
    expect(Math.abs(point.lng)).toBeGreaterThan(179.9);
    expect(Math.abs(point.lng)).toBeLessThanOrEqual(180);
  }
});
