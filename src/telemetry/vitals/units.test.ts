import { describe, expect, test } from 'vitest';
import { inOurUnit, isUnitOf } from './units.ts';
import { VITAL_NAMES, VITAL_SIGNS, type VitalName } from './vitals.ts';

describe('a unit', () => {
  test.each<[VitalName, number, string, number]>([
    ['heartRateBpm', 1.2, 'Hz', 72],
    ['respirationPerMin', 16, '{breaths}/min', 16],
    ['systolicMmhg', 16, 'kPa', 120.0099],
    ['temperatureC', 98.6, '[degF]', 37],
    ['temperatureC', 310.15, 'K', 37],
    ['weightKg', 180, '[lb_av]', 81.6466],
    ['weightKg', 12, '[stone_av]', 76.2035],
    ['weightKg', 81_600, 'g', 81.6],
    ['glucoseMmolL', 90, 'mg/dL', 4.9957],
    ['spo2Pct', 0.97, '1', 97],
    ['oxygenLpm', 500, 'mL/min', 0.5],
  ])('of %s: %d %s is %d', (name, value, unit, expected) => {
    expect(inOurUnit(name, value, unit)).toBe(expected);
  });

  test('that it is kept in changes nothing', () => {
    for (const name of VITAL_NAMES)
      expect(inOurUnit(name, 36.123456789, VITAL_SIGNS[name].unit)).toBe(36.123456789);
  });

  test('that it never comes in is none of it', () => {
    expect(inOurUnit('weightKg', 70, 'mm[Hg]')).toBe(null);
    expect(isUnitOf('weightKg', 'toString')).toBe(false);
    expect(isUnitOf('weightKg', 'kg')).toBe(true);
  });
});
