import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, StoreUnavailable } from '../store/db.ts';
import { until } from '../testing/until.ts';
import { Scheduler } from './scheduler.ts';

/** A jobs table with one job, due once; away for the first `failures` statements. */
function fakeDb(failures: number) {
  const asked: string[] = [];
  let due = true;
  const db: Pick<Db, 'query'> = {
    async query<Row>({ name }: { name: string }): Promise<Row[]> {
      asked.push(name);
      if (asked.length <= failures) throw new StoreUnavailable('away');
      if (name !== 'jobs_claim' || !due) return [];
      due = false;
      return [{ name: 'sweep', failures: 0 }] as Row[];
    },
  };
  const noTransactions = () => Promise.reject(new Error('not asked for'));
  return { asked, db: { ...db, transaction: noTransactions, close: async () => {} } };
}

function schedule(failures: number, run: () => Promise<void>) {
  const { asked, db } = fakeDb(failures);
  const clock = new ManualClock();
  const scheduler = new Scheduler({
    db,
    jobs: [{ name: 'sweep', everyMs: 60_000, run }],
    owner: '00000000-0000-7000-8000-000000000001',
    clock,
    random: seededRandom(1),
    log: silentLogger,
    metrics: noMetrics,
    settings: { pollMs: 1_000 },
  });
  scheduler.start();
  return { asked, clock, scheduler };
}

test('a store that is away at first is asked again until it answers', async () => {
  let runs = 0;
  const { clock, scheduler } = schedule(3, async () => void runs++);
  await until(
    () => {
      clock.advance(500);
      return runs === 1;
    },
    { timeoutMs: 2_000, what: 'the run' },
  );
  await scheduler.stop();
});

test('polls are spread: between a half and one and a half of the interval apart', async () => {
  const { asked, clock, scheduler } = schedule(0, async () => {});
  const claims = () => asked.filter((name) => name === 'jobs_claim').length;
  clock.advance(0);
  await until(() => claims() === 2, { timeoutMs: 2_000, what: 'the first poll to end' });
  const waits: number[] = [];
  for (let poll = 0; poll < 20; poll++) {
    const before = claims();
    let waitedMs = 0;
    while (claims() === before && waitedMs < 10_000) {
      clock.advance(10);
      waitedMs += 10;
      await new Promise((resolve) => setImmediate(resolve));
    }
    waits.push(waitedMs);
  }
  await scheduler.stop();
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThan(1_600);
  expect(new Set(waits).size).toBeGreaterThan(5);
});

test('once stopped it asks nothing more', async () => {
  const { asked, clock, scheduler } = schedule(0, async () => {});
  clock.advance(0);
  await scheduler.stop();
  const { length } = asked;
  clock.advance(60_000);
  expect(asked).toHaveLength(length);
});
