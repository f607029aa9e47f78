import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ensurePartitions } from '../jobs/partitions.ts';
import { systemClock } from '../lib/clock.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { POOL_NAMES } from '../schema/application-role.ts';
import { PERSONAL_DATA } from '../schema/personal-data.ts';
import { engines, openTestDatabase, type TestDatabase } from '../testing/databases.ts';
import { asNodesLeaveIt } from '../testing/node-database.ts';
import { openTestStore, TEST_ROLE, type TestStore } from '../testing/open-store.ts';
import { asApplication, asPools, underRole } from './application-role.ts';
import { type Db, sql } from './db.ts';
import { migrate } from './migrate.ts';
import { openStore, type Stores } from './open-store.ts';
import { openDb } from './pg-db.ts';

let statements = 0;
const ask = <Row>(db: Db, text: string, params: unknown[] = []) =>
  db.query<Row>(sql(`test_role_${statements++}`, text), params);
const REFUSED = { code: '42501' };

const urlOf = ({ connection }: TestDatabase): string => {
  if (!('connectionString' in connection)) throw new Error('a server has an address');
  return connection.connectionString;
};

/** Tables and views of which the application sees nothing at all. */
const HIDDEN = `
  select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = any($1) and c.relkind in ('r', 'p', 'v') and not c.relispartition
     and not has_table_privilege($2, c.oid, 'select')
   order by 1`;
const SCHEMAS = [...new Set(PERSONAL_DATA.map(({ table }) => table.split('.')[0]))];

describe('the role of the application', () => {
  let store: TestStore;
  let owner: string;
  beforeAll(async () => {
    store = await openTestStore('postgres');
    owner = urlOf(store.database);
    await ensurePartitions(store.db, systemClock.nowMs());
  });
  afterAll(() => store?.stop());

  test('is what connections run under', async () => {
    expect(await ask(store.db, 'select current_user::text as who')).toEqual([{ who: TEST_ROLE }]);
    const [own] = await ask<{ owned: number }>(
      store.owner,
      'select count(*)::int as owned from pg_class where relowner = $1::regrole',
      [TEST_ROLE],
    );
    expect(own).toEqual({ owned: 0 });
  });

  const [month = ''] = new Date(systemClock.nowMs()).toISOString().slice(0, 7).split('T');
  test.each([
    "update accounts.audit_log set reason = 'none'",
    'delete from accounts.audit_log',
    'truncate accounts.audit_log',
    `delete from accounts.audit_log_${month.replace('-', '_')}`,
    'delete from accounts.audit_log_default',
    'update accounts.audit_chains set low = 2',
    "update accounts.audit_chains set low_hash = '\\x00'",
    'delete from accounts.audit_chains',
    'truncate accounts.audit_chains',
    "insert into public.muster_migrations (version, name, checksum) values (1000, 'x', 'x')",
    'alter table accounts.audit_log disable trigger user',
    'drop table accounts.audit_log',
    'drop table accounts.users',
    'truncate accounts.users cascade',
    'alter table accounts.users add column x int',
    'create table accounts.mine (id int)',
    'create table public.mine (id int)',
    'create schema mine',
    'create function journal.mine() returns int language sql as $$ select 1 $$',
    'create role mine',
    `select journal.make_partition('accounts', 'users', '2026_01', 'a', 'b')`,
    `select journal.make_partition('accounts', 'audit_log', 'x', 'a', 'b')`,
  ])('may not: %s', async (text) => {
    await expect(ask(store.db, text)).rejects.toMatchObject(REFUSED);
  });

  test('may add to the audit log and read it', async () => {
    expect(await ask(store.db, 'select count(*)::int as rows from accounts.audit_log')).toEqual([
      { rows: 0 },
    ]);
    await ask(
      store.db,
      `insert into accounts.audit_log (id, chain, chain_seq, at, grants, action, resource_kind, outcome, prev_hash, hash)
       values (gen_random_uuid(), gen_random_uuid(), 1, now(), '{}', 'read', 'test', 'allowed', '\\x00', '\\x00')`,
    );
  });

  const again = () => asApplication({ owner, login: owner, role: TEST_ROLE, log: silentLogger });

  test('sees every table that is declared, and nothing of one that is not: it is found here', async () => {
    expect(await ask(store.owner, HIDDEN, [SCHEMAS, TEST_ROLE])).toEqual([]);
    await ask(store.owner, 'create table dispatch.unheard_of (id int)');
    await again();
    expect(await ask(store.owner, HIDDEN, [SCHEMAS, TEST_ROLE])).toEqual([{ name: 'dispatch.unheard_of' }]);
    await expect(ask(store.db, 'select id from dispatch.unheard_of')).rejects.toMatchObject(REFUSED);
    await ask(store.owner, 'drop table dispatch.unheard_of');
  });

  test('gets what a table that came later is declared with, and loses what it should not have', async () => {
    await ask(store.owner, `revoke all on accounts.shifts from ${TEST_ROLE}`);
    await ask(store.owner, `grant delete on accounts.audit_log to ${TEST_ROLE}`);
    await ask(store.owner, `grant update (low) on accounts.audit_chains to ${TEST_ROLE}`);
    await again();
    await ask(store.db, 'delete from accounts.shifts');
    await expect(ask(store.db, 'delete from accounts.audit_log')).rejects.toMatchObject(REFUSED);
    await expect(ask(store.db, 'update accounts.audit_chains set low = 2')).rejects.toMatchObject(REFUSED);
  });

  test('is never a superuser', async () => {
    const [{ who = '' } = {}] = await ask<{ who: string }>(store.owner, 'select current_user::text as who');
    await expect(asApplication({ owner, login: owner, role: who, log: silentLogger })).rejects.toThrow(
      'name another role',
    );
  });
});

test('what an address asks for in its own options stays', () => {
  const url = new URL(underRole('postgresql://a:b@c/d?options=-c%20search_path%3Dx&sslmode=disable', 'r'));
  expect(url.searchParams.get('options')).toBe('-c search_path=x -c role=r');
  expect(url.searchParams.get('sslmode')).toBe('disable');
});

describe('with logins of a server that are no superusers', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  const suffix = randomBytes(4).toString('hex');
  const roles: string[] = [];
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, warn: (_fields, text) => warnings.push(text) };
  const pools: Db[] = [];

  beforeAll(async () => {
    database = await openTestDatabase('postgres');
    admin = new pg.Client(database.connection);
    await admin.connect();
  });
  afterEach(async () => {
    warnings.length = 0;
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });
  afterAll(async () => {
    await admin.query(`drop owned by ${roles.join(', ')} cascade`);
    await admin.query(`drop role ${roles.join(', ')}`);
    await admin.end();
    await database.stop();
  });

  const login = async (kind: string, rights = '') => {
    const name = `muster_test_${kind}_${suffix}`;
    await admin.query(`create role ${name} login password 'secret' ${rights}`);
    roles.push(name);
    const url = new URL(urlOf(database));
    url.username = name;
    url.password = 'secret';
    return { name, url: url.href };
  };
  const open = (connectionString: string) => {
    const db = openDb({
      connection: { connectionString },
      label: 'test',
      poolSize: 2,
      prepare: true,
      connectTimeoutMs: 10_000,
      queryTimeoutMs: 10_000,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
    });
    pools.push(db);
    return db;
  };

  test('one that may not make roles is warned and told what to do, and works', async () => {
    const owner = await login('owner');
    await admin.query(`grant create on database ${new URL(owner.url).pathname.slice(1)} to ${owner.name}`);
    await admin.query(`grant create on schema public to ${owner.name}`);
    await migrate({ connectionString: owner.url }, silentLogger);
    const role = `muster_test_role_${suffix}`;
    const connection = await asApplication({ owner: owner.url, login: owner.url, role, log });
    expect(connection).toBe(owner.url);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`create role ${role} nologin; grant ${role} to ${owner.name}`);
    expect(await ask(open(connection), 'select count(*)::int as n from accounts.users')).toEqual([{ n: 0 }]);
  });

  test('one that owns nothing runs everything once the role was given to it, also without the owner', async () => {
    const [ownerName = ''] = roles;
    const owner = new URL(urlOf(database));
    owner.username = ownerName;
    owner.password = 'secret';
    const role = `muster_test_role_${suffix}`;
    const runtime = await login('runtime');
    const parts = { owner: owner.href, login: runtime.url, role, log };
    await expect(asApplication(parts)).rejects.toThrow(`grant ${role} to ${runtime.name}`);
    await admin.query(`create role ${role} nologin`);
    roles.push(role);
    await expect(asApplication(parts)).rejects.toThrow('may not act as');
    await admin.query(`grant ${role} to ${runtime.name}`);
    const connection = await asApplication(parts);
    const { main, sos } = await asPools(parts);
    expect([main, sos]).toEqual([connection, connection]);
    expect(warnings.splice(0)).toEqual([expect.stringContaining("can't be made here")]);
    expect(await migrate({ connectionString: runtime.url }, silentLogger)).toBe(0);
    expect(await asApplication({ ...parts, owner: runtime.url })).toBe(connection);
    expect(warnings).toEqual([]);

    const db = open(connection);
    expect((await ensurePartitions(db, systemClock.nowMs())).created.length).toBeGreaterThan(0);
    expect(await ask(db, 'select accounts.forget_audit(10) as gone')).toEqual([{ gone: 0 }]);
    expect(await ask(db, 'select telemetry.forget_positions(10) as gone')).toEqual([{ gone: 0 }]);
    const escaping = db.transaction(async (tx) => {
      await tx.query(sql('test_escape', 'set local role none'));
      await tx.query(sql('test_escaped', 'drop table accounts.audit_log'));
    });
    await expect(escaping).rejects.toMatchObject(REFUSED);
  });

  test('one that may make roles makes it, and lets the other login act as it', async () => {
    const [ownerName = '', runtimeName = ''] = roles;
    await admin.query(`alter role ${ownerName} createrole`);
    const url = (name: string) => {
      const address = new URL(urlOf(database));
      address.username = name;
      address.password = 'secret';
      return address.href;
    };
    const role = `muster_test_made_${suffix}`;
    roles.push(role);
    const parts = { owner: url(ownerName), login: url(runtimeName), role, log };
    const connection = await asApplication(parts);
    expect(await ask(open(connection), 'select current_user::text as who')).toEqual([{ who: role }]);
    const alone = await asApplication({ ...parts, login: parts.owner });
    roles.push(...POOL_NAMES.map((pool) => `${role}_${pool}`));
    const pools = await asPools(parts);
    expect(await ask(open(pools.sos), 'select current_user::text as who')).toEqual([{ who: `${role}_sos` }]);
    expect(await asPools({ ...parts, owner: parts.login })).toEqual(pools);
    expect(await ask(open(alone), 'select current_user::text as who')).toEqual([{ who: role }]);
    expect(warnings).toEqual([]);
  });

  test('a database whose rights are behind is not run without its owner', async () => {
    const [, runtimeName = ''] = roles;
    const address = new URL(urlOf(database));
    address.username = runtimeName;
    address.password = 'secret';
    const role = `muster_test_made_${suffix}`;
    await admin.query(`revoke select on accounts.shifts from ${role}`);
    await expect(asApplication({ owner: address.href, login: address.href, role, log })).rejects.toThrow(
      'MUSTER_MIGRATION_DATABASE_URL',
    );
  });
});

describe.each(engines)('the functions of the owner on %s', (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  afterAll(() => store?.stop());

  test('are for the application only, and look up names where nobody else can put any', async () => {
    const rows = await ask<{ name: string; open: boolean; path: string }>(
      store.owner,
      `select n.nspname || '.' || p.proname as name,
              exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                       where a.grantee = 0 and a.privilege_type = 'EXECUTE') as open,
              p.proconfig[1] as path
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname = any($1) and n.nspname <> 'public' order by 1`,
      [SCHEMAS],
    );
    expect(rows).toEqual(
      [
        'accounts.audit_among',
        'accounts.audit_among_in',
        'accounts.forget_audit',
        'dispatch.forget_incidents',
        'journal.make_partition',
        'telemetry.forget_positions',
        'telemetry.forget_vitals',
      ].map((name) => ({
        name,
        open: false,
        path: 'search_path=pg_catalog, pg_temp',
      })),
    );
  });
});

describe('each pool of a node', () => {
  let database: TestDatabase;
  let stores: Stores;
  beforeAll(async () => {
    database = await openTestDatabase('postgres', { prepare: asNodesLeaveIt, prepareKey: 'for-nodes' });
    stores = await openStore({
      databaseUrl: urlOf(database),
      migrationDatabaseUrl: null,
      databaseRole: 'muster_app',
      dataDir: '',
      poolSize: 1,
      sosPoolSize: 1,
      storeTimeoutMs: 60_000,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
    });
  });
  afterAll(async () => {
    await stores?.close();
    await database?.stop();
  });

  const MAY = {
    db: ['dispatch.shifts', 'hospital.bookings', 'care.medical_records'],
    sosDb: ['dispatch.shifts', 'dispatch.sos_requests', 'journal.events', 'accounts.users'],
    alertDb: ['dispatch.shifts', 'telemetry.alerts', 'journal.events', 'care.care_team'],
    probeDb: [],
  };
  const MAY_NOT = {
    db: [],
    sosDb: ['care.medical_records', 'hospital.bookings', 'telemetry.alerts', 'accounts.sessions'],
    alertDb: ['care.medical_records', 'recovery.calendar_events', 'hospital.bookings', 'accounts.sessions'],
    probeDb: ['accounts.users', 'dispatch.shifts', 'journal.events'],
  };

  test.each([
    ['db', 'muster_app'],
    ['sosDb', 'muster_app_sos'],
    ['alertDb', 'muster_app_alerts'],
    ['probeDb', 'muster_app_probe'],
  ] as const)('%s works under %s, which reaches what the pool is for and no more', async (pool, role) => {
    const db = stores[pool];
    expect(await ask(db, 'select current_user::text as who')).toEqual([{ who: role }]);
    for (const table of MAY[pool]) await ask(db, `select count(*) from ${table}`);
    for (const table of MAY_NOT[pool])
      await expect(ask(db, `select count(*) from ${table}`), table).rejects.toMatchObject(REFUSED);
  });

  test('loses what it has too much, as the application does', async () => {
    const owner = new pg.Client(database.connection);
    await owner.connect();
    await owner.query('grant usage on schema hospital to muster_app_sos');
    await owner.query('grant select on hospital.bookings to muster_app_sos');
    const parts = { owner: urlOf(database), login: urlOf(database), role: 'muster_app', log: silentLogger };
    await asPools(parts).finally(() => owner.end());
    await expect(ask(stores.sosDb, 'select from hospital.bookings')).rejects.toMatchObject(REFUSED);
  });
});
