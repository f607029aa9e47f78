import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPglite, folderInRun } from './pglite-template.ts';
import { createDatabase, dropDatabase, newRun, onDatabase, templateKey } from './postgres/templates.ts';
import { findOrStartPostgres } from './postgres.ts';
import type { TestConnection } from './test-connection.ts';
import type { WarmPglite } from './warm-pglite.ts';

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
 * an embedded engine on such a copy, which costs about 1 GB of memory and 1.5 s: **at most one open per test file**, so open it
 * in `beforeAll` and empty tables between tests (`emptying`). Whoever leaves its schema as it was leaves the engine to the next.
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

/** Of this run; named here when nobody did before. */
export function runName(): string {
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

let pgliteIsOpen = false;

/** Stopped, and as it was when it was copied: the next file of tests can have it. */
let asNew: { readonly key: string; readonly folder: string } | null = null;
process.once('exit', () => asNew && rmSync(asNew.folder, { recursive: true, force: true }));

async function openOnPglite({ prepare, prepareKey }: TestDatabaseOptions): Promise<TestDatabase> {
  if (pgliteIsOpen)
    throw new Error('A test file holds at most one PGlite at a time: stop the first, or share it.');
  pgliteIsOpen = true;
  const key = prepareKey ?? (prepare ? 'prepared' : 'bare');
  try {
    const { folder, warm } = (await takeAsNew(key)) ?? (await openCopy(key, prepare ?? (async () => {})));
    return { engine: 'pglite', connection: warm.connection, stop: () => leave(key, folder, warm) };
  } catch (error) {
    pgliteIsOpen = false;
    throw error;
  }
}

interface OpenCopy {
  readonly folder: string;
  readonly warm: WarmPglite;
}

/** Null: there is none, or its process is gone. */
async function takeAsNew(key: string): Promise<OpenCopy | null> {
  if (asNew?.key !== key) return null;
  const { folder } = asNew;
  const { openWarmPgliteAgain } = await import('./warm-pglite.ts');
  try {
    const warm = await openWarmPgliteAgain();
    asNew = null;
    return { folder, warm };
  } catch {
    return null;
  }
}

async function openCopy(
  key: string,
  prepare: NonNullable<TestDatabaseOptions['prepare']>,
): Promise<OpenCopy> {
  const folder = await folderInRun(runName());
  const left = asNew?.folder;
  asNew = null;
  const { openWarmPglite } = await import('./warm-pglite.ts');
  try {
    await copyPglite(runName(), key, prepare, join(folder, 'data'));
    return { folder, warm: await openWarmPglite(join(folder, 'data')) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    // Only now nobody has it open any more.
    if (left) await rm(left, { recursive: true, force: true });
  }
}

async function leave(key: string, folder: string, warm: WarmPglite): Promise<void> {
  let isAsNew = false;
  try {
    isAsNew = await warm.stop();
  } finally {
    if (isAsNew) asNew = { key, folder };
    else await rm(folder, { recursive: true, force: true });
    pgliteIsOpen = false;
  }
}
