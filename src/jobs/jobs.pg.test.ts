import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { openDb } from '../store/pg-db.ts';
import { engines, openTestDatabase, type TestDatabase } from '../testing/databases.ts';
import { until } from '../testing/until.ts';
import type { Job } from './job.ts';
import { oldCommandsJob } from './old-commands.ts';
import { ensurePartitions, partitionsJob } from './partitions.ts';
import { Scheduler } from './scheduler.ts';

const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const NOW = Date.UTC(2026, 10, 21, 12);
let statements = 0;
const ask = <Row>(db: Db, text: string, params: unknown[] = []) =>
  db.query<Row>(sql(`test_${statements++}`, text), params);

describe.each(engines)('jobs on %s', (engine) => {
  let database: TestDatabase;
  let db: Db;
  const schedulers: Scheduler[] = [];

  beforeAll(async () => {
    database = await openTestDatabase(engine, { prepare: (connection) => migrate(connection, silentLogger) });
    db = openDb({
      connection: database.connection,
      label: 'test',
      poolSize: engine === 'postgres' ? 4 : 1,
      prepare: engine === 'postgres',
      connectTimeoutMs: 5_000,
      queryTimeoutMs: 10_000,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
    });
  });
  afterAll(async () => {
    await db?.close();
    await database?.stop();
  });

  describe('the scheduler', () => {
    const counts = new Map<string, number>();
    beforeEach(async () => {
      counts.clear();
      await ask(db, 'truncate journal.jobs');
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
  });

  describe('partitions', () => {
    const PARENTS = [
      'sos_requests',
      'sos_offers',
      'sos_slots',
      'sos_rejections',
      'sos_cancellations',
      'chat_messages',
    ];
    const partitionsOf = async (table: string) =>
      (
        await ask<{ name: string; bounds: string }>(
          db,
          `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bounds
             from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = $1::regclass order by 1`,
          [table],
        )
      ).filter(({ name }) => !name.endsWith('_default'));

    test('of days and months around now are made, by two nodes at once, each once', async () => {
      const reports = await Promise.all([ensurePartitions(db, NOW), ensurePartitions(db, NOW)]);
      const created = reports.flatMap((report) => report.created);
      expect(new Set(created).size).toBe(created.length);
      expect(created).toHaveLength(5 + 8 * 4);
      const days = (await partitionsOf('telemetry.positions')).map(({ name }) => name);
      expect(days).toEqual([20, 21, 22, 23, 24].map((day) => `positions_2026_11_${day}`));
    });

    test('made again change nothing', async () => {
      expect(await ensurePartitions(db, NOW)).toEqual({ created: [], notCreated: [], defaultsInUse: [] });
    });

    test('of everything that belongs to an SOS have the same bounds', async () => {
      const tables = [
        ...PARENTS.map((table) => `dispatch.${table}`),
        'journal.events_sos',
        'journal.events_chat',
      ];
      const bounds = await Promise.all(
        tables.map(async (table) => (await partitionsOf(table)).map((partition) => partition.bounds)),
      );
      expect(bounds[0]).toHaveLength(4);
      for (const other of bounds) expect(other).toEqual(bounds[0]);
    });

    test('take in what they are for; the next month needs one more of each', async () => {
      await ask(
        db,
        `insert into journal.events (kind, stream_id, seq, type, at, data) values ('sos', $1, 1, 'test', now(), '{}')`,
        ['01a1fb67-1800-7000-8000-000000000001'],
      );
      const [found] = await ask<{ place: string }>(
        db,
        'select tableoid::regclass::text as place from journal.events',
      );
      expect(found?.place).toBe('journal.events_sos_2026_11');
      const { created } = await ensurePartitions(db, Date.UTC(2026, 11, 21, 12));
      expect(created).toContain('dispatch.sos_requests_2027_02');
      expect(created.filter((name) => name.endsWith('_2027_02'))).toHaveLength(8);
      await ask(db, 'truncate journal.events');
    });

    test('whose rows are already in DEFAULT are reported, and keep no other from being made', async () => {
      const later = Date.UTC(2028, 5, 1);
      const id = uuidOf(7);
      const gauges = new Map<string, number>();
      const warned: unknown[] = [];
      await ask(
        db,
        `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
         values (to_timestamp($1::float8 / 1000), $2, $2, $2, 1, now(), now(), 'POINT(0 0)', false)`,
        [later, id],
      );
      const clock = new ManualClock(later);
      await partitionsJob.run({
        db,
        clock,
        log: { ...silentLogger, warn: (fields) => warned.push(fields.partition) },
        metrics: { ...noMetrics, gauge: (name, value) => gauges.set(name, value) },
        signal: new AbortController().signal,
      });
      expect(warned).toEqual(['telemetry.positions_default']);
      expect(gauges.get('store_default_partitions_in_use')).toBe(1);
      const again = await ensurePartitions(db, later);
      expect(again.notCreated).toEqual(['telemetry.positions_2028_06_01']);
      expect(again.created).toEqual([]);
      const days = (await partitionsOf('telemetry.positions')).map(({ name }) => name);
      expect(days).toContain('positions_2028_06_02');
    });
  });

  test('answers to commands older than 30 days are deleted, newer ones stay', async () => {
    await ask(
      db,
      `insert into journal.commands (actor_id, command_id, outcome, at)
       select $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '{}',
              now() - case when n <= 4500 then interval '31 days' else interval '29 days' end
         from generate_series(1, 4510) n`,
      [uuidOf(1)],
    );
    await oldCommandsJob.run({
      db,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
      signal: new AbortController().signal,
    });
    expect(await ask(db, 'select count(*) as left from journal.commands')).toEqual([{ left: 10 }]);
  });
});
