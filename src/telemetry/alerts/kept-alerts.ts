import type { Batch, CommandKey } from './store.ts';

/** What was found while the store was away, with all that it takes to write it when that is back. */
export interface KeptAlerts extends Batch {
  /** Null: a finding. Of an alarm what tells a repeat of it. */
  readonly key: CommandKey | null;
  /** Of each step the id of the alert that it opens, should it open one: the same here and in the store. */
  readonly alertIds: readonly string[];
  readonly atMs: number;
}

/** Where that is kept until the store has it: durable before `append` says so. By the id of the batch. */
export interface AlertLog {
  append(kept: KeptAlerts): Promise<boolean>;
  done(batchId: string): void;
  /** The oldest first. */
  kept(): readonly KeptAlerts[];
}

/** What goes on of alerts while the store is away. */
export interface AlertOutage {
  readonly isAway: boolean;
  readonly log: AlertLog;
  /** Has it written by a node that has the store. False: there is none. */
  readonly elsewhere: (kept: KeptAlerts) => Promise<boolean>;
}

/** It is neither in the store nor on this node's disk. */
export class NotKept extends Error {
  override readonly name = 'NotKept';
  readonly code = 'store_unavailable';
}
