import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { percentile } from './percentile.ts';
import { DAY_MS, localDay, midnightMs, ReplayClock } from './schedule.ts';

const startMs = 1_750_000_000_000;

describe('the replayed clock', () => {
  test('stands still before the start, then runs so many times as fast', () => {
    const clock = new ManualClock(startMs);
    const replay = new ReplayClock(clock, 600);
    clock.advance(1_000);
    expect(replay.offsetMs()).toBe(0);
    replay.start();
    clock.advance(1_000);
    expect(replay.offsetMs()).toBe(600_000);
    expect(replay.deviceNowMs()).toBe(startMs + 1_000 + 600_000);
  });

  test('re-dated fixes keep their spacing and begin at now', () => {
    const replay = new ReplayClock(new ManualClock(startMs), 600);
    replay.start();
    expect(replay.atMs(0)).toBe(startMs);
    expect(replay.atMs(61_000) - replay.atMs(1_000)).toBe(60_000);
  });

  test('a device never sends a fix from its own future', () => {
    const clock = new ManualClock(startMs);
    const replay = new ReplayClock(clock, 7);
    replay.start();
    clock.advance(333);
    expect(replay.atMs(replay.offsetMs())).toBeLessThanOrEqual(replay.deviceNowMs());
  });

  test('delays are divided by the speed', () => {
    const clock = new ManualClock(startMs);
    const replay = new ReplayClock(clock, 600);
    let fired = false;
    replay.after(60_000, () => {
      fired = true;
    });
    clock.advance(99);
    expect(fired).toBe(false);
    clock.advance(1);
    expect(fired).toBe(true);
  });
});

describe('civil days', () => {
  test('midnight in San Francisco is 07:00 UTC in summer', () => {
    const day = localDay(Date.UTC(2008, 4, 21, 7), -7 * 3_600_000);
    expect(new Date(midnightMs(day, -7 * 3_600_000)).toISOString()).toBe('2008-05-21T07:00:00.000Z');
  });

  test('every instant lies within the day that it falls on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -14, max: 14 }), (atMs, hours) => {
        const offsetMs = hours * 3_600_000;
        const sinceMs = atMs - midnightMs(localDay(atMs, offsetMs), offsetMs);
        expect(sinceMs).toBeGreaterThanOrEqual(0);
        expect(sinceMs).toBeLessThan(DAY_MS);
      }),
      { seed: 20_240_501 },
    );
  });
});

describe('percentiles', () => {
  test.each([
    [[], 0.5, null],
    [[7], 0.99, 7],
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2],
    [Array.from({ length: 100 }, (_, i) => i + 1), 0.99, 99],
    [Array.from({ length: 100 }, (_, i) => i + 1), 1, 100],
  ])('%j at %d', (values, share, expected) => expect(percentile(values, share)).toBe(expected));
});
