import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { openJobDesk } from './desk.ts';
import type { Job } from './job.ts';
import { Scheduler } from './scheduler.ts';

const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
let statements = 0;
const ask = <Row>(db: Db, text: string, params: unknown[] = []) =>
  db.query<Row>(sql(`test_${statements++}`, text), params);

describe.each(engines)('the scheduler on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};
  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());

  const schedulers: Scheduler[] = [];
  const counts = new Map<string, number>();
  beforeEach(async () => {
    counts.clear();
    await ask(owner, emptying('journal.jobs'));
  });
  afterEach(async () => {
    await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.stop()));
  });

  const schedule = (jobs: Job[], owner = 1) => {
    const clock = new ManualClock();
    const scheduler = new Scheduler({
      db,
      jobs,
      owner: uuidOf(owner),
      clock,
      random: seededRandom(owner),
      log: silentLogger,
      metrics: {
        ...noMetrics,
        count: (name, labels) => {
          const key = `${name} ${labels?.outcome}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        },
      },
      settings: { pollMs: 1_000, leaseMs: 60_000 },
    });
    schedulers.push(scheduler);
    scheduler.start();
    return { scheduler, clock };
  };
  /** Lets the clocks run until the condition holds. */
  const runUntil = (clocks: ManualClock[], what: string, condition: () => boolean | Promise<boolean>) =>
    until(
      () => {
        for (const clock of clocks) clock.advance(500);
        return condition();
      },
      { timeoutMs: 10_000, what },
    );
  const job = (name: string, run: Job['run'], everyMs = 3_600_000): Job => ({ name, everyMs, run });
  const row = async (name: string) => {
    const [found] = await ask<{
      owner: string | null;
      last_error: string | null;
      last_ok_at: number | null;
      failures: number;
      due_in_ms: number;
    }>(
      db,
      `select owner, last_error, last_ok_at, failures, (extract(epoch from due_at - now()) * 1000)::float8 as due_in_ms
         from journal.jobs where name = $1`,
      [name],
    );
    return found;
  };

  test('runs a due job once, and says when it went well and when it is due again', async () => {
    let runs = 0;
    const { clock } = schedule([job('sweep', async () => void runs++)]);
    await runUntil([clock], 'the first run', async () => (await row('sweep'))?.last_ok_at != null);
    const after = await row('sweep');
    expect(after).toMatchObject({ owner: null, last_error: null, failures: 0 });
    expect(after?.due_in_ms).toBeGreaterThan(3_500_000);
    let polls = 0;
    await runUntil([clock], 'twenty more polls', () => ++polls > 20);
    expect(runs).toBe(1);
  });

  test('on two nodes at once runs a due job once', async () => {
    let running = 0;
    let most = 0;
    const runs: string[] = [];
    const jobs = ['a', 'b', 'c', 'd'].map((name) =>
      job(name, async ({ db: inside }) => {
        running += 1;
        most = Math.max(most, running);
        runs.push(name);
        await ask(inside, 'select pg_sleep(0.02)');
        running -= 1;
      }),
    );
    const clocks = [schedule(jobs, 1).clock, schedule(jobs, 2).clock];
    await runUntil(clocks, 'all four', async () => {
      const done = await ask(db, 'select 1 from journal.jobs where last_ok_at is not null');
      return done.length === 4;
    });
    expect(runs.sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('takes over from a node that died once its lease has run out, not before', async () => {
    await ask(
      db,
      `insert into journal.jobs (name, due_at, owner, lease_until) values
         ('held', now(), $1, now() + interval '1 hour'), ('left', now(), $1, now() - interval '1 second')`,
      [uuidOf(9)],
    );
    const ran: string[] = [];
    const note = (name: string) => job(name, async () => void ran.push(name));
    const { clock } = schedule([note('held'), note('left')]);
    await runUntil([clock], 'the job that was left', async () => (await row('left'))?.last_ok_at != null);
    expect(ran).toEqual(['left']);
    expect((await row('held'))?.owner).toBe(uuidOf(9));
  });

  test('a job that throws is tried again later, and only a code of its error is kept', async () => {
    let fails = true;
    const failing = job('flaky', async () => {
      if (fails) throw Object.assign(new Error('patient 17 is not there'), { code: 'E_FLAKY' });
    });
    const { clock } = schedule([failing]);
    await runUntil([clock], 'the failure', async () => (await row('flaky'))?.failures === 1);
    const after = await row('flaky');
    expect(after).toMatchObject({ last_error: 'E_FLAKY', last_ok_at: null, owner: null });
    expect(after?.due_in_ms).toBeGreaterThan(0);
    expect(after?.due_in_ms).toBeLessThan(60_000);
    fails = false;
    await ask(db, 'update journal.jobs set due_at = now()');
    await runUntil([clock], 'the good run', async () => (await row('flaky'))?.last_ok_at != null);
    expect(await row('flaky')).toMatchObject({ last_error: null, failures: 0 });
    expect(counts).toEqual(
      new Map([
        ['jobs_runs failed', 1],
        ['jobs_runs ok', 1],
      ]),
    );
  });

  test('a job that outlives its lease renews it; one that lost it is told to stop and writes nothing', async () => {
    const signals: AbortSignal[] = [];
    const { clock } = schedule([
      job('long', ({ signal }) => {
        signals.push(signal);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      }),
    ]);
    await runUntil([clock], 'the start', () => signals.length === 1);
    const leased = async () =>
      (await ask<{ at: number }>(db, 'select lease_until as at from journal.jobs'))[0]?.at ?? 0;
    const before = await leased();
    await runUntil([clock], 'a renewal', async () => (await leased()) > before);
    expect(signals[0]?.aborted).toBe(false);
    await ask(db, 'update journal.jobs set owner = $1', [uuidOf(9)]);
    await runUntil([clock], 'the abort', () => signals[0]?.aborted === true);
    await schedulers[0]?.stop();
    expect(await row('long')).toMatchObject({ owner: uuidOf(9), last_ok_at: null });
  });

  test('asked to stop, tells the job at hand and waits for it', async () => {
    let ended = false;
    let started = false;
    const { clock, scheduler } = schedule([
      job('slow', async ({ signal }) => {
        started = true;
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        ended = true;
      }),
    ]);
    await runUntil([clock], 'the start', () => started);
    await scheduler.stop();
    expect(ended).toBe(true);
    expect((await row('slow'))?.owner).toBeNull();
  });

  test('shows how each job stands, and makes one due at once', async () => {
    let runs = 0;
    const { clock } = schedule([job('sweep', async () => void runs++)]);
    await runUntil([clock], 'the first run', async () => (await row('sweep'))?.last_ok_at != null);
    await ask(
      owner,
      "insert into journal.jobs (name, due_at, last_error, failures) values ('old', now(), 'X', 2)",
    );
    const desk = openJobDesk(db, [{ name: 'sweep', everyMs: 3_600_000 }]);
    expect(await desk.list()).toMatchObject([
      { name: 'old', everyMs: null, running: false, lastOkAtMs: null, lastError: 'X', failures: 2 },
      { name: 'sweep', everyMs: 3_600_000, running: false, lastError: null, failures: 0 },
    ]);
    expect(await desk.runNow('nobody knows')).toBe(false);
    expect(await desk.runNow('sweep')).toBe(true);
    await runUntil([clock], 'the second run', () => runs === 2);
  });

  test('does not make a job due again that runs', async () => {
    let finish = () => {};
    let runs = 0;
    const long = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { clock } = schedule([
      job('long', async () => {
        runs += 1;
        await long;
      }),
    ]);
    await runUntil([clock], 'the run', () => runs === 1);
    const desk = openJobDesk(db, []);
    expect(await desk.list()).toMatchObject([{ name: 'long', running: true }]);
    expect(await desk.runNow('long')).toBe(true);
    finish();
    await runUntil([clock], 'its end', async () => (await row('long'))?.owner === null);
    expect((await row('long'))?.due_in_ms).toBeGreaterThan(3_500_000);
  });
});
