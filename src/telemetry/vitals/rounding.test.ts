import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asKept, toDecimals } from './rounding.ts';

test.each([
  [36.05, 1, 36.1],
  [36.049, 1, 36],
  [1.005, 2, 1.01],
  [95.5, 0, 96],
  [-0.05, 1, -0.1],
  [-0.04, 1, 0],
  [80, 0, 80],
  [1e-7, 1, 0],
])('%d to %d decimals is %d', (value, decimals, rounded) => {
  expect(toDecimals(value, decimals)).toBe(rounded);
});

test('what was written with few decimals comes back from the database as it was written', () => {
  for (const value of [36.6, 0.3, 95.5, 649.95, 5.55]) expect(asKept(value)).toBe(value);
});

test('a number as it is kept is kept unchanged', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1_000, noNaN: true }), (value) => {
      expect(Math.fround(asKept(value))).toBe(Math.fround(value));
      expect(asKept(asKept(value))).toBe(asKept(value));
    }),
  );
});
