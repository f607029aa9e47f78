import { expect, test } from 'vitest';
import { ManualClock } from './clock.ts';
import { EngineProbe } from './engine-probe.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what could not be used is away until it answers a question, and is asked no more then', async () => {
  const clock = new ManualClock();
  const reports: (string | null)[] = [];
  let [asked, isAway] = [0, true];
  const ask = async () => {
    asked += 1;
    if (isAway) throw Object.assign(new Error('no'), { code: 'ETIMEDOUT' });
  };
  const probe = new EngineProbe({ report: (away) => reports.push(away), ask, clock, everyMs: 1_000 });
  probe.failed(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  probe.failed(new Error('no'));
  expect([reports, asked]).toEqual([['econnrefused', 'error'], 0]);
  clock.advance(1_000);
  await settled();
  expect([reports.at(-1), asked]).toEqual(['etimedout', 1]);
  isAway = false;
  clock.advance(1_000);
  await settled();
  expect([reports.at(-1), asked]).toEqual([null, 2]);
  clock.advance(60_000);
  await settled();
  expect(asked).toBe(2);
});

test('nothing is asked any more of what is stopped', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const probe = new EngineProbe({ report: () => {}, ask: async () => asked++, clock, everyMs: 1_000 });
  probe.failed(new Error('no'));
  probe.stop();
  probe.failed(new Error('no'));
  clock.advance(60_000);
  await settled();
  expect(asked).toBe(0);
});
