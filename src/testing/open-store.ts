import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { type DbOptions, openDb } from '../store/pg-db.ts';
import { type Engine, openTestDatabase, type TestDatabase } from './databases.ts';

/** A migrated database of the caller's own, and a pool on it as the engine wants it. */
export async function openTestStore(
  engine: Engine,
  options: Partial<DbOptions> = {},
): Promise<{ database: TestDatabase; db: Db; stop(): Promise<void> }> {
  const database = await openTestDatabase(engine, {
    prepare: (connection) => migrate(connection, silentLogger),
  });
  const db = openDb({
    connection: database.connection,
    label: 'test',
    poolSize: engine === 'pglite' ? 1 : 8,
    prepare: engine === 'postgres',
    connectTimeoutMs: 10_000,
    queryTimeoutMs: 10_000,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
    ...options,
  });
  return {
    database,
    db,
    async stop() {
      await db.close();
      await database.stop();
    },
  };
}
