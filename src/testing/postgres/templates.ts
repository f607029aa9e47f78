import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { packageRoot } from '../../lib/package-root.ts';
import { withClient } from './server.ts';

const { escapeIdentifier } = pg;

/** Every database of the tests begins with this, so that a run can drop its own and sweep what is old. */
export const DATABASE_PREFIX = 'muster_test_';

const OLD_AFTER_S = 12 * 3_600;

export interface Template {
  /** Part of the template's name: another key is another template. */
  readonly key: string;
  /** Runs once per template, on a database that has PostGIS and nothing else. */
  readonly prepare: (connection: { connectionString: string }) => Promise<unknown>;
}

/** Distinguishes templates by what they are made of: the caller's word and the content of every migration. */
export function templateKey(word: string, folder: URL = new URL('migrations/', packageRoot)): string {
  const hash = createHash('sha256').update(word);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sql')) : [];
  for (const name of names.sort()) hash.update(`\0${name}\0`).update(readFileSync(new URL(name, folder)));
  return hash.digest('hex').slice(0, 16);
}

/** The same server, another database. */
export function onDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}

/** A new database copied from a template, which is made first when this run does not have it yet. */
export async function createDatabase(server: string, run: string, template: Template): Promise<string> {
  const source = `${DATABASE_PREFIX}${run}_t_${template.key}`;
  const database = `${DATABASE_PREFIX}${run}_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    await ensureTemplate(client, server, source, template);
    await client.query(
      `CREATE DATABASE ${escapeIdentifier(database)} TEMPLATE ${escapeIdentifier(source)} STRATEGY file_copy`,
    );
  });
  return database;
}

export async function dropDatabase(server: string, database: string): Promise<void> {
  await withClient(server, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`),
  );
}

/** The databases of the tests on this server that `wanted` picks by run. */
export async function dropDatabases(server: string, wanted: (run: string) => boolean): Promise<void> {
  const names = await withClient(server, async (client) => {
    const result = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [DATABASE_PREFIX],
    );
    return result.rows.map((row) => row.name);
  });
  for (const name of names) {
    if (wanted(name.slice(DATABASE_PREFIX.length).split('_')[0] ?? '')) await dropDatabase(server, name);
  }
}

/** A new name for a run of the tests: the second it began in, then something of its own. */
export function newRun(nowMs: number): string {
  return `${Math.floor(nowMs / 1_000)}x${randomBytes(4).toString('hex')}`;
}

/** Whether a run is so long ago that it can't be going on. What is no name of a run is never old: it is not ours. */
export function isOldRun(run: string, nowMs: number): boolean {
  const beganS = /^(\d+)x[0-9a-f]{8}$/.exec(run)?.[1];
  return beganS !== undefined && nowMs / 1_000 - Number(beganS) >= OLD_AFTER_S;
}

async function ensureTemplate(
  client: pg.Client,
  server: string,
  name: string,
  template: Template,
): Promise<void> {
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await makeTemplate(client, server, name, template);
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
  }
}

/** Under another name until it is complete: a run that dies half-way leaves nothing that looks like a template. */
async function makeTemplate(
  client: pg.Client,
  server: string,
  name: string,
  template: Template,
): Promise<void> {
  const draft = `${name}_draft`;
  const connectionString = onDatabase(server, draft);
  await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(draft)} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${escapeIdentifier(draft)} TEMPLATE template0`);
  await withClient(connectionString, (inside) => inside.query('CREATE EXTENSION postgis'));
  await template.prepare({ connectionString });
  await client.query(`ALTER DATABASE ${escapeIdentifier(draft)} RENAME TO ${escapeIdentifier(name)}`);
}
