import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import type { AuditEntry } from './audit-entry.ts';
import { SightQueue } from './sight-queue.ts';

function stage() {
  const clock = new ManualClock();
  const log = { waiting: 0, taken: [] as (string | null | undefined)[] };
  let timers = 0;
  const queue = new SightQueue({
    waitingInLog: () => log.waiting,
    record: (sight) => log.taken.push(sight.subjectUserId),
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (ms, run) => {
        timers += 1;
        return clock.after(ms, run);
      },
    },
  });
  const push = (n: number) => queue.push({ subjectUserId: `${n}` } as AuditEntry);
  return { clock, log, queue, push, timers: () => timers };
}

test('thousands are handed on in their order, a hundred at a time', () => {
  const { clock, log, push } = stage();
  for (let n = 0; n < 1_000; n++) push(n);
  expect(log.taken).toHaveLength(100);
  clock.advance(2);
  expect(log.taken).toHaveLength(200);
  clock.advance(100);
  expect(log.taken).toEqual(Array.from({ length: 1_000 }, (_, n) => `${n}`));
});

test('while the log is busy with others they wait, looked after by one timer however many they are', () => {
  const { clock, log, push, timers } = stage();
  log.waiting = 10_000;
  for (let n = 0; n < 5_000; n++) push(n);
  clock.advance(1_000);
  expect(log.taken).toEqual([]);
  expect(timers()).toBeLessThan(12);
  log.waiting = 9_999;
  clock.advance(1_000);
  expect(log.taken).toHaveLength(5_000);
});

test('no more wait than have room, and at the end everything goes that the log can hold', () => {
  const { log, queue, push } = stage();
  log.waiting = 10_000;
  for (let n = 0; n < 100_000; n++) expect(push(n)).toBe(true);
  expect(push(0)).toBe(false);
  queue.flush();
  expect([queue.size, log.taken.length]).toEqual([0, 100_000]);
  log.waiting = 90_000;
  push(1);
  queue.flush();
  expect(queue.size).toBe(1);
});
