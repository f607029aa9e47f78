import pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { CopyIn } from './copy-in.ts';
import { type Db, type Sql, StoreUnavailable, type Tx } from './db.ts';
import type { Priority, Turns } from './turns.ts';
import type { WaitWatch } from './wait-watch.ts';

/** Where the database is, and what may be asked of it. */
export interface DbOptions {
  readonly connection: pg.ClientConfig;
  /** What the pool is for, in metrics and logs. */
  readonly label: string;
  /** Connections at most. 1 for embedded PGlite, whose connections share one session. */
  readonly poolSize: number;
  /** Whether statements are prepared under their names, and COPY is taken. False for embedded PGlite. */
  readonly prepare: boolean;
  /** How long a connection is waited for. */
  readonly connectTimeoutMs: number;
  /** How long a statement may take, with what its connection was waited for; of a transaction, each. */
  readonly queryTimeoutMs: number;
  /** Whether nobody waits for answers yet: then each may take {@link STARTING_TIMEOUT_MS}. Absent: it never is so. */
  readonly isStarting?: () => boolean;
  /** Whether a transaction as a whole has that time, and no more. */
  readonly isWholeTimed?: boolean;
  /**
   * When the server itself ends a transaction whose client says nothing, and a wait for a lock that nobody waits for
   * any more; not asked for when absent. A node that froze, or was cut off, else keeps an SOS locked for hours.
   */
  readonly abandonedAfterMs?: number;
  /** Where a pool is shared that has no room for all: whose turn it is, and how much this one matters. */
  readonly turn?: { readonly turns: Turns; readonly priority: Priority };
  /** Told how long connections are waited for. */
  readonly waits?: WaitWatch;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
types.setTypeParser(pg.types.builtins.NUMERIC, Number);
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => Date.parse(isoOf(text)));

// Postgres writes `2026-01-01 00:00:00.123456+00`; Date.parse wants a T and minutes in the offset.
function isoOf(text: string): string {
  const withT = text.replace(' ', 'T');
  return /[+-]\d\d$/.test(withT) ? `${withT}:00` : withT;
}

/** SQLSTATEs after which the same transaction, run again, can succeed. */
const RUN_AGAIN = new Set(['40001' /* serialization_failure */, '40P01' /* deadlock_detected */]);

/** SQLSTATE classes that say the server went away, is starting or stopping, is full, or can't use its disk. */
const UNAVAILABLE = /^(08|57P|53|58)/;
/** After these the connection is over, whatever the reason: a full disk lets nobody in with an "internal error". */
const ENDS_CONNECTION = new Set(['FATAL', 'PANIC']);

const ATTEMPTS = 4;

/** A database that has just started has everything still to read and to compile, and a node that ends for it starts as slowly again. */
export const STARTING_TIMEOUT_MS = 30_000;

const WRITES = /\b(?:insert|update|delete|merge|truncate)\b/i;

/** A pool of connections to PostgreSQL or to embedded PGlite, every call with a deadline. */
export const openDb = (options: DbOptions): Db => dbOn(openPool(options), options);

/** Connections are made when they are needed. */
export function openPool(options: DbOptions): pg.Pool {
  const pool = new pg.Pool({
    ...options.connection,
    ...abandoned(options.abandonedAfterMs),
    types,
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    idleTimeoutMillis: 0,
    keepAlive: true,
  });
  // A pooled connection that breaks while idle emits here; without a listener it would end the process.
  pool.on('error', (error) =>
    options.log.warn({ pool: options.label, ...errorFields(error) }, 'an idle database connection broke'),
  );

  // Between two owners nobody else listens for a moment, and that is when a server that is stopped can end a connection.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** The database behind a pool; closing it ends the pool. */
export function dbOn(pool: pg.Pool, options: DbOptions): Db {
  const patient = (usualMs: number): number =>
    options.isStarting?.() ? Math.max(usualMs, STARTING_TIMEOUT_MS) : usualMs;
  const deadline = () => options.clock.monotonicMs() + patient(options.queryTimeoutMs);

  /** What is left, for `pg`; nothing is sent that has no time left. */
  const left = (untilMs: number): number => {
    const leftMs = Math.ceil(untilMs - options.clock.monotonicMs());
    if (leftMs <= 0) throw new StoreUnavailable('no answer (out of time)');
    return leftMs;
  };

  const execute = async (
    client: pg.PoolClient,
    statement: Sql,
    params: readonly unknown[],
    untilMs = deadline(),
  ) => {
    const startedMs = options.clock.monotonicMs();
    try {
      const { name, text, preparedAs = name } = statement;
      const values = [...params];
      const timed = { text, values, query_timeout: left(untilMs) };
      return await client.query(
        options.prepare && preparedAs !== null ? { ...timed, name: preparedAs } : timed,
      );
    } catch (error) {
      throw classified(error);
    } finally {
      options.metrics.observeMs('store_query_ms', options.clock.monotonicMs() - startedMs, {
        statement: statement.name,
      });
      options.metrics.count('store_statements', { pool: options.label });
    }
  };

  const copy = async (
    client: pg.PoolClient,
    { name, text }: Sql,
    data: Uint8Array,
    untilMs = deadline(),
  ): Promise<void> => {
    const startedMs = options.clock.monotonicMs();
    try {
      const leftMs = left(untilMs);
      await new Promise<void>((resolve, reject) => {
        client.query(new CopyIn(text, data, leftMs, (error) => (error ? reject(error) : resolve())));
      });
    } catch (error) {
      throw classified(error);
    } finally {
      options.metrics.observeMs('store_query_ms', options.clock.monotonicMs() - startedMs, {
        statement: name,
      });
      options.metrics.count('store_statements', { pool: options.label });
    }
  };

  const run = async <Row>(
    client: pg.PoolClient,
    statement: Sql,
    params: readonly unknown[],
    untilMs?: number,
  ): Promise<Row[]> => (await execute(client, statement, params, untilMs)).rows as Row[];

  const connect = async (): Promise<{ client: pg.PoolClient; leave: () => void }> => {
    const { turn, waits, clock, metrics, label, connectTimeoutMs } = options;
    const endWait = waits?.begin();
    const startedMs = clock.monotonicMs();
    let leave = () => {};
    try {
      if (turn) leave = await turn.turns.take(turn.priority, patient(connectTimeoutMs));
      return { client: await pool.connect(), leave };
    } catch (error) {
      leave();
      metrics.count('store_connect_failed', { pool: label });
      throw error instanceof StoreUnavailable ? error : classified(error);
    } finally {
      endWait?.();
      metrics.observeMs('store_wait_ms', clock.monotonicMs() - startedMs, { pool: label });
    }
  };

  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const { client, leave } = await connect();
    let broken: Error | undefined;
    // While it is checked out, nothing but this listens to the connection.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      // A timed-out client still waits for its old answer: it must leave the pool, or the next caller hangs.
      if (error instanceof StoreUnavailable) broken = error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
      leave();
    }
  };

  const attempt = async <T>(work: (tx: Tx) => Promise<T>, firstUntilMs: number): Promise<T> => {
    const effects: (() => void)[] = [];
    const untilMs = options.isWholeTimed ? firstUntilMs : undefined;
    const value = await withClient(async (client) => {
      const tx: Tx = {
        query: (statement, params = []) => run(client, statement, params, untilMs),
        afterCommit: (effect) => effects.push(effect),
        ...(options.prepare ? { copy: (statement, data) => copy(client, statement, data, untilMs) } : {}),
      };
      await run(client, BEGIN, [], firstUntilMs);
      try {
        const result = await work(tx);
        // After a failed statement whose error was not passed on, the server answers a commit with a rollback.
        const { command } = await execute(client, COMMIT, [], untilMs);
        if (command !== 'COMMIT')
          throw new Error('a failed transaction was committed; nothing of it was kept');
        return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) await run(client, ROLLBACK, []);
        throw error;
      }
    });
    for (const effect of effects) effect();
    return value;
  };

  const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const untilMs = deadline();
    for (let n = 1; ; n++) {
      try {
        return await attempt(work, options.isWholeTimed || n === 1 ? untilMs : deadline());
      } catch (error) {
        if (n === ATTEMPTS || !RUN_AGAIN.has(sqlState(error))) throw error;
        options.metrics.count('store_transaction_again', { state: sqlState(error) });
      }
    }
  };

  return {
    query: <Row>(statement: Sql, params: readonly unknown[] = []) => {
      // A server that hangs has read what it was sent, and carries it out when it goes on. In a transaction that is undone,
      // because its commit was never sent; or the commit was, and whoever writes to the same rows later has waited for it.
      // Embedded all statements run one after another anyway.
      if (options.prepare && WRITES.test(statement.text))
        return transaction((tx) => tx.query<Row>(statement, params));
      const untilMs = deadline();
      return withClient((client) => run<Row>(client, statement, params, untilMs));
    },
    transaction,
    close: () => pool.end(),
  };
}

// No statement_timeout: it also ends a commit's wait for a standby, and then reports the commit as done.
const abandoned = (afterMs: number | undefined): pg.ClientConfig =>
  afterMs === undefined ? {} : { idle_in_transaction_session_timeout: afterMs, lock_timeout: afterMs };

const BEGIN: Sql = { name: 'begin', text: 'begin' };
const COMMIT: Sql = { name: 'commit', text: 'commit' };
const ROLLBACK: Sql = { name: 'rollback', text: 'rollback' };

/** The SQLSTATE of a database error, or an empty string. */
export function sqlState(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function classified(error: unknown): unknown {
  const state = sqlState(error);
  const fromServer = /^[0-9A-Z]{5}$/.test(state) && error instanceof pg.DatabaseError;
  if (fromServer && !UNAVAILABLE.test(state) && !ENDS_CONNECTION.has(error.severity ?? '')) return error;
  return new StoreUnavailable(
    fromServer ? `SQLSTATE ${state}` : `no answer (${state || 'timeout or broken connection'})`,
    fromServer ? state : '',
  );
}
