import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { type Config, readEnv, toConfig } from './config.ts';
import { type Logger, silentLogger } from './lib/log.ts';
import { asPools } from './store/application-role.ts';
import { migrateTo, readApplied } from './store/migrate.ts';
import { newMigration, readMigrations } from './store/migration-files.ts';
import {
  compareMigrations,
  type MigrationState,
  refusalOf,
  versionBefore,
  versionOf,
} from './store/migration-state.ts';
import { embeddedDirectory, onDatabaseItself } from './store/open-store.ts';

const USAGE = `muster migrate [up | status | check | to VERSION | down | new NAME] [options]

  up                brings the database to the newest version and gives the application its rights; without a word: this
  status            what is applied, when, and what can be taken back; --json for programs
  check             says whether files and database agree, by the exit code too, and changes nothing
  to VERSION        brings it to this version, forward or back
  down              takes the newest migration back
  new NAME          writes the two files of a new migration, up and down, under the next number

  --lose-data       taking back loses what was written since. Unless NODE_ENV is development or test it is refused without
                    this. Stop the nodes first: each of them brings the database up again when it starts

Every node migrates when it starts, as far as its login may. With MUSTER_MIGRATION_DATABASE_URL here, the nodes need not:
DATABASE_URL is then a login that owns nothing. Without DATABASE_URL it is the embedded database in MUSTER_DATA_DIR, whose
node must not run meanwhile. One process migrates at a time; the others wait. Safe to run any number of times.
Exit code 0: done, or check found that they agree. 1: it could not be done, or they don't. 2: wrong use.
`;

class UsageError extends Error {}

type Act = (config: Config) => Promise<number>;

/** `muster migrate`. The answer is the exit code. */
export async function migrateCommand(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const act = parse(argv, process.env.NODE_ENV);
    const configured = toConfig(readEnv(process.env));
    if (!configured.ok) throw new UsageError(configured.problems.join('\n'));
    return await act(configured.config);
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function parse(argv: readonly string[], nodeEnv: string | undefined): Act {
  const { word, about, isJson, ...asked } = read(argv);
  const mayLose = asked.mayLose || nodeEnv === 'development' || nodeEnv === 'test';
  switch (word) {
    case 'up':
      return (config) => move(config, mayLose, () => Number.POSITIVE_INFINITY);
    case 'down':
      return (config) => onThere(config, () => move(config, mayLose, versionBefore));
    case 'to':
      return (config) => move(config, mayLose, () => Number(about));
    case 'status':
      return (config) => onThere(config, () => status(config, isJson));
    case 'check':
      return (config) => onThere(config, () => check(config));
    default:
      return () => writeNew(about);
  }
}

interface Asked {
  readonly word: string;
  readonly about: string;
  readonly mayLose: boolean;
  readonly isJson: boolean;
}

/** Which words are followed by something, as a pattern of it. */
const WORDS: Readonly<Record<string, RegExp | null>> = {
  up: null,
  down: null,
  status: null,
  check: null,
  to: /^\d{1,6}$/,
  new: /./,
};

function read(argv: readonly string[]): Asked {
  const { positionals, values } = parsed(argv);
  const [word = 'up', about = '', ...rest] = positionals;
  const follows = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  const isFit = follows === null ? about === '' : follows?.test(about);
  if (!isFit || rest.length > 0) throw new UsageError('That is not understood: see muster migrate --help.');
  return { word, about, mayLose: values['lose-data'] ?? false, isJson: values.json ?? false };
}

function parsed(argv: readonly string[]) {
  const options = { 'lose-data': { type: 'boolean' }, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(sentenceOf(error));
  }
}

/** An embedded database is made when it is opened: whoever only looks must not make one. */
async function onThere({ databaseUrl, dataDir }: Config, act: () => Promise<number>): Promise<number> {
  const folder = embeddedDirectory(dataDir);
  if (databaseUrl === null && !existsSync(folder)) throw new Error(`There is no database in ${folder}.`);
  return act();
}

const onIt = <T>(config: Config, work: (connection: pg.ClientConfig) => Promise<T>): Promise<T> =>
  onDatabaseItself({ ...config, log: told }, work);

const statesOn = async (connection: pg.ClientConfig): Promise<MigrationState[]> =>
  compareMigrations(await readMigrations(), await readApplied(connection));

async function move(
  config: Config,
  mayLose: boolean,
  where: (states: readonly MigrationState[]) => number,
): Promise<number> {
  const { databaseUrl: login, migrationDatabaseUrl, databaseRole: role } = config;
  await onIt(config, async (connection) => {
    const states = await statesOn(connection);
    const to = where(states);
    if (!mayLose) refuseLoss(states, to);
    await migrateTo(connection, { log: told, to });
    const owner = migrationDatabaseUrl ?? login;
    if (login !== null && owner !== null) await asPools({ owner, login, role, log: told });
  });
  process.stdout.write('The database is ready.\n');
  return 0;
}

/** A database that is refused for another reason is refused for that one. */
function refuseLoss(states: readonly MigrationState[], to: number): void {
  if (refusalOf(states, newestFile(states)) !== null) return;
  const losing = states.filter(({ version, state }) => version > to && state !== 'pending');
  if (losing.length === 0) return;
  const names = losing.map(({ name }) => name).join(', ');
  throw new Error(`What was written in ${names} would be lost: say --lose-data if it may be.`);
}

async function status(config: Config, isJson: boolean): Promise<number> {
  const states = await onIt(config, statesOn);
  const { agrees, sentence } = verdictOn(states);
  const [databaseVersion, programVersion] = [versionOf(states), newestFile(states)];
  const page = isJson
    ? JSON.stringify({ databaseVersion, programVersion, agrees, sentence, migrations: states }, null, 2)
    : [...tableOf(states), '', sentence].join('\n');
  process.stdout.write(`${page}\n`);
  return 0;
}

async function check(config: Config): Promise<number> {
  const { agrees, sentence } = verdictOn(await onIt(config, statesOn));
  (agrees ? process.stdout : process.stderr).write(`${sentence}\n`);
  return agrees ? 0 : 1;
}

const newestFile = (states: readonly MigrationState[]): number =>
  states.findLast(({ state }) => state !== 'missing')?.version ?? 0;

function verdictOn(states: readonly MigrationState[]): { agrees: boolean; sentence: string } {
  const refusal = refusalOf(states, newestFile(states));
  if (refusal !== null) return { agrees: false, sentence: refusal };
  const pending = states.filter(({ state }) => state === 'pending');
  const [first] = pending;
  const at = `The database is at version ${versionOf(states)}`;
  if (!first) return { agrees: true, sentence: `${at}, and so is this program.` };
  const count = pending.length === 1 ? 'one migration is' : `${pending.length} migrations are`;
  return { agrees: false, sentence: `${at}; ${count} missing, ${first.name} first: muster migrate up.` };
}

function tableOf(states: readonly MigrationState[]): string[] {
  const width = Math.max(...states.map(({ name }) => name.length), 0);
  return [
    `${'migration'.padEnd(width)}  state    applied (UTC)        can be taken back`,
    ...states.map(({ name, state, appliedAt, goesBack }) => {
      const at = (appliedAt ?? '').replace('T', ' ').replace('Z', '');
      return `${name.padEnd(width)}  ${state.padEnd(7)}  ${at.padEnd(19)}  ${goesBack ? 'yes' : 'no'}`;
    }),
  ];
}

async function writeNew(words: string): Promise<number> {
  for (const name of await newMigration(words)) process.stdout.write(`migrations/${name}\n`);
  return 0;
}

const told: Logger = {
  ...silentLogger,
  info: ({ migration }, text) =>
    (migration ? process.stdout : process.stderr).write(`${migration ? `${migration}: ` : ''}${text}\n`),
  warn: (_fields, text) => process.stderr.write(`${text}\n`),
};

/** With what the database said, which names what is in its way; values of rows are in its `detail`, not here. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { message, cause } = error;
  return cause instanceof Error && !message.includes(cause.message) ? `${message} ${cause.message}` : message;
}
