import pg from 'pg';
import type { Embedded } from '../store/embedded/embedded.ts';

/** Rows of one batch. A batch is one statement and so is there as a whole or not at all. */
export const BATCH_ROWS = 500;

/** What writers were told is stored: single rows and batches, by number. */
export interface Acknowledged {
  readonly numbers: number[];
  readonly batches: number[];
}

/** What is wrong with a table of numbers; all empty when nothing is. */
export interface Damage {
  readonly missingNumbers: number[];
  readonly missingBatches: number[];
  readonly partialBatches: number[];
}

/** A pool as the embedded database allows it. Errors of idle connections are expected: the tests kill the server. */
export function connectTo(embedded: Embedded): pg.Pool {
  const pool = new pg.Pool({ ...embedded.connection, max: 1, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => {});
  return pool;
}

/** The table that the writers below fill: `batch` is 0 for single rows. */
export async function createNumbers(pool: pg.Pool): Promise<void> {
  await pool.query('create table if not exists numbers (batch bigint not null, number bigint not null)');
}

/** Inserts `first`, `first + 1`, … one by one until refused, and reports each one that was acknowledged. */
export async function insertNumbers(
  pool: pg.Pool,
  first: number,
  acknowledged: (number: number) => void,
): Promise<never> {
  for (let number = first; ; number++) {
    await pool.query('insert into numbers values (0, $1)', [number]);
    acknowledged(number);
  }
}

/** Inserts batches numbered from `first` until refused, and reports each one that was acknowledged. */
export async function insertBatches(
  pool: pg.Pool,
  first: number,
  acknowledged: (batch: number) => void,
): Promise<never> {
  const numbers = Array.from({ length: BATCH_ROWS }, (_, i) => i);
  for (let batch = first; ; batch++) {
    await pool.query('insert into numbers select $1, n from unnest($2::bigint[]) n', [batch, numbers]);
    acknowledged(batch);
  }
}

/** Compares what was acknowledged with what is there. */
export async function findDamage(pool: pg.Pool, { numbers, batches }: Acknowledged): Promise<Damage> {
  const single = await pool.query<{ number: string }>('select number from numbers where batch = 0');
  const stored = new Set(single.rows.map((row) => Number(row.number)));
  const grouped = await pool.query<{ batch: string; rows: string }>(
    'select batch, count(distinct number) as rows from numbers where batch > 0 group by batch',
  );
  const rowsOf = new Map(grouped.rows.map((row) => [Number(row.batch), Number(row.rows)]));
  return {
    missingNumbers: numbers.filter((number) => !stored.has(number)),
    missingBatches: batches.filter((batch) => !rowsOf.has(batch)),
    partialBatches: [...rowsOf].filter(([, rows]) => rows !== BATCH_ROWS).map(([batch]) => batch),
  };
}
