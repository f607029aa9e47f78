import type { Stored } from './lanes/plan.ts';
import type { KeptFix } from './positions/fix.ts';
import type { KeptVitals } from './vitals/steps.ts';

/** A transaction, as much of it as a writer needs. */
export interface Statements {
  query(statement: { name: string; text: string }, params: readonly unknown[]): Promise<unknown[]>;
  /** Absent where the engine takes no COPY. */
  readonly copy?: (statement: { name: string; text: string }, data: Uint8Array) => Promise<void>;
}

/**
 * Appends rows to history inside a transaction; rows that are there already are left alone. Which way is fastest depends
 * on the engine and on how many there are.
 */
export interface RowWriter<Value> {
  write(tx: Statements, rows: readonly Stored<Value>[]): Promise<void>;
}

export type PositionWriter = RowWriter<KeptFix>;
export type VitalsWriter = RowWriter<KeptVitals>;
