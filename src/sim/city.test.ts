import { describe, expect, test } from 'vitest';
import { distanceM } from '../geo/lat-lng.ts';
import { syntheticCity } from './city.ts';
import type { SimulatedFix } from './scenario.ts';

const options = {
  responders: 20,
  sos: 50,
  durationMs: 3_600_000,
  seed: 5,
  center: { lat: 52.52, lng: 13.4 },
  radiusM: 3_000,
  fixEveryMs: 10_000,
};

const byResponder = (fixes: readonly SimulatedFix[]) =>
  [...fixes].sort((a, b) => a.responder - b.responder || a.offsetMs - b.offsetMs);

describe('a made-up city', () => {
  test('is the same for the same seed, in whatever steps it is asked', () => {
    const [a, b] = [syntheticCity(options), syntheticCity(options)];
    const atOnce = [...a.reportsUntil(3_600_000)];
    const inSteps: SimulatedFix[] = [];
    for (let offsetMs = 0; offsetMs <= 3_600_000; offsetMs += 7_000)
      inSteps.push(...b.reportsUntil(offsetMs));
    inSteps.push(...b.reportsUntil(3_600_000));
    expect(byResponder(inSteps)).toEqual(byResponder(atOnce));
    expect(b.calls).toEqual(a.calls);
    expect(syntheticCity({ ...options, seed: 6 }).calls).not.toEqual(a.calls);
  });

  test('nobody leaves the disc or moves faster than a car in town', () => {
    const fixes = byResponder([...syntheticCity(options).reportsUntil(3_600_000)]);
    expect(fixes.length).toBeGreaterThan(20 * 350);
    for (const [i, fix] of fixes.entries()) {
      expect(distanceM(options.center, fix.point)).toBeLessThan(options.radiusM + 1);
      const before = fixes[i - 1];
      if (before?.responder !== fix.responder) continue;
      expect(distanceM(before.point, fix.point) / ((fix.offsetMs - before.offsetMs) / 1_000)).toBeLessThan(
        12.1,
      );
    }
  });

  test('positions stay on earth at the antimeridian', () => {
    const city = syntheticCity({ ...options, center: { lat: -17, lng: 179.999 } });
    for (const { point } of city.reportsUntil(600_000)) expect(Math.abs(point.lng)).toBeLessThanOrEqual(180);
  });

  test('exactly the asked number of emergencies, in order, within the duration', () => {
    const { calls } = syntheticCity(options);
    expect(calls).toHaveLength(50);
    expect(calls.every((c, i) => c.offsetMs >= (calls[i - 1]?.offsetMs ?? 0) && c.offsetMs < 3_600_000)).toBe(
      true,
    );
  });
});
