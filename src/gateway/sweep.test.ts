import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { sweepRegularly } from './sweep.ts';

const EVERY_MS = 1_000;

function setUp(count: number) {
  const clock = new ManualClock();
  const members = new Set(Array.from({ length: count }, (_, i) => i));
  const looks: { readonly member: number; readonly atMs: number }[] = [];
  const look = (member: number) => looks.push({ member, atMs: clock.monotonicMs() });
  const startMs = clock.monotonicMs();
  const stop = sweepRegularly({ clock, everyMs: EVERY_MS, members, look });
  const pass = (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 10) clock.advance(10);
  };
  return { members, looks, stop, pass, startMs };
}

test('everybody gets one look per round, however many they are, and few at a time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_000 }), (count) => {
      const { looks, pass } = setUp(count);
      pass(2 * EVERY_MS - 10);
      expect(new Set(looks.map(({ member }) => member)).size).toBe(count);
      expect(looks).toHaveLength(count);
      const perMoment = new Map<number, number>();
      for (const { atMs } of looks) perMoment.set(atMs, (perMoment.get(atMs) ?? 0) + 1);
      expect(Math.max(0, ...perMoment.values())).toBeLessThanOrEqual(Math.max(200, 0.08 * count));
    }),
    { numRuns: 20 },
  );
});

test('who left is not looked at, who came is at the next round, and it ends', () => {
  const { members, looks, pass, stop } = setUp(1_000);
  pass(EVERY_MS);
  members.delete(999);
  members.add(1_000);
  pass(EVERY_MS - 10);
  expect(looks.map(({ member }) => member)).toEqual(Array.from({ length: 999 }, (_, i) => i));
  pass(EVERY_MS);
  expect(looks.some(({ member }) => member === 1_000)).toBe(true);
  stop();
  const { length } = looks;
  pass(3 * EVERY_MS);
  expect(looks).toHaveLength(length);
});
