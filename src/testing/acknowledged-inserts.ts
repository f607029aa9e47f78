import pg from 'pg';
import type { Embedded } from '../store/embedded/embedded.ts';

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

/** Inserts `first`, `first + 1`, … until told to stop or refused, and reports each one that was acknowledged. */
export async function insertNumbers(
  pool: pg.Pool,
  first: number,
  stopped: () => boolean,
  acknowledged: (number: number) => void,
): Promise<void> {
  for (let number = first; !stopped(); number++) {
    await pool.query('insert into numbers values (0, $1)', [number]);
    acknowledged(number);
  }
}

/** Inserts batches numbered from `first`, each one statement of `size` rows. */
export async function insertBatches(
  pool: pg.Pool,
  first: number,
  size: number,
  stopped: () => boolean,
  acknowledged: (batch: number) => void,
): Promise<void> {
  const numbers = Array.from({ length: size }, (_, i) => i);
  for (let batch = first; !stopped(); batch++) {
    await pool.query('insert into numbers select $1, n from unnest($2::bigint[]) n', [batch, numbers]);
    acknowledged(batch);
  }
}

/** Those of `acknowledged` that the table does not hold as single rows. */
export async function missingNumbers(pool: pg.Pool, acknowledged: readonly number[]): Promise<number[]> {
  const { rows } = await pool.query<{ number: string }>('select number from numbers where batch = 0');
  const stored = new Set(rows.map((row) => Number(row.number)));
  return acknowledged.filter((number) => !stored.has(number));
}
