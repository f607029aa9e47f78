import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { readEnv, toConfig } from './config.ts';
import { silentLogger } from './lib/log.ts';
import { tablesOf } from './masking/catalog.ts';
import { copyMasked } from './masking/copy.ts';
import { Fakes } from './masking/fakes.ts';
import { startEmbedded } from './store/embedded/embedded.ts';
import { migrate } from './store/migrate.ts';
import { readMigrations } from './store/migration-files.ts';
import { embeddedDirectory } from './store/open-store.ts';

const USAGE = `muster mask --to postgresql://… [--from postgresql://…] [--seed TEXT]

Copies a database into an empty one for development, with made-up people in it. Names, addresses, phones, words, places and
birthdays are fakes, each the same wherever the same value stands; ids, times and kinds stay, so that everything joins.
Passwords, tokens, keys, sessions, documents, network addresses and the audit log are not copied. Nobody can sign in: make
an account in the copy with muster user create.

  --to     an empty database on a server with PostGIS; it is brought to the version of this program
  --from   the source; not given: the one of DATABASE_URL, else the embedded one in MUSTER_DATA_DIR, whose node must not
           run meanwhile. It is only read, from one snapshot, and has to be at the version of this program
  --seed   at least 16 characters: the same seed makes the same fakes again. Whoever knows it can test guesses, so keep
           it as secret as the source. Not given: a random one that is forgotten

The copy is for development, not for publishing: whoever knows when somebody called for help finds that row by its time,
and a track keeps its shape, moved by up to 1.5 km.
Exit code 0: done. 1: refused or failed, and nothing was copied: begin again with a new database. 2: wrong use.
`;

const SEED_CHARS_MIN = 16;

class Refusal extends Error {}

/** `muster mask`. The answer is the exit code. */
export async function maskCommand(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes('--help')) {
    (argv.length === 0 ? process.stderr : process.stdout).write(USAGE);
    return argv.length === 0 ? 2 : 0;
  }
  const asked = read(argv);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n`);
    return 2;
  }
  try {
    await mask(asked);
    return 0;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return 1;
  }
}

interface Asked {
  readonly to: string;
  /** A server's address, or the directory of an embedded database. */
  readonly from: { readonly url: string } | { readonly directory: string };
  readonly seed: Buffer;
}

function read(argv: readonly string[]): Asked | string {
  const option = { type: 'string' } as const;
  let values: { to?: string | undefined; from?: string | undefined; seed?: string | undefined };
  try {
    ({ values } = parseArgs({ args: [...argv], options: { to: option, from: option, seed: option } }));
  } catch (error) {
    return sentenceOf(error);
  }
  const { to, from, seed } = values;
  if (to === undefined) return 'Where to copy? Say --to postgresql://…';
  if (seed !== undefined && seed.length < SEED_CHARS_MIN)
    return `A seed has at least ${SEED_CHARS_MIN} characters.`;
  const configured = toConfig(
    readEnv({ ...process.env, ...(from === undefined ? {} : { DATABASE_URL: from }) }),
  );
  if (!configured.ok) return configured.problems.join('\n');
  const { databaseUrl, dataDir } = configured.config;
  return {
    to,
    from: databaseUrl === null ? { directory: embeddedDirectory(dataDir) } : { url: databaseUrl },
    seed: seed === undefined ? randomBytes(32) : Buffer.from(seed),
  };
}

async function mask({ to, from, seed }: Asked): Promise<void> {
  if ('url' in from) return between({ connectionString: from.url }, to, seed);
  if (!existsSync(from.directory)) throw new Refusal(`There is no database in ${from.directory}.`);
  const embedded = await startEmbedded({ dataDir: from.directory, log: silentLogger });
  try {
    await between(embedded.connection, to, seed);
  } finally {
    await embedded.stop();
  }
}

async function between(source: pg.ClientConfig, to: string, seed: Buffer): Promise<void> {
  const target = { connectionString: to };
  await withClient(source, (from) =>
    withClient(target, async (into) => {
      await refuseUnfit(from, into);
      await migrate(target, silentLogger);
      const copied = await copyMasked({ from, to: into, fakes: new Fakes(seed), onRows: tell });
      const rows = [...copied.values()].reduce((sum, one) => sum + one, 0);
      process.stdout.write(`${rows} rows in ${copied.size} tables, masked.\n`);
    }),
  );
}

const TOLD_EVERY_ROWS = 100_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Counting or reading a page of the largest table may take long; nobody waits for it but who called. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

function tell(table: string, rows: number, done: boolean): void {
  if (done || rows % TOLD_EVERY_ROWS === 0) process.stderr.write(`${table}: ${rows}${done ? '' : ' …'}\n`);
}

async function withClient(
  connection: pg.ClientConfig,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks fails the statement at hand; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function refuseUnfit(from: pg.Client, to: pg.Client): Promise<void> {
  if (await isSameDatabase(from, to)) throw new Refusal('Source and target are the same database.');
  const found = [...(await tablesOf(to)).keys()];
  if (found.length > 0)
    throw new Refusal(`The target is not empty: it has ${found[0]}. Make a new database.`);
  if (!(await tablesOf(from)).has('public.muster_migrations')) {
    throw new Refusal('The source is no database of Muster.');
  }
  const known = (await readMigrations()).map(({ checksum }) => checksum);
  const { rows } = await from.query<{ checksum: string }>(
    'select checksum from public.muster_migrations order by version',
  );
  if (rows.map(({ checksum }) => checksum).join() !== known.join()) {
    throw new Refusal(
      'The source is at another version: let a node of this version start on it, or use its own.',
    );
  }
}

/** Advisory locks belong to a database: where one is held already, by somebody who can only be we, it is the same. */
async function isSameDatabase(from: pg.Client, to: pg.Client): Promise<boolean> {
  const key = randomBytes(6).readUIntBE(0, 6);
  await from.query('select pg_advisory_lock($1)', [key]);
  const { rows } = await to.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [key]);
  await from.query('select pg_advisory_unlock($1)', [key]);
  return rows[0]?.free !== true;
}

/** Never a value of a row: the database puts those into `detail`, which is not shown. */
function sentenceOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  if (first instanceof pg.DatabaseError) return `The database refused it (SQLSTATE ${first.code}).`;
  return first instanceof Error ? first.message : 'failed';
}
