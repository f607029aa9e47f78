import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullJitterMs } from './backoff.ts';
import { seededRandom } from './random.ts';

const almostOne = () => 1 - Number.EPSILON / 2;

describe('full jitter', () => {
  test('doubles its ceiling with each attempt, up to the cap', () => {
    const ceilings = [0, 1, 2, 3, 4, 5].map((attempt) =>
      Math.round(fullJitterMs(attempt, 100, 1_000, almostOne)),
    );
    expect(ceilings).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test('never leaves [0, cap), for any attempt', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.integer(), (attempt, seed) => {
        const waitMs = fullJitterMs(attempt, 250, 30_000, seededRandom(seed));
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThan(30_000);
      }),
    );
  });

  test('spreads those who were dropped together over the whole wait', () => {
    const random = seededRandom(7);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(fullJitterMs(9, 100, 10_000, random) / 1_000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1_150);
  });
});
