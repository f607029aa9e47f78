import { expect, test } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { aggregatesJob } from './pg-aggregates.ts';

test('counting a long backlog ends after a few seconds, so that other jobs get their turn, and leaves the store to others', async () => {
  let nowMs = 0;
  let busyMs = 0;
  const clock = {
    monotonicMs: () => nowMs,
    after: (ms: number, fn: () => void) => {
      nowMs += ms;
      fn();
      return () => {};
    },
  } as unknown as Clock;
  const db = {
    transaction: async () => {
      nowMs += 300;
      busyMs += 300;
      return { values: 10, isDone: false };
    },
  } as unknown as Db;
  await aggregatesJob().run({ db, clock, metrics: noMetrics, signal: new AbortController().signal });
  expect(nowMs).toBeLessThan(4_000);
  expect(busyMs).toBeLessThanOrEqual(nowMs / 2);
  expect(busyMs).toBeGreaterThan(1_000);
});
