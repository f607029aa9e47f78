import type pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import type { Backfill } from '../schema/backfills.ts';
import { onClient } from './one-client.ts';

/** A batch that waits for whoever writes longer than this lets them go first. */
const LOCK_WAIT_MS = 2_000;
const BATCH_TIMEOUT_MS = 120_000;
/** Looking at every row of a large table takes its time. */
const FINISH_TIMEOUT_MS = 3_600_000;
const TRIES_MAX = 20;
const TRY_AGAIN_MS = 500;
/** What PostgreSQL says of a batch that others were in the way of: it was in a deadlock, or waited too long. */
const IN_THE_WAY: readonly unknown[] = ['40P01', '55P03', '40001'];

export interface BackfillState {
  readonly name: string;
  readonly state: 'not begun' | 'running' | 'paused' | 'done' | 'not needed';
  readonly seen: number;
  readonly filled: number;
  readonly batches: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface Progress {
  readonly seen: number;
  readonly filled: number;
  readonly batches: number;
  /** As many rows as the table is thought to have. */
  readonly expected: number;
}

export interface BackfillOptions {
  readonly clock: Clock;
  readonly batchRows: number;
  /** Left to others between two batches. */
  readonly restMs: number;
  /** Aborted: it pauses after the batch that it is at. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

interface Row {
  readonly state: 'running' | 'paused' | 'done';
  readonly last_key: string | null;
  readonly seen: string;
  readonly filled: string;
  readonly batches: number;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

/**
 * Goes on where it was left, batch by batch, each with how far it is in one transaction, so that whatever ends it loses at most the
 * batch under way. When no row is left, what holds from then on is made so.
 * @throws one sentence when it can not be done here, or somebody else is at it
 */
export async function runBackfill(
  connection: pg.ClientConfig,
  backfill: Backfill,
  options: BackfillOptions,
): Promise<BackfillState> {
  return onClient(connection, FINISH_TIMEOUT_MS, async (client) => {
    await mustBeReady(client, backfill);
    await lockAlone(client, backfill.name);
    if (!(await isNeeded(client, backfill))) return stateOn(client, backfill);
    await begin(client, backfill.name);
    const isThrough = await fill(client, backfill, options);
    if (isThrough) await finish(client, backfill, options.clock);
    return stateOn(client, backfill);
  });
}

/** How far each of them is. Changes nothing. */
export const backfillStates = (
  connection: pg.ClientConfig,
  backfills: readonly Backfill[],
): Promise<BackfillState[]> =>
  onClient(connection, FINISH_TIMEOUT_MS, async (client) => {
    const states: BackfillState[] = [];
    for (const backfill of backfills) {
      await mustBeReady(client, backfill);
      states.push(await stateOn(client, backfill));
    }
    return states;
  });

/** Asks whoever is at it to stop after the batch that it is at. False: nobody is. */
export const pauseBackfill = (connection: pg.ClientConfig, { name }: Backfill): Promise<boolean> =>
  onClient(connection, FINISH_TIMEOUT_MS, async (client) => {
    const { rowCount } = await client.query(
      `update public.muster_backfills set pause_asked = true where name = $1 and state = 'running'`,
      [name],
    );
    return (rowCount ?? 0) > 0;
  });

async function mustBeReady(client: pg.Client, { name, since }: Backfill): Promise<void> {
  const { rows } = await client.query(`select to_regclass('public.muster_backfills') is not null as ready`);
  if (!rows[0]?.ready)
    throw new Error(`${name} is of migration ${since}, which is not applied here: muster migrate up.`);
}

/** Until this connection ends, however it does. */
async function lockAlone(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query(
    `select pg_try_advisory_lock(hashtextextended('muster backfill ' || $1, 0)) as mine`,
    [name],
  );
  if (!rows[0]?.mine)
    throw new Error(`${name} is being done by another process: see muster backfill status.`);
}

async function isNeeded(client: pg.Client, { needed }: Backfill): Promise<boolean> {
  const { rows } = await client.query<{ needed: boolean }>(needed);
  return rows[0]?.needed === true;
}

const begin = (client: pg.Client, name: string) =>
  client.query(
    `insert into public.muster_backfills (name, state) values ($1, 'running')
     on conflict (name) do update set state = 'running', pause_asked = false, updated_at = now()`,
    [name],
  );

/** True: there is no row left. False: it was paused. */
async function fill(client: pg.Client, backfill: Backfill, options: BackfillOptions): Promise<boolean> {
  const { batchRows, clock, onProgress, restMs, signal } = options;
  const expected = await expectedRows(client, backfill);
  for (;;) {
    const { seen, isPaused, progress } = await tried(clock, () => oneBatch(client, backfill, batchRows));
    onProgress({ ...progress, expected });
    if (seen < batchRows) return true;
    if (isPaused || signal.aborted) {
      await client.query(
        `update public.muster_backfills set state = 'paused', pause_asked = false, updated_at = now() where name = $1`,
        [backfill.name],
      );
      return false;
    }
    if (restMs > 0) await wait(clock, restMs);
  }
}

async function oneBatch(client: pg.Client, { name, batch }: Backfill, batchRows: number) {
  return asOne(client, BATCH_TIMEOUT_MS, async () => {
    const { rows: at } = await client.query<Pick<Row, 'last_key'> & { pause_asked: boolean }>(
      'select last_key, pause_asked from public.muster_backfills where name = $1 for update',
      [name],
    );
    const { rows } = await client.query<{ last: string | null; seen: number; filled: number }>(batch, [
      at[0]?.last_key ?? null,
      batchRows,
    ]);
    const { last, seen, filled } = rows[0] ?? { last: null, seen: 0, filled: 0 };
    const { rows: noted } = await client.query<Row>(
      `update public.muster_backfills set last_key = coalesce($2::uuid, last_key), seen = seen + $3,
         filled = filled + $4, batches = batches + 1, updated_at = now()
        where name = $1 returning seen, filled, batches`,
      [name, last, seen, filled],
    );
    const progress = {
      seen: Number(noted[0]?.seen),
      filled: Number(noted[0]?.filled),
      batches: Number(noted[0]?.batches),
    };
    return { seen, isPaused: at[0]?.pause_asked === true, progress };
  });
}

async function finish(client: pg.Client, backfill: Backfill, clock: Clock): Promise<void> {
  for (const statement of backfill.finish)
    await tried(clock, () =>
      asOne(client, FINISH_TIMEOUT_MS, async () => void (await client.query(statement))),
    );
  await client.query(
    `update public.muster_backfills set state = 'done', finished_at = now(), updated_at = now() where name = $1`,
    [backfill.name],
  );
}

/** Whoever writes goes first: what was in their way is done again a little later. */
async function tried<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isInTheWay = IN_THE_WAY.includes((error as { code?: unknown }).code);
      if (!isInTheWay || tries === TRIES_MAX) throw error;
      await wait(clock, TRY_AGAIN_MS * tries);
    }
  }
}

async function asOne<T>(client: pg.Client, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query(
      `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)`,
      [`${LOCK_WAIT_MS}`, `${timeoutMs}`],
    );
    const done = await work();
    await client.query('commit');
    return done;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function expectedRows(client: pg.Client, { table }: Backfill): Promise<number> {
  const { rows } = await client.query<{ rows: number }>(
    'select greatest(reltuples, 0)::float8 as rows from pg_class where oid = $1::regclass',
    [table],
  );
  return Math.round(rows[0]?.rows ?? 0);
}

async function stateOn(client: pg.Client, backfill: Backfill): Promise<BackfillState> {
  const { rows } = await client.query<Row>(
    `select state, seen, filled, batches, started_at, finished_at from public.muster_backfills where name = $1`,
    [backfill.name],
  );
  const [row] = rows;
  const nothing = (await isNeeded(client, backfill)) ? 'not begun' : 'not needed';
  return {
    name: backfill.name,
    state: row?.state ?? nothing,
    seen: Number(row?.seen ?? 0),
    filled: Number(row?.filled ?? 0),
    batches: row?.batches ?? 0,
    startedAt: row?.started_at.toISOString() ?? null,
    finishedAt: row?.finished_at?.toISOString() ?? null,
  };
}

const wait = (clock: Clock, delayMs: number) =>
  new Promise<void>((resolve) => void clock.after(delayMs, resolve));
