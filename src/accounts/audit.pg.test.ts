import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, StoreUnavailable, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { openTestStore } from '../testing/open-store.ts';
import { openAccess } from './access-service.ts';
import { type AuditLimits, AuditLog } from './audit.ts';
import { auditDueChore, keepDue } from './audit-due.ts';
import type { AuditEntry } from './audit-entry.ts';
import { verifyAuditLive, verifyAudit as verifyAuditWhole } from './audit-verify.ts';
import { AUDIT_CHAINS } from './sql/audit.ts';

const ACT_MS = 1_790_000_000_000;
const ACTOR = '018f0000-0000-7000-8000-000000000001';
const entry = (reason: string): AuditEntry => ({
  actorId: ACTOR,
  grants: ['admin', 'dispatcher'],
  action: 'change',
  resourceKind: 'policy',
  outcome: 'allowed',
  reason,
});

/** In one moment, and page by page beside a working node, which come to the same. */
const verifyAudit = async (db: Db) => {
  const whole = await verifyAuditWhole(db);
  expect(await verifyAuditLive(db)).toEqual(whole);
  return whole;
};

describe.each(engines)('the audit log on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let metrics: CountingMetrics;
  const clock = new ManualClock();
  const newId = uuidV7Maker(() => clock.nowMs(), seededRandom(20_261_121));

  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());

  const ask = async (text: string, values: unknown[] = []): Promise<unknown[]> => {
    const client = new pg.Client(store.database.connection);
    await client.connect();
    try {
      return (await client.query({ text, values, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  };

  /** What somebody with the rights of the owner could do. */
  const tamper = async (text: string, values: unknown[] = []) => {
    await ask('alter table accounts.audit_log disable trigger user');
    await ask('alter table accounts.audit_log_default disable trigger user');
    await ask(
      'grant update, delete, truncate on accounts.audit_log, accounts.audit_log_default to current_user',
    );
    await ask(text, values);
    await ask('revoke update, delete, truncate on accounts.audit_log from current_user');
    await ask('alter table accounts.audit_log enable trigger user');
    await ask('alter table accounts.audit_log_default enable trigger user');
  };

  beforeEach(async () => {
    metrics = new CountingMetrics();
    await tamper('truncate accounts.audit_log');
    await ask('alter table accounts.audit_chains disable trigger user');
    await ask('grant delete on accounts.audit_chains to current_user');
    await ask('delete from accounts.audit_chains');
    await ask('alter table accounts.audit_chains enable trigger user');
  });

  const open = (limits: Partial<AuditLimits> = {}, db = store.db) =>
    new AuditLog({ db, clock, log: silentLogger, metrics, newId, limits });

  const written = async (reasons: readonly string[], limits: Partial<AuditLimits> = {}) => {
    const log = open(limits);
    for (const reason of reasons) log.record(entry(reason));
    await log.flush();
    return log;
  };

  test('keeps what it is given, in order, and finds it whole', async () => {
    await written(['one', 'two', 'three \0 \ud800 “ö” \u{1f691}'], { batchEntries: 2 });
    expect(
      await ask('select chain_seq::int, action, reason from accounts.audit_log order by chain_seq'),
    ).toEqual([
      1,
      'open',
      null,
      2,
      'change',
      'one',
      3,
      'change',
      'two',
      4,
      'change',
      'three  \ufffd “ö” \u{1f691}',
    ]);
    expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 4, broken: [] });
  });

  test('writes by itself after a moment', async () => {
    open({ gatherMs: 50 }).record(entry('one'));
    clock.advance(50);
    await expect.poll(() => ask('select count(*)::int from accounts.audit_log')).toEqual([2]);
  });

  test('refuses UPDATE, DELETE and TRUNCATE', async () => {
    await written(['one']);
    for (const statement of [
      "update accounts.audit_log set reason = 'none'",
      'delete from accounts.audit_log',
      'truncate accounts.audit_log',
      'truncate accounts.audit_log_default',
      'delete from accounts.audit_chains',
    ]) {
      await expect(ask(statement), statement).rejects.toMatchObject({ code: '42501' });
    }
    expect(await verifyAudit(store.db)).toMatchObject({ rows: 2, broken: [] });
  });

  test.each([
    ['reason', "'another'"],
    ['actor_id', `'${ACTOR.replace(/1$/, '2')}'`],
    ['at', "at + interval '1 second'"],
    ['grants', "'{}'"],
    ['outcome', "'refused'"],
    ['subject_user_id', `'${ACTOR}'`],
    ['address', "'::1'"],
    ['hash', "decode(repeat('00', 32), 'hex')"],
  ])('finds a row whose %s was changed, and names it', async (column, value) => {
    await written(['one', 'two', 'three']);
    const [id] = await ask("select id from accounts.audit_log where reason = 'two'");
    await tamper(`update accounts.audit_log set ${column} = ${value} where id = $1`, [id]);
    const { broken } = await verifyAudit(store.db);
    expect(broken).toMatchObject([{ chainSeq: 3, id, what: 'was changed after it was written' }]);
  });

  test.each([
    ['taken out', `array_remove(subject_user_ids, '${ACTOR}')`],
    ['put in', `subject_user_ids || '${ACTOR.replace(/1$/, '9')}'::uuid`],
    ['exchanged', `array_replace(subject_user_ids, '${ACTOR}', '${ACTOR.replace(/1$/, '9')}')`],
    ['put elsewhere', 'array[subject_user_ids[2], subject_user_ids[1], subject_user_ids[3]]'],
    ['left out with all others', 'null'],
  ])('finds an entry about many of whom one was %s', async (_, people) => {
    const log = open();
    const subjectUserIds = [ACTOR, ACTOR.replace(/1$/, '2'), ACTOR.replace(/1$/, '3')];
    log.record({ ...entry('many'), subjectUserIds });
    await log.flush();
    expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 2, broken: [] });
    await tamper(`update accounts.audit_log set subject_user_ids = ${people} where reason = 'many'`);
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { chainSeq: 2, what: 'was changed after it was written' },
    ]);
  });

  test.each([
    ['exchanged', 'resource_ids = array[resource_ids[2], resource_ids[1]]'],
    ['left out', 'resource_ids = null'],
    ['moved by one', "resource_ids = '[0:1]={sos1,sos2}'"],
    ['moved against the people', `subject_user_ids = ('[0:1]=' || subject_user_ids::text)::uuid[]`],
    ['put in the place of the people', 'resource_ids = subject_user_ids::text[], subject_user_ids = null'],
    ['put there with what there was', 'subject_user_ids = null'],
  ])('finds an entry about many of which the resources were %s', async (_, change) => {
    const log = open();
    const subjectUserIds = [ACTOR, ACTOR.replace(/1$/, '2')];
    log.record({ ...entry('in'), subjectUserIds, resourceIds: ['sos1', 'sos2'] });
    log.record({ ...entry('map'), subjectUserIds });
    await log.flush();
    expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 3, broken: [] });
    for (const [reason, chainSeq] of [
      ['map', 3],
      ['in', 2],
    ] as const) {
      if (reason === 'map' && !change.includes('::text[]')) continue;
      await tamper(`update accounts.audit_log set ${change} where reason = '${reason}'`);
      expect((await verifyAudit(store.db)).broken).toMatchObject([
        { chainSeq, what: 'was changed after it was written' },
      ]);
    }
  });

  test('finds a row that was taken out, in the middle, at the end, or with all the others', async () => {
    await written(['one', 'two', 'three']);
    await tamper("delete from accounts.audit_log where reason = 'three'");
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { chainSeq: 4, id: null, what: 'is missing' },
    ]);
    await tamper("delete from accounts.audit_log where reason = 'one'");
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { chainSeq: 2, id: null, what: 'is missing' },
    ]);
    await tamper('delete from accounts.audit_log');
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { chainSeq: 1, id: null, what: 'is missing' },
    ]);
  });

  test('finds a changed row whose hash was made anew, by the row after it', async () => {
    await written(['one', 'two']);
    await tamper(`update accounts.audit_log set reason = 'none', hash = sha256(hash) where reason = 'one'`);
    expect((await verifyAudit(store.db)).broken).toHaveLength(1);
  });

  test('finds a chain that was removed with its head, by the chain that was begun after it', async () => {
    await written(['one']);
    const second = await written(['two']);
    await second.stop();
    const [chain] = await ask('select chain from accounts.audit_log order by id limit 1');
    expect(await verifyAudit(store.db)).toMatchObject({ chains: 2, rows: 4, broken: [] });
    await tamper('delete from accounts.audit_log where chain = $1', [chain]);
    await ask('alter table accounts.audit_chains disable trigger user');
    await ask('delete from accounts.audit_chains where chain = $1', [chain]);
    await ask('alter table accounts.audit_chains enable trigger user');
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { chainSeq: 1, what: 'names a row of an earlier chain that is not there' },
    ]);
  });

  test('finds a row that was slipped in', async () => {
    await written(['one']);
    await ask(
      `insert into accounts.audit_log (id, chain, chain_seq, at, grants, action, resource_kind, outcome, prev_hash, hash)
       select $1, chain, 3, at, grants, action, resource_kind, outcome, hash, hash
         from accounts.audit_log where reason = 'one'`,
      [newId()],
    );
    expect((await verifyAudit(store.db)).broken).toMatchObject([
      { what: 'was added behind the head of its chain' },
    ]);
  });

  test('callers whom nobody knew are on record when a node stops, without what they showed', async () => {
    const access = openAccess({
      db: store.db,
      clock,
      log: silentLogger,
      metrics,
      newId,
      grantsOf: async () => [],
      unusualSubjectsPerHour: 50,
    });
    const caller = {
      action: 'read',
      resourceKind: 'audit_log',
      door: 'get /v1/audit',
      code: 'token_invalid',
    };
    for (let n = 0; n < 3; n += 1) access.trail.unknown({ ...caller, address: '192.0.2.1' });
    await access.stop();
    expect(
      await ask("select outcome, address, reason from accounts.audit_log where action = 'read'"),
    ).toEqual(['refused', '192.0.2.1', 'get /v1/audit: token_invalid, 3×']);
    expect(await verifyAudit(store.db)).toMatchObject({ rows: 2, broken: [] });
  });

  test.runIf(engine === 'postgres')(
    'a node that writes while it is read is not taken for a forger',
    async () => {
      const log = await written(['one']);
      const db: Db = {
        ...store.db,
        transaction: (work) =>
          store.db.transaction((tx) => {
            const writing = async <Row>(...args: Parameters<typeof tx.query<Row>>) => {
              const rows = await tx.query<Row>(...args);
              if (args[0] !== AUDIT_CHAINS) return rows;
              log.record(entry('meanwhile'));
              await log.flush();
              return rows;
            };
            return work({ ...tx, query: writing });
          }),
      };
      expect(await verifyAuditWhole(db)).toEqual({ chains: 1, rows: 2, broken: [] });
      expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 3, broken: [] });
    },
  );

  test('beside a node that writes meanwhile is found whole as far as it went', async () => {
    const log = await written(['one', 'two', 'three']);
    let isWriting = false;
    const busy: Db = {
      ...store.db,
      query: async (statement, values) => {
        const rows = await store.db.query(statement, values);
        if (statement.name === 'accounts_audit_chains' && !isWriting) {
          isWriting = true;
          log.record(entry('four'));
          await log.flush();
        }
        return rows as never;
      },
      transaction: (run) => store.db.transaction(run),
    };
    expect(await verifyAuditLive(busy)).toEqual({ chains: 1, rows: 4, broken: [] });
    expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 5, broken: [] });
  });

  test('two nodes write without waiting for each other', async () => {
    const [one, two] = [open(), open()];
    for (let n = 0; n < 20; n += 1) {
      one.record(entry(`one ${n}`));
      two.record(entry(`two ${n}`));
    }
    await Promise.all([one.flush(), two.flush()]);
    expect(await verifyAudit(store.db)).toEqual({ chains: 2, rows: 42, broken: [] });
  });

  test('writes nothing twice when the answer to a commit was lost', async () => {
    let lose = true;
    const db = {
      ...store.db,
      transaction: async <T>(work: Parameters<typeof store.db.transaction<T>>[0]) => {
        const done = await store.db.transaction(work);
        if (!lose) return done;
        lose = false;
        throw new StoreUnavailable('the answer was lost');
      },
    };
    const log = open({}, db);
    log.record(entry('one'));
    await log.flush();
    log.record(entry('two'));
    await log.flush();
    expect(await verifyAudit(store.db)).toEqual({ chains: 1, rows: 3, broken: [] });
  });

  test('holds no more than its limit while the database is away, and says afterwards how many it lost', async () => {
    let away = true;
    const db = {
      ...store.db,
      query: async <Row>(...args: Parameters<typeof store.db.query<Row>>) => {
        if (away) throw new StoreUnavailable('away');
        return store.db.query<Row>(...args);
      },
    };
    const log = open({ queueEntries: 10 }, db);
    for (let n = 0; n < 13; n += 1) log.record(entry(`${n}`));
    await log.flush();
    expect(log.hasRoom).toBe(false);
    expect(metrics.counts.get('audit_queue_full_total{}')).toBe(3);
    away = false;
    await log.flush();
    expect(log.hasRoom).toBe(true);
    expect(await ask("select reason from accounts.audit_log where action = 'lose'")).toEqual([
      '3 entries found no room',
    ]);
    expect(await verifyAudit(store.db)).toMatchObject({ rows: 12, broken: [] });
  });

  test('an entry that waits is appended once, with the time of the act, however many find it', async () => {
    const [own, other] = [open(), open()];
    const due: AuditEntry[] = [];
    await store.db.transaction((tx) =>
      keepDue(tx, [entry('once')], { newId, nowMs: () => ACT_MS, record: (each) => due.push(each) }),
    );
    for (const log of [own, other]) {
      for (const each of [...due, ...due]) log.record(each);
      log.record(entry('besides'));
      await log.flush();
    }
    const kept = await store.db.query<{ reason: string; at: number }>(
      sql(
        'test_audit_once',
        "select reason, at from accounts.audit_log where action = 'change' order by reason",
      ),
    );
    expect(kept.map(({ reason }) => reason)).toEqual(['besides', 'besides', 'once']);
    expect(kept.at(-1)?.at).toBe(ACT_MS);
    expect(await verifyAudit(store.db)).toMatchObject({ chains: 2, broken: [] });
  });

  test('an entry of an act is there with the act, whatever becomes of the node that was to append it', async () => {
    const log = open();
    const record = (each: AuditEntry) => log.record(each);
    const act = (reason: string, keep: typeof record) =>
      store.db.transaction((tx) =>
        keepDue(tx, [entry(reason)], { newId, nowMs: () => ACT_MS, record: keep }),
      );
    const undone = store.db.transaction(async (tx) => {
      await keepDue(tx, [entry('undone')], { newId, nowMs: () => ACT_MS, record });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await act('done', record);
    await act('left behind', () => {});
    expect(await ask('select count(*)::int from accounts.audit_due')).toEqual([2]);
    await log.flush();
    expect(await ask("select entry ->> 'reason' from accounts.audit_due")).toEqual(['left behind']);

    const other = open();
    const chore = auditDueChore({
      db: store.db,
      record: (each) => other.record(each),
      flush: () => other.flush(),
    });
    const run = () => chore.run({ signal: new AbortController().signal });
    await run();
    expect(await ask('select count(*)::int from accounts.audit_due')).toEqual([1]);
    await store.owner.query(
      sql('test_audit_due_old', "update accounts.audit_due set at = now() - interval '6 minutes'"),
    );
    await run();
    expect(await ask('select count(*)::int from accounts.audit_due')).toEqual([0]);
    const kept = await ask("select reason from accounts.audit_log where action = 'change' order by reason");
    expect(kept).toEqual(['done', 'left behind']);
    expect(await verifyAudit(store.db)).toMatchObject({ chains: 2, broken: [] });
  });
});
