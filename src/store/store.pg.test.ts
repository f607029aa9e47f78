import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Engine, engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { type Db, StoreUnavailable, sql } from './db.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migration-files.ts';
import { openDb } from './pg-db.ts';

const PUT = sql('test_put', 'insert into test_rows (id, n) values ($1, $2)');
const GET = sql('test_get', 'select n from test_rows where id = $1');
const ADD = sql('test_add', 'update test_rows set n = n + 1 where id = $1');

describe.each(engines)('the store on %s', (engine: Engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    await store.owner.query(
      sql('test_table', 'create table test_rows (id integer primary key, n integer not null)'),
    );
    await store.owner.query(sql('test_table_grant', 'grant select, insert, update on test_rows to public'));
  });
  afterAll(() => store?.stop());

  test('numbers come as numbers and times as milliseconds', async () => {
    const [row] = await db.query<Record<string, unknown>>(
      sql(
        'test_types',
        `select 9007199254740991::bigint as big, 1.5::numeric as num, timestamptz '2026-01-02 03:04:05.678Z' as at`,
      ),
    );
    expect(row).toEqual({ big: 9_007_199_254_740_991, num: 1.5, at: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  });

  test('effects run after the commit, in order, and never after a rollback', async () => {
    const effects: string[] = [];
    await db.transaction(async (tx) => {
      tx.afterCommit(() => effects.push('first'));
      await tx.query(PUT, [1, 1]);
      tx.afterCommit(() => effects.push('second'));
      expect(effects).toEqual([]);
    });
    const failing = db.transaction(async (tx) => {
      tx.afterCommit(() => effects.push('never'));
      await tx.query(PUT, [2, 1]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(effects).toEqual(['first', 'second']);
    expect(await db.query(GET, [2])).toEqual([]);
  });

  test.runIf(engine === 'postgres')(
    'what must not be prepared leaves nothing with its connection',
    async () => {
      const prepared = sql(
        'test_prepared',
        "select name from pg_prepared_statements where name like 'test_kept%'",
      );
      const kept = await db.transaction(async (tx) => {
        await tx.query({ name: 'test_kept', text: 'select 1 as one', preparedAs: null });
        await tx.query({ name: 'test_kept', text: 'select 2 as two', preparedAs: 'test_kept_two' });
        return tx.query(prepared);
      });
      expect(kept).toEqual([{ name: 'test_kept_two' }]);
    },
  );

  test('after a failed statement the next one finds a working connection', async () => {
    await expect(db.query(PUT, [1, 1])).rejects.toMatchObject({ code: '23505' });
    await expect(db.query(sql('test_wrong', 'select * from nowhere'))).rejects.toMatchObject({
      code: '42P01',
    });
    expect(await db.query(GET, [1])).toEqual([{ n: 1 }]);
  });

  test('a transaction that goes on after a failed statement is never taken for committed', async () => {
    const effects: string[] = [];
    const swallowing = db.transaction(async (tx) => {
      tx.afterCommit(() => effects.push('never'));
      await tx.query(PUT, [30, 1]);
      await tx.query(PUT, [30, 1]).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow('nothing of it was kept');
    expect([effects, await db.query(GET, [30])]).toEqual([[], []]);
  });

  test.runIf(engine === 'postgres')('a deadlock is run again and both take effect', async () => {
    await db.query(PUT, [10, 0]);
    await db.query(PUT, [11, 0]);
    let met = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const cross = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.query(ADD, [first]);
        if (++met === 2) release();
        await both;
        await tx.query(ADD, [second]);
      });
    await Promise.all([cross(10, 11), cross(11, 10)]);
    expect([await db.query(GET, [10]), await db.query(GET, [11])]).toEqual([[{ n: 2 }], [{ n: 2 }]]);
  });

  test.runIf(engine === 'postgres')(
    'a store that does not answer in time is unavailable, and the pool survives it',
    async () => {
      const impatient = openDb({
        connection: store.database.connection,
        label: 'impatient',
        poolSize: 1,
        prepare: true,
        connectTimeoutMs: 5_000,
        queryTimeoutMs: 1_000,
        clock: systemClock,
        log: silentLogger,
        metrics: noMetrics,
      });
      try {
        await expect(impatient.query(sql('test_sleep', 'select pg_sleep(20)'))).rejects.toBeInstanceOf(
          StoreUnavailable,
        );
        expect(await impatient.query(sql('test_alive', 'select 1 as n'))).toEqual([{ n: 1 }]);
      } finally {
        await impatient.close();
      }
    },
  );

  test.runIf(engine === 'postgres')(
    'what a node locked before it froze is free again, and its transaction is undone',
    async () => {
      await db.query(PUT, [20, 0]);
      const frozen = openDb({
        connection: store.database.connection,
        label: 'frozen',
        poolSize: 1,
        prepare: true,
        connectTimeoutMs: 2_000,
        queryTimeoutMs: 5_000,
        abandonedAfterMs: 200,
        clock: systemClock,
        log: silentLogger,
        metrics: noMetrics,
      });
      let locked = () => {};
      const hasLocked = new Promise<void>((resolve) => {
        locked = resolve;
      });
      let thaw = () => {};
      const thawed = new Promise<void>((resolve) => {
        thaw = resolve;
      });
      const freezing = frozen.transaction(async (tx) => {
        await tx.query(ADD, [20]);
        locked();
        await thawed;
        await tx.query(ADD, [20]);
      });
      try {
        await hasLocked;
        await db.query(ADD, [20]);
        thaw();
        await expect(freezing).rejects.toBeInstanceOf(StoreUnavailable);
        expect(await db.query(GET, [20])).toEqual([{ n: 1 }]);
        expect(await frozen.query(GET, [20])).toEqual([{ n: 1 }]);
      } finally {
        await frozen.close();
      }
    },
  );

  test('migrating again does nothing', async () => {
    expect(await migrate(store.database.connection, silentLogger)).toBe(0);
  });

  test('a migration that was changed after it was applied is refused', async () => {
    const [first, ...rest] = await readMigrations();
    const changed = first ? [{ ...first, checksum: 'other' }, ...rest] : [];
    await expect(migrate(store.database.connection, silentLogger, changed)).rejects.toThrow(
      /was changed after it was applied/,
    );
  });

  test('a database newer than the program is refused', async () => {
    const older = (await readMigrations()).slice(0, -1);
    await expect(migrate(store.database.connection, silentLogger, older)).rejects.toThrow(
      /run the newer program/,
    );
  });

  test('a migration that fails leaves nothing of itself', async () => {
    const files = await readMigrations();
    const broken = {
      version: 999_999,
      name: '999999_broken.sql',
      checksum: 'x',
      text: 'create table half (id int); select 1/0;',
      down: null,
    };
    await expect(migrate(store.database.connection, silentLogger, [...files, broken])).rejects.toThrow(
      /nothing of it was kept/,
    );
    await expect(db.query(sql('test_half', 'select id from half'))).rejects.toMatchObject({ code: '42P01' });
  });
});

test('a database that is not there is unavailable within its time', async () => {
  const db = openDb({
    connection: { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' },
    label: 'absent',
    poolSize: 1,
    prepare: false,
    connectTimeoutMs: 500,
    queryTimeoutMs: 500,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  const startedMs = performance.now();
  await expect(db.query(GET, [1])).rejects.toBeInstanceOf(StoreUnavailable);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  await db.close();
});
