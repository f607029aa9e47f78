import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../lib/log.ts';
import { copyPglite } from './pglite-template.ts';
import { createDatabase, dropDatabase, newRun, onDatabase, templateKey } from './postgres/templates.ts';
import { findOrStartPostgres } from './postgres.ts';
import type { TestConnection } from './test-connection.ts';

/** For `describe.each(engines)`. */
export const engines = ['pglite', 'postgres'] as const;
export type Engine = (typeof engines)[number];

export interface TestDatabase {
  readonly engine: Engine;
  readonly connection: TestConnection;
  /** Drops the database, with whatever is still connected to it. */
  stop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * Brings a database that has PostGIS to where the suite starts, usually by applying the migrations. The result becomes
   * a template: it runs once per run of the tests for each engine, `prepareKey` and content of `migrations/`.
   */
  readonly prepare?: (connection: TestConnection) => Promise<unknown>;
  /** Names what `prepare` does; needed when suites prepare differently. */
  readonly prepareKey?: string;
}

/** The run whose databases these are, so that all of them can be dropped at its end. */
export const RUN_VARIABLE = 'MUSTER_TEST_RUN';

/**
 * A database with PostGIS of the caller's own. On postgres it is a copy of a template (about 0.1 s); on pglite it is
 * an embedded engine on such a copy, which costs about 1 GB of memory and 2 s: **at most one open per test file**, so open it in
 * `beforeAll` and empty tables between tests.
 */
export async function openTestDatabase(
  engine: Engine,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  return engine === 'postgres' ? openOnPostgres(options) : openOnPglite(options);
}

let server: Promise<string> | undefined;

/** The server of this run; started here when the run did not foresee that a file needs one. */
function serverOfRun(): Promise<string> {
  server ??= findOrStartPostgres(() => {}).then((found) => found.connectionString);
  return server;
}

function runName(): string {
  process.env[RUN_VARIABLE] ??= newRun(Date.now());
  return process.env[RUN_VARIABLE];
}

async function openOnPostgres({ prepare, prepareKey }: TestDatabaseOptions): Promise<TestDatabase> {
  const admin = await serverOfRun();
  const database = await createDatabase(admin, runName(), {
    key: templateKey(prepareKey ?? (prepare ? 'prepared' : 'bare')),
    prepare: prepare ?? (async () => {}),
  });
  return {
    engine: 'postgres',
    connection: { connectionString: onDatabase(admin, database) },
    stop: () => dropDatabase(admin, database),
  };
}

/**
 * A data directory of the caller's own for an engine without a server, migrated already: a copy, because making one costs four
 * seconds of the processor. The first start of all is what `serve` and `replay` are tested with.
 */
export async function embeddedDataDir(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const [{ migrate }, { embeddedDirectory }] = await Promise.all([
    import('../store/migrate.ts'),
    import('../store/open-store.ts'),
  ]);
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-test-engine-'));
  const migrated = (connection: TestConnection) => migrate(connection, silentLogger);
  await copyPglite(runName(), 'migrated', migrated, embeddedDirectory(dataDir));
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

let pgliteIsOpen = false;

async function openOnPglite({ prepare, prepareKey }: TestDatabaseOptions): Promise<TestDatabase> {
  if (pgliteIsOpen)
    throw new Error('A test file holds at most one PGlite at a time: stop the first, or share it.');
  pgliteIsOpen = true;
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-test-pglite-'));
  const remove = async () => {
    await rm(dataDir, { recursive: true, force: true });
    pgliteIsOpen = false;
  };
  try {
    const { startEmbedded } = await import('../store/embedded/embedded.ts');
    if (prepare) await copyPglite(runName(), prepareKey ?? 'prepared', prepare, join(dataDir, 'data'));
    const embedded = await startEmbedded({ dataDir: join(dataDir, 'data'), log: silentLogger });
    const stop = async () => {
      await embedded.stop();
      await remove();
    };
    return { engine: 'pglite', connection: embedded.connection, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
