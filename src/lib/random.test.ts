import { describe, expect, test } from 'vitest';
import { seededRandom } from './random.ts';

const take = (seed: number, count: number) => Array.from({ length: count }, seededRandom(seed));

describe('seeded randomness', () => {
  test('is the same again for the same seed, and another for another', () => {
    expect(take(42, 100)).toEqual(take(42, 100));
    expect(take(42, 100)).not.toEqual(take(43, 100));
  });

  test('is mulberry32', () => {
    // The first numbers of the published generator for seed 1, as 32-bit integers.
    expect(take(1, 3).map((value) => value * 2 ** 32)).toEqual([2693262067, 11749833, 2265367787]);
  });

  test('stays in [0, 1) and is even over its tenths', () => {
    const tenths = new Array<number>(10).fill(0);
    const values = take(3, 100_000);
    expect(values.filter((value) => !(value >= 0 && value < 1))).toEqual([]);
    for (const value of values) {
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(9_500);
    expect(Math.max(...tenths)).toBeLessThan(10_500);
  });
});
