import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { packageRoot } from '../lib/package-root.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** Of a server that is up; one that hangs is given up, and the start with it. */
const ANSWER_TIMEOUT_MS = 10_000;
/** A migration of a large database takes its time, and others wait for it. */
const MIGRATION_TIMEOUT_MS = 3_600_000;

/** Only one process migrates at a time; the rest wait here and then find nothing left to do. */
export const MIGRATION_LOCK_KEY = 7_306_095_411;

/** The numbered SQL files of `migrations/`, in order. */
export async function readMigrations(folder = new URL('migrations/', packageRoot)): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{6}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return {
        version: Number(name.slice(0, 6)),
        name,
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
      };
    }),
  );
}

/**
 * Brings the database to the newest version, each file in a transaction of its own. Refuses when a file that was
 * applied has changed since, or when the database is newer than this program.
 */
export async function migrate(
  connection: pg.ClientConfig,
  log: Logger,
  migrations?: Migration[],
): Promise<number> {
  const files = migrations ?? (await readMigrations());
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  // A connection that breaks while nothing runs on it emits here; the next statement reports it.
  client.on('error', () => {});
  await client.connect();
  try {
    const lock = {
      text: 'select pg_advisory_lock($1)',
      values: [MIGRATION_LOCK_KEY],
      query_timeout: MIGRATION_TIMEOUT_MS,
    };
    await client.query(lock);
    await ensureTable(client);
    const { rows } = await client.query<{ version: number; name: string; checksum: string }>(
      'select version, name, checksum from public.muster_migrations order by version',
    );
    const pending = pendingOf(files, rows);
    for (const file of pending) {
      await apply(client, file);
      log.info({ migration: file.name }, 'migration applied');
    }
    return pending.length;
  } finally {
    await client.end();
  }
}

/** Asks for the right to make it only when it is missing: a login that may make nothing can run a migrated database. */
async function ensureTable(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`select 1 where to_regclass('public.muster_migrations') is not null`);
  if (rows.length > 0) return;
  await client.query(`create table public.muster_migrations (
    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
}

function pendingOf(
  files: readonly Migration[],
  applied: readonly { version: number; name: string; checksum: string }[],
): Migration[] {
  const newest = files.at(-1)?.version ?? 0;
  for (const row of applied) {
    const file = files.find((f) => f.version === row.version);
    if (row.version > newest) {
      throw new Error(
        `The database is at version ${row.version}, this program knows ${newest}: run the newer program.`,
      );
    }
    if (!file || file.checksum !== row.checksum) {
      throw new Error(
        `Migration ${row.name} was changed after it was applied: restore the file and add a new one.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.version));
  return files.filter((file) => !done.has(file.version));
}

async function apply(client: pg.Client, file: Migration): Promise<void> {
  await client.query('begin');
  try {
    const migration = { text: file.text, query_timeout: MIGRATION_TIMEOUT_MS };
    await client.query(migration);
    await client.query('insert into public.muster_migrations (version, name, checksum) values ($1, $2, $3)', [
      file.version,
      file.name,
      file.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`Migration ${file.name} failed; nothing of it was kept.`, { cause: error });
  }
}
