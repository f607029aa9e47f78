import { CopyRows } from '../store/copy-rows.ts';
import { type Sql, sql } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import { DataRefused } from './lanes/lane-store.ts';
import type { Stored } from './lanes/plan.ts';
import type { RowWriter } from './row-writer.ts';

/** From so many rows on COPY is faster than `unnest`, whose statement is prepared: measured by `npm run bench -- ingest`. */
const COPY_FROM_ROWS = 200;
const ROW_BYTES = 256;
const UNIQUE_VIOLATION = '23505';

const SAVEPOINT = sql('telemetry_savepoint', 'savepoint copied');
const BACK = sql('telemetry_rollback_to_savepoint', 'rollback to savepoint copied');

export interface CopyParts<Value> {
  readonly statement: Sql;
  readonly add: (rows: CopyRows, row: Stored<Value>) => void;
  /** For few rows, for engines that take no COPY, and for batches with rows that are there already. */
  readonly unnest: RowWriter<Value>;
}

/**
 * COPY straight into the table for many rows, where the engine takes it. COPY can't leave out what is there already: one
 * such row refuses them all, and they are written by `unnest`. The cursors keep that from happening but for a database
 * that was put together from two backups.
 */
export function copyWriter<Value>({ statement, add, unnest }: CopyParts<Value>): RowWriter<Value> {
  return {
    async write(tx, rows) {
      if (!tx.copy || rows.length < COPY_FROM_ROWS) return unnest.write(tx, rows);
      const data = dataOf(rows, add);
      await tx.query(SAVEPOINT, []);
      try {
        await tx.copy(statement, data);
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
        await tx.query(BACK, []);
        await unnest.write(tx, rows);
      }
    },
  };
}

function dataOf<Value>(rows: readonly Stored<Value>[], add: CopyParts<Value>['add']): Uint8Array {
  const copied = new CopyRows(rows.length * ROW_BYTES);
  try {
    for (const row of rows) add(copied, row);
  } catch (error) {
    throw error instanceof RangeError ? new DataRefused('22008') : error;
  }
  return copied.end();
}
