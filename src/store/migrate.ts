import type pg from 'pg';
import type { Logger } from '../lib/log.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { type Applied, compareMigrations, refusalOf, stepsTo } from './migration-state.ts';
import { onClient } from './one-client.ts';

/** Of a server that is up; one that hangs is given up, and the start with it. */
const ANSWER_TIMEOUT_MS = 10_000;
/** A migration of a large database takes its time, and others wait for it. */
const MIGRATION_TIMEOUT_MS = 3_600_000;

/** Only one process migrates at a time; the rest wait here and then find nothing left to do. */
export const MIGRATION_LOCK_KEY = 7_306_095_411;

export interface MigrateOptions {
  readonly log: Logger;
  readonly files?: readonly Migration[];
  /** Where to go; not given: to the newest. */
  readonly to?: number;
}

/**
 * Brings the database to the newest version, each file in a transaction of its own. Refuses when a file that was
 * applied has changed since, or when the database is newer than this program.
 * @returns how many were applied
 */
export async function migrate(
  connection: pg.ClientConfig,
  log: Logger,
  files?: readonly Migration[],
): Promise<number> {
  return (await migrateTo(connection, { log, ...(files && { files }) })).applied;
}

/**
 * Brings the database to a version, forward or back. All that is asked for has a way, or nothing is done; then each
 * step is a transaction, so that one that fails leaves the database at the step before.
 */
export async function migrateTo(
  connection: pg.ClientConfig,
  { log, files: given, to }: MigrateOptions,
): Promise<{ applied: number; takenBack: number }> {
  const files = given ?? (await readMigrations());
  return onClient(connection, ANSWER_TIMEOUT_MS, async (client) => {
    await lock(client, log);
    await ensureTable(client);
    const states = compareMigrations(files, await appliedOn(client));
    const refusal = refusalOf(states, files.at(-1)?.version ?? 0);
    if (refusal !== null) throw new Error(refusal);
    const { back, forward } = stepsTo(states, files, to ?? Number.POSITIVE_INFINITY);
    for (const file of back) {
      await takeBack(client, file);
      log.info({ migration: file.name }, 'migration taken back');
    }
    for (const file of forward) {
      await apply(client, file);
      log.info({ migration: file.name }, 'migration applied');
    }
    return { applied: forward.length, takenBack: back.length };
  });
}

/** What is applied, as the database has it. Changes nothing, and waits for nobody. */
export const readApplied = (connection: pg.ClientConfig): Promise<Applied[]> =>
  onClient(connection, ANSWER_TIMEOUT_MS, async (client) =>
    (await hasTable(client)) ? appliedOn(client) : [],
  );

async function lock(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
    MIGRATION_LOCK_KEY,
  ]);
  if (rows[0]?.taken) return;
  log.info({}, 'somebody else is migrating; waiting for them');
  const wait = {
    text: 'select pg_advisory_lock($1)',
    values: [MIGRATION_LOCK_KEY],
    query_timeout: MIGRATION_TIMEOUT_MS,
  };
  await client.query(wait);
}

async function hasTable(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`select 1 where to_regclass('public.muster_migrations') is not null`);
  return rows.length > 0;
}

/** Asks for the right to make it only when it is missing: a login that may make nothing can run a migrated database. */
async function ensureTable(client: pg.Client): Promise<void> {
  if (await hasTable(client)) return;
  await client.query(`create table public.muster_migrations (
    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
}

async function appliedOn(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    `select version, name, checksum, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "appliedAt"
       from public.muster_migrations order by version`,
  );
  return rows;
}

const apply = (client: pg.Client, { name, text, version, checksum }: Migration): Promise<void> =>
  asOne(client, `Migration ${name} failed; nothing of it was kept.`, text, {
    text: 'insert into public.muster_migrations (version, name, checksum) values ($1, $2, $3)',
    values: [version, name, checksum],
  });

const takeBack = (client: pg.Client, { name, down, version }: Migration): Promise<void> =>
  asOne(client, `Taking back ${name} failed; it stands as it was.`, down ?? '', {
    text: 'delete from public.muster_migrations where version = $1',
    values: [version],
  });

/** @throws what the database says, as the cause of the sentence */
async function asOne(
  client: pg.Client,
  sentence: string,
  text: string,
  noted: pg.QueryConfig,
): Promise<void> {
  await client.query('begin');
  try {
    const script = { text, query_timeout: MIGRATION_TIMEOUT_MS };
    await client.query(script);
    await client.query(noted);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(sentence, { cause: error });
  }
}
