import { expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { ManualClock } from './clock.ts';
import { Deadlines } from './deadlines.ts';
import { silentLogger } from './log.ts';
import { noMetrics } from './metric.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('thousands that fall due at one moment are acted on a few at a time, the first first, each once', async () => {
  const clock = new ManualClock();
  const done: string[] = [];
  let now = 0;
  let most = 0;
  const deadlines = new Deadlines({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    of: 'test',
    claimDue: async () => [],
    onDue: async (id) => {
      now += 1;
      most = Math.max(most, now);
      await turn();
      now -= 1;
      done.push(id);
    },
    sweepEveryMs: 500,
  });
  const all = Array.from({ length: 2_000 }, (_, i) => `sos ${i}`);
  for (const id of all) deadlines.set(id, 100);
  clock.advance(100);
  // What another node has done meanwhile is not looked at any more.
  deadlines.set('sos 1999', 60_000);
  deadlines.set('sos 1998', null);
  await until(() => done.length >= 1_998, { timeoutMs: 10_000, what: 'all to be done' });
  await turn();
  expect(done).toEqual(all.slice(0, 1_998));
  expect(most).toBe(4);
  expect(deadlines.size).toBe(1);
  await deadlines.stop();
});

test('a sweep takes the next that are due when it is done with those before', async () => {
  const clock = new ManualClock();
  const due = Array.from({ length: 120 }, (_, i) => `sos ${i}`);
  const open = new Set<string>();
  let most = 0;
  const deadlines = new Deadlines({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    of: 'test',
    claimDue: async (limit) => {
      const claimed = due.splice(0, limit);
      for (const id of claimed) open.add(id);
      most = Math.max(most, open.size);
      return claimed;
    },
    onDue: async (id) => {
      await turn();
      open.delete(id);
    },
    sweepEveryMs: 500,
  });
  await deadlines.sweep();
  expect({ due, left: open.size, most }).toEqual({ due: [], left: 0, most: 50 });
  await deadlines.stop();
});

test('what could not be acted on is tried again, also while the store tells of nothing that is due', async () => {
  const clock = new ManualClock();
  let tries = 0;
  const deadlines = new Deadlines({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    of: 'test',
    claimDue: async () => [],
    onDue: async () => {
      tries += 1;
      if (tries < 3) throw new Error('the disk is full');
    },
    sweepEveryMs: 500,
  });
  deadlines.set('sos', 100);
  for (let i = 0; i < 100; i++) {
    clock.advance(100);
    await turn();
  }
  expect(tries).toBe(3);
  expect(deadlines.size).toBe(0);
  await deadlines.stop();
});
