import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { asApplication, underRole } from '../store/application-role.ts';
import type { Db } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { type DbOptions, openDb } from '../store/pg-db.ts';
import { type Engine, openTestDatabase, type TestDatabase } from './databases.ts';
import type { TestConnection } from './test-connection.ts';

/** The role of the tests: no installation on the same server has it. */
export const TEST_ROLE = 'muster_test_app';

export interface TestStore {
  readonly database: TestDatabase;
  /** Under the application's role, where the engine has roles: what works here works with its grants. */
  readonly db: Db;
  /** With the rights of the owner, for what only a test does. */
  readonly owner: Db;
  stop(): Promise<void>;
}

/** A migrated database of the caller's own, and a pool on it as the engine wants it. */
export async function openTestStore(engine: Engine, options: Partial<DbOptions> = {}): Promise<TestStore> {
  const database = await openTestDatabase(engine, { prepare: prepareAsApplied, prepareKey: 'applied' });
  const { connection } = database;
  const open = (place: TestConnection) =>
    openDb({
      connection: place,
      label: 'test',
      poolSize: engine === 'pglite' ? 1 : 8,
      prepare: engine === 'postgres',
      connectTimeoutMs: 10_000,
      // Of a machine that is busy with other tests too.
      queryTimeoutMs: 60_000,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
      ...options,
    });
  const db = open(asApplied(connection));
  const owner = engine === 'postgres' ? open(connection) : db;
  return {
    database,
    db,
    owner,
    async stop() {
      await Promise.all([...new Set([db, owner])].map((pool) => pool.close()));
      await database.stop();
    },
  };
}

/** Migrates, and on a server makes the application's role and gives it its rights. */
async function prepareAsApplied(connection: TestConnection): Promise<void> {
  await migrate(connection, silentLogger);
  if (!('connectionString' in connection)) return;
  const { connectionString: owner } = connection;
  await asApplication({ owner, login: owner, role: TEST_ROLE, log: silentLogger });
}

/** The same place, under the application's role where there are roles. */
function asApplied(connection: TestConnection): TestConnection {
  if (!('connectionString' in connection)) return connection;
  return { connectionString: underRole(connection.connectionString, TEST_ROLE) };
}
