import path from 'node:path';
import type pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { asPools, type Connections } from './application-role.ts';
import type { Db } from './db.ts';
import { startEmbedded } from './embedded/embedded.ts';
import { migrate } from './migrate.ts';
import { type DbOptions, dbOn, openDb, openPool, sqlState } from './pg-db.ts';
import { type Priority, Turns } from './turns.ts';
import { WaitWatch } from './wait-watch.ts';

export interface StoreOptions {
  /** Null: PostGIS in a child process, its data in {@link embeddedDirectory}. */
  readonly databaseUrl: string | null;
  /** Connects as the owner of the tables, for migrations and grants. Null: {@link databaseUrl} does. */
  readonly migrationDatabaseUrl: string | null;
  /** The role under which everything else runs; embedded PostGIS has none. */
  readonly databaseRole: string;
  readonly dataDir: string;
  readonly poolSize: number;
  readonly sosPoolSize: number;
  readonly storeTimeoutMs: number;
  /** Whether nobody waits for answers before {@link Stores.started}: then each may take longer than that. */
  readonly isStarting?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Stores {
  readonly db: Db;
  /** A small pool of its own for SOS, so that nothing heavy sits in front of one. */
  readonly sosDb: Db;
  /** The same for alerts: they come in between thousands of samples, and must not wait for those to be stored. */
  readonly alertDb: Db;
  /** One connection, on which nobody waits behind anything: whether the store answers. */
  readonly probeDb: Db;
  /** The longest that anything but SOS and alerts has waited for a connection since the last call, in ms. */
  takeWaitMs(): number;
  /** Somebody waits for answers from now on, and no longer than {@link StoreOptions.storeTimeoutMs}. */
  started(): void;
  close(): Promise<void>;
}

const ALERT_POOL_SIZE = 4;
const CONNECT_TIMEOUT_MS = 2_000;
/** The node gives up first, and says so in its own words; then the server cleans up after it. */
const ABANDONED_AFTER_TIMEOUT_MS = 500;

/**
 * Where the embedded database lives in a node's data directory. In a folder of its own, because a new database gets its
 * name by a rename, which a mount point (a volume of a container) can't.
 */
export function embeddedDirectory(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

/** A server when one is named, else the embedded engine; migrated and ready. */
export async function openStore(options: StoreOptions): Promise<Stores> {
  return options.databaseUrl ? openServer(options, options.databaseUrl) : openEmbedded(options);
}

async function openServer(options: StoreOptions, connectionString: string): Promise<Stores> {
  const { clock, log, metrics } = options;
  const connections = await prepareServer(options, connectionString);
  const on = (pool: keyof Connections) => ({ connection: { connectionString: connections[pool] } });
  const starting = new Starting(options.isStarting ?? false);
  const common = {
    prepare: true,
    isStarting: starting.isOn,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    queryTimeoutMs: options.storeTimeoutMs,
    abandonedAfterMs: options.storeTimeoutMs + ABANDONED_AFTER_TIMEOUT_MS,
    clock,
    log,
    metrics,
  };
  const waits = new WaitWatch(clock);
  const db = openDb({ ...common, ...on('main'), label: 'main', poolSize: options.poolSize, waits });
  // Nobody waits for an SOS or an alert longer than for one answer.
  const whole = { ...common, isWholeTimed: true };
  const sosDb = openDb({ ...whole, ...on('sos'), label: 'sos', poolSize: options.sosPoolSize });
  const alertDb = openDb({ ...whole, ...on('alerts'), label: 'alerts', poolSize: ALERT_POOL_SIZE });
  const probeDb = openDb({ ...common, ...on('probe'), label: 'probe', poolSize: 1 });
  return {
    db,
    sosDb,
    alertDb,
    probeDb,
    takeWaitMs: () => waits.takeLongestMs(),
    started: starting.end,
    async close() {
      await Promise.all([db.close(), sosDb.close(), alertDb.close(), probeDb.close()]);
    },
  };
}

/** Migrates as the owner; the answer is how the pools connect. */
const prepareServer = (options: StoreOptions, login: string): Promise<Connections> =>
  asOwner(options, login, async (owner) => {
    const { databaseRole: role, log } = options;
    await migrate({ connectionString: owner }, log);
    return asPools({ owner, login, role, log });
  });

/** What is done to the database itself, with the rights of its owner and without anything being migrated first. */
export async function onDatabaseItself<T>(
  options: Pick<StoreOptions, 'databaseUrl' | 'migrationDatabaseUrl' | 'dataDir' | 'log'>,
  work: (connection: pg.ClientConfig) => Promise<T>,
): Promise<T> {
  const { databaseUrl: login, dataDir, log } = options;
  if (login !== null) return asOwner(options, login, (connectionString) => work({ connectionString }));
  const embedded = await startEmbedded({ dataDir: embeddedDirectory(dataDir), log });
  return work(embedded.connection).finally(() => embedded.stop());
}

async function asOwner<T>(
  { migrationDatabaseUrl }: Pick<StoreOptions, 'migrationDatabaseUrl'>,
  login: string,
  work: (owner: string) => Promise<T>,
): Promise<T> {
  const owner = migrationDatabaseUrl ?? login;
  try {
    return await work(owner);
  } catch (error) {
    if (sqlState(error) === '' && !(error instanceof AggregateError)) throw error;
    const names =
      owner === login ? 'DATABASE_URL names' : 'DATABASE_URL and MUSTER_MIGRATION_DATABASE_URL name';
    throw new Error(`the database that ${names} can't be used: ${reasonOf(error)}`, { cause: error });
  }
}

async function openEmbedded(options: StoreOptions): Promise<Stores> {
  const { clock, log, metrics, dataDir } = options;
  log.info({ dataDir }, 'no DATABASE_URL: opening embedded PostGIS');
  const embedded = await startEmbedded({ dataDir: embeddedDirectory(dataDir), log, metrics });
  try {
    const { connection } = embedded;
    await migrate(connection, log);
    // Its connections share one session: one connection, nothing prepared.
    const starting = new Starting(options.isStarting ?? false);
    const common: DbOptions = {
      connection,
      isStarting: starting.isOn,
      label: 'embedded',
      poolSize: 1,
      prepare: false,
      connectTimeoutMs: Math.max(options.storeTimeoutMs, CONNECT_TIMEOUT_MS),
      queryTimeoutMs: options.storeTimeoutMs,
      clock,
      log,
      metrics,
    };
    const pool = openPool(common);
    const turns = new Turns(clock);
    const waits = new WaitWatch(clock);
    const inTurn = (label: string, priority: Priority, more: Partial<DbOptions> = {}) =>
      dbOn(pool, { ...common, label, turn: { turns, priority }, ...more });
    const db = inTurn('embedded', 2, { waits });
    const sosDb = inTurn('sos', 0, { isWholeTimed: true });
    return {
      db,
      sosDb,
      probeDb: sosDb,
      alertDb: inTurn('alerts', 1, { isWholeTimed: true }),
      takeWaitMs: () => waits.takeLongestMs(),
      started: starting.end,
      async close() {
        await db.close();
        await embedded.stop();
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

class Starting {
  #isOn: boolean;
  readonly isOn = () => this.#isOn;
  readonly end = () => {
    this.#isOn = false;
  };

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }
}

// A name with several addresses fails with one error for each.
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : 'no answer';
}
