import { expect, test } from 'vitest';
import { converted, hasOtherUnits, unitOf } from './units.ts';

test.each([
  [180, 'lb', 'kg', 81.6466],
  [98.6, '°F', 'C', 37],
  [-40, 'F', 'Cel', -40],
  [64, 'oz', 'ml', 1_892.7059],
  [3.1, 'miles', 'm', 4_988.9664],
  [20, 'imp oz', 'ml', 568.2613],
  [8, 'oz', 'g', 226.7962],
  [11, 'st', 'kg', 69.8532],
  [90, 'mg/dL', 'mmol/L', 4.9957],
  [70.123456, 'kg', 'kg', 70.123456],
])('%d %s is %s: %d', (value, theirs, ours, expected) => {
  expect(converted(value, theirs, ours)).toBe(expected);
});

test('what leads nowhere is not converted, and names that objects have anyway lead nowhere', () => {
  expect(converted(1, 'lb', 'ml')).toBeNull();
  expect(converted(1, 'constructor', 'kg')).toBeNull();
  expect(converted(1, 'lb', 'constructor')).toBeNull();
  expect(unitOf('__proto__')).toBe('__proto__');
  expect([hasOtherUnits('kg'), hasOtherUnits('bpm')]).toEqual([true, false]);
});
