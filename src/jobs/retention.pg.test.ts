import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAccounts } from '../accounts/accounts.ts';
import { AuditLog } from '../accounts/audit.ts';
import { auditDueChore } from '../accounts/audit-due.ts';
import { verifyAudit } from '../accounts/audit-verify.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { ageingOf, PERSONAL_DATA, RETENTION } from '../schema/personal-data.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { ensurePartitions } from './partitions.ts';
import { retentionJob, sweepsOf } from './retention.ts';

const DAY_MS = 86_400_000;
const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
let statements = 0;

describe('the declaration', () => {
  test('says for every table whose class ends what it ages by, or who deletes it', () => {
    const silent = PERSONAL_DATA.filter(
      (table) => RETENTION[table.retention].keepDays !== null && ageingOf(table) === undefined,
    );
    expect(silent.map(({ table }) => table)).toEqual([]);
  });

  test('ages nothing whose class never ends', () => {
    const odd = PERSONAL_DATA.filter(
      ({ retention, ages }) => RETENTION[retention].keepDays === null && ages !== undefined,
    );
    expect(odd.map(({ table }) => table)).toEqual([]);
  });

  test('sweeps each table once, and those that leave together once', () => {
    const tables = sweepsOf(PERSONAL_DATA).map(({ table }) => table);
    expect(new Set(tables).size).toBe(tables.length);
    expect(tables).toContain('accounts.audit_log');
    expect(tables).not.toContain('accounts.audit_chains');
    expect(tables).toContain('journal.events');
    // All that belongs to an SOS leaves with it; what belongs to none goes by its own age.
    expect(tables.filter((table) => table.startsWith('dispatch.'))).toEqual([
      'dispatch.sos_requests',
      'dispatch.broadcast_recipients',
      'dispatch.area_broadcasts',
      'dispatch.shifts',
    ]);
    expect(tables).not.toContain('accounts.sessions');
  });
});

describe.each(engines)('retention on %s', (engine) => {
  let store: TestStore;
  let metrics: CountingMetrics;
  let told: { table: unknown; deleted: unknown }[];
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(7));

  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    metrics = new CountingMetrics();
    told = [];
  });

  const ask = <Row>(text: string, params: unknown[] = []) =>
    store.db.query<Row>(sql(`test_${statements++}`, text), params);
  const asOwner = <Row>(text: string, params: unknown[] = []) =>
    store.owner.query<Row>(sql(`test_${statements++}`, text), params);
  const run = (db = store.db) =>
    retentionJob.run({
      db,
      clock: systemClock,
      log: { ...silentLogger, info: ({ table, deleted }) => told.push({ table, deleted }) },
      metrics,
      signal: new AbortController().signal,
    });
  const countOf = async (table: string) =>
    (await asOwner<{ rows: number }>(`select count(*)::int as rows from ${table}`))[0]?.rows;

  test('every other job that the declaration leaves tables to is there', async () => {
    const accounts = await openAccounts({
      db: store.db,
      clock: new ManualClock(),
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: 900_000,
    });
    await accounts.stop();
    const people = accounts.people({
      channels: [],
      deliver: async () => {},
      documents: { put: async () => {}, get: async () => null, remove: async () => {} },
      publicUrl: 'http://x',
      onErased: () => {},
    });
    const due = auditDueChore({ db: store.db, record: () => {}, flush: async () => {} });
    const jobs = [...accounts.jobs, ...people.chores, due].map(({ name }) => name);
    const named = PERSONAL_DATA.flatMap(({ ages }) => (ages && 'otherJob' in ages ? [ages.otherJob] : []));
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(jobs).toContain(name);
  });

  test('answers to commands older than 30 days are deleted in batches, newer ones stay', async () => {
    await ask(
      `insert into journal.commands (actor_id, command_id, outcome, at)
       select $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '{}',
              now() - case when n <= 4500 then interval '31 days' else interval '29 days' end
         from generate_series(1, 4510) n`,
      [uuidOf(1)],
    );
    await run();
    expect(await countOf('journal.commands')).toBe(10);
    expect(told).toEqual([{ table: 'journal.commands', deleted: 4_500 }]);
    expect(metrics.counts.get('retention_deleted_total{journal.commands}')).toBe(4_500);
  });

  test('every column that something ages by is there, and its old rows go while rows that are needed stay', async () => {
    const user = newId();
    await ask('insert into accounts.users (id, email) values ($1, $2)', [user, `${user}@example.org`]);
    const days = (n: number) => `now() - interval '${n} days'`;
    const both: readonly (readonly [string, (days: string, n: number) => string])[] = [
      [
        'accounts.suspicious_activities',
        (at, n) =>
          `(id, user_id, activity_type, created_at) values ('${uuidOf(n)}', null, 'SPAM_MESSAGES', ${at})`,
      ],
      [
        'accounts.invitations',
        (at, n) =>
          `(id, email, grants, token_hash, expires_at) values ('${uuidOf(n)}', 'x@example.org', '{}', '\\x0${n}', ${at})`,
      ],
      [
        'accounts.device_codes',
        (at, n) => `(code_hash, user_id, expires_at) values ('\\x0${n}', '${user}', ${at})`,
      ],
      [
        'telemetry.refused_fixes',
        (at, n) =>
          `(user_id, device_id, day, reason, fixes) values ('${user}', '${uuidOf(n)}', (${at})::date, 'stale', 1)`,
      ],
      [
        'journal.deliveries',
        (at, n) =>
          `(id, channel, state, expires_at, finished_at) values ('${uuidOf(n)}', 'email', 'sent', ${at}, ${at})`,
      ],
    ];
    for (const [table, row] of both) {
      await ask(`insert into ${table} ${row(days(400), 1)}`);
      await ask(`insert into ${table} ${row('now()', 2)}`);
    }
    await ask(
      `insert into journal.deliveries (id, channel, state, body, expires_at, created_at)
       values ($1, 'email', 'pending', 'x', now(), now() - interval '400 days')`,
      [uuidOf(3)],
    );
    await run();
    for (const [table] of both) {
      expect([table, await countOf(table)]).toEqual([table, table === 'journal.deliveries' ? 2 : 1]);
    }
    expect(told).toHaveLength(both.length);
  });

  test('a table that can not be swept keeps no other from being swept, and the job is tried again', async () => {
    await ask(`insert into journal.commands (actor_id, command_id, outcome, at)
               values ('${uuidOf(1)}', '${uuidOf(90_000)}', '{}', now() - interval '31 days')`);
    const before = await countOf('journal.commands');
    const failing = {
      ...store.db,
      query: async <Row>(...args: Parameters<typeof store.db.query<Row>>) => {
        if (args[0].name === 'retention_accounts.invitations') throw new Error('no');
        return store.db.query<Row>(...args);
      },
    };
    await expect(run(failing)).rejects.toThrow('no');
    expect(await countOf('journal.commands')).toBe((before ?? 0) - 1);
  });

  test('days of positions that are over for 30 days are dropped, and rows for which there was no day go', async () => {
    const nowMs = systemClock.nowMs();
    for (const daysAgo of [40, 35, 20, 0]) await ensurePartitions(store.db, nowMs - daysAgo * DAY_MS);
    const at = (daysAgo: number, seq: number) =>
      ask(
        `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
         values (now() - make_interval(days => $1), $2, $2, $2, $3, now(), now(), 'POINT(0 0)', false)`,
        [daysAgo, uuidOf(9), seq],
      );
    for (const [seq, daysAgo] of [100, 40, 35, 32, 20, 0].entries()) await at(daysAgo, seq);
    await run();
    expect(
      (await ask<{ seq: number }>('select seq from telemetry.positions order by seq')).map(({ seq }) => seq),
    ).toEqual([4, 5]);
    const days = await asOwner<{ day: string }>(
      `select to_char(to_date(right(relname, 10), 'YYYY_MM_DD'), 'YYYY-MM-DD') as day from pg_class
        where relname ~ '^positions_\\d{4}_\\d{2}_\\d{2}$' and relkind = 'r'`,
    );
    for (const { day } of days) expect(Date.parse(day)).toBeGreaterThan(nowMs - 32 * DAY_MS);
    expect(days.length).toBeGreaterThanOrEqual(10);
  });

  test('days of vital signs are dropped once they are over for 90 days; what people put on record stays', async () => {
    const nowMs = systemClock.nowMs();
    for (const daysAgo of [95, 80]) await ensurePartitions(store.db, nowMs - daysAgo * DAY_MS);
    for (const [seq, daysAgo] of [120, 95, 80, 0].entries()) {
      await ask(
        `insert into telemetry.vitals_samples (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, late)
         values (now() - make_interval(days => $1), $2, $2, $2, $3, 'device', now(), now(), false)`,
        [daysAgo, uuidOf(9), seq],
      );
    }
    await ask(
      `insert into telemetry.vitals_records (id, person_id, source, recorded_at, received_at, late)
       values ($1, $1, 'manual', now() - interval '9 years', now() - interval '9 years', false)`,
      [uuidOf(9)],
    );
    await run();
    const kept = await ask<{ seq: number }>('select seq from telemetry.vitals_samples order by seq');
    expect(kept.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(await countOf('telemetry.vitals_records')).toBe(1);
  });

  describe('of the audit log', () => {
    const KEEP_DAYS = RETENTION.audit.keepDays;
    let clock: ManualClock;

    /** What somebody with every right could do: no trigger sees it. */
    const tamper = (text: string) =>
      store.owner.transaction(async (tx) => {
        await tx.query(sql('test_unseen', 'set local session_replication_role = replica'));
        await tx.query(sql(`test_${statements++}`, text));
      });

    beforeEach(async () => {
      await tamper('delete from accounts.audit_log');
      await tamper('delete from accounts.audit_chains');
    });

    /** A run of a node that began so many days ago and wrote an entry each time. */
    const nodeOf = async (...daysAgo: number[]) => {
      clock = new ManualClock(systemClock.nowMs() - (daysAgo[0] ?? 0) * DAY_MS);
      const ids = uuidV7Maker(() => clock.nowMs(), seededRandom(daysAgo[0] ?? 1));
      const log = new AuditLog({ db: store.db, clock, log: silentLogger, metrics: noMetrics, newId: ids });
      for (const ago of daysAgo) {
        clock.advance(Math.max(0, systemClock.nowMs() - ago * DAY_MS - clock.nowMs()));
        log.record({
          actorId: null,
          grants: [],
          action: 'read',
          resourceKind: 'test',
          outcome: 'allowed',
          reason: `${ago}`,
        });
        await log.flush();
      }
      return log;
    };
    const reasons = async () =>
      (
        await ask<{ reason: string }>(
          'select reason from accounts.audit_log where reason is not null order by id',
        )
      ).map(({ reason }) => reason);

    test('rows go from the beginning of their chain after six years, and what is left is still proven', async () => {
      await nodeOf(KEEP_DAYS + 90, KEEP_DAYS + 80);
      const log = await nodeOf(KEEP_DAYS + 50, KEEP_DAYS + 1, KEEP_DAYS - 1, 5);
      expect(await verifyAudit(store.db)).toMatchObject({ chains: 2, rows: 8, broken: [] });
      await run();
      expect(await reasons()).toEqual([`${KEEP_DAYS - 1}`, '5']);
      expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 2, broken: [] });
      log.record({ actorId: null, grants: [], action: 'read', resourceKind: 'test', outcome: 'allowed' });
      await log.flush();
      await nodeOf(0);
      expect(await verifyAudit(store.db)).toEqual({ chains: 2, rows: 5, broken: [] });
      await run();
      expect(await verifyAudit(store.db)).toEqual({ chains: 2, rows: 5, broken: [] });
    });

    test('what is changed or taken out afterwards is still found', async () => {
      await nodeOf(KEEP_DAYS + 50, KEEP_DAYS - 3, KEEP_DAYS - 2, 5);
      await run();
      await tamper(`delete from accounts.audit_log where reason = '${KEEP_DAYS - 3}'`);
      expect((await verifyAudit(store.db)).broken).toMatchObject([{ chainSeq: 3, what: 'is missing' }]);
      await tamper(`update accounts.audit_chains set low = low + 1`);
      expect((await verifyAudit(store.db)).broken).toMatchObject([
        { chainSeq: 4, what: 'does not follow from the row before it' },
      ]);
      await tamper(`update accounts.audit_chains set forgotten_at = now(),
        low_hash = (select prev_hash from accounts.audit_log where chain_seq = 4)`);
      expect((await verifyAudit(store.db)).broken).toMatchObject([
        { chainSeq: 4, what: 'comes after rows that were deleted too early' },
      ]);
    });

    test('a young chain can not be passed off as an old one', async () => {
      await nodeOf(20, 10, 5);
      await tamper('delete from accounts.audit_log where chain_seq < 3');
      await tamper(`update accounts.audit_chains set low = 3, forgotten_at = now() - interval '3000 days',
        low_hash = (select prev_hash from accounts.audit_log where chain_seq = 3)`);
      expect((await verifyAudit(store.db)).broken).toMatchObject([
        { chainSeq: 3, what: 'comes after rows that were deleted too early' },
      ]);
    });

    test('nobody deletes a row sooner, not even the owner', async () => {
      await nodeOf(KEEP_DAYS - 1);
      await expect(asOwner('delete from accounts.audit_log')).rejects.toMatchObject({ code: '42501' });
      await expect(asOwner('delete from accounts.audit_chains')).rejects.toMatchObject({ code: '42501' });
      expect(await ask('select accounts.forget_audit(100) as gone')).toEqual([{ gone: 0 }]);
    });
  });
});
