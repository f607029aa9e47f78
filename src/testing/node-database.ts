import { rm } from 'node:fs/promises';
import { ensurePartitions } from '../jobs/partitions.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { asPools } from '../store/application-role.ts';
import { migrate } from '../store/migrate.ts';
import { embeddedDirectory } from '../store/open-store.ts';
import { openTestDatabase, runName, type TestDatabase } from './databases.ts';
import { ownerDb } from './owner-db.ts';
import { copyPglite, folderInRun } from './pglite-template.ts';
import type { TestConnection } from './test-connection.ts';

/** The default of `MUSTER_DATABASE_ROLE`. */
const NODES_ROLE = 'muster_app';

/** As a node leaves it when it has run before: migrated, with its rights, and with the partitions of this time. */
export async function asNodesLeaveIt(connection: TestConnection): Promise<void> {
  await migrate(connection, silentLogger);
  if ('connectionString' in connection) {
    const { connectionString: owner } = connection;
    await asPools({ owner, login: owner, role: NODES_ROLE, log: silentLogger });
  }
  const db = ownerDb(connection);
  try {
    await ensurePartitions(db, systemClock.nowMs());
  } finally {
    await db.close();
  }
}

const PREPARE_KEY = 'for-nodes';

/** A database for nodes on PostgreSQL. Their first start takes seconds, and is not what most tests are about. */
export const openNodeDatabase = (): Promise<TestDatabase> =>
  openTestDatabase('postgres', { prepare: asNodesLeaveIt, prepareKey: PREPARE_KEY });

/** Into a data directory that is there. */
export const copyDatabase = (dataDir: string): Promise<void> =>
  copyPglite(runName(), PREPARE_KEY, asNodesLeaveIt, embeddedDirectory(dataDir));

/**
 * The same for a node without a server: a data directory of the caller's own. The first start of all is what `replay` is tested with.
 */
export async function embeddedDataDir(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const dataDir = await folderInRun(runName());
  await copyDatabase(dataDir);
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}
