import { expect, test } from 'vitest';
import { ManualClock } from './clock.ts';
import { Deadlines } from './deadlines.ts';
import { silentLogger } from './log.ts';
import { noMetrics } from './metric.ts';

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
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(tries).toBe(3);
  expect(deadlines.size).toBe(0);
  await deadlines.stop();
});
