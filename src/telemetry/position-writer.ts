import type { StoredFix } from './lanes/plan.ts';

/** A transaction, as much of it as a writer needs. */
export interface Statements {
  query(statement: { name: string; text: string }, params: readonly unknown[]): Promise<unknown[]>;
}

/** Appends fixes to history inside a transaction. Which way is fastest depends on the engine. */
export interface PositionWriter {
  write(tx: Statements, fixes: readonly StoredFix[]): Promise<void>;
}
