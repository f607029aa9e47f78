import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { LaneQueue } from './lane-queue.ts';

function setUp(costMs = 1) {
  const clock = new ManualClock();
  const turns: (() => void)[] = [];
  const queue = new LaneQueue({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    nextTurn: (fn) => turns.push(fn),
  });
  const done: number[] = [];
  const take = (n: number, bytes = 8) =>
    queue.take(new ArrayBuffer(bytes), () => {
      done.push(n);
      clock.advance(costMs);
    });
  return { queue, take, done, turn: () => turns.splice(0).map((fn) => fn()), turns };
}

test('what comes while there is time is worked on at once', () => {
  const { take, done, turn } = setUp();
  for (let n = 1; n <= 5; n++) take(n);
  expect(done).toEqual([1, 2, 3, 4, 5]);
  turn();
  take(6);
  expect(done.at(-1)).toBe(6);
});

test('a flood gets a slice of each turn, in order, until nothing waits and nothing is awaited', () => {
  const { take, done, turn, turns } = setUp();
  for (let n = 1; n <= 13; n++) take(n);
  expect(done).toHaveLength(5);
  turn();
  expect(done).toHaveLength(10);
  take(14);
  turn();
  expect(done).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  expect(turns).toHaveLength(0);
});

test('what there is no room for is refused, and one that fails is no reason to stop', () => {
  const { queue, take, done, turn } = setUp(5);
  take(1);
  queue.take(new ArrayBuffer(8), () => {
    throw new Error('broken');
  });
  expect(take(2, 15 * 1024 * 1024)).toBe(true);
  expect(take(3, 2 * 1024 * 1024)).toBe(false);
  turn();
  turn();
  expect(done).toEqual([1, 2]);
  expect(take(3, 2 * 1024 * 1024)).toBe(true);
});
