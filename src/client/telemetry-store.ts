import type { FixRow } from './fix.ts';

/** One kept fix. Keys rise in the order in which the fixes were taken. */
export interface KeptFix {
  readonly key: number;
  readonly row: FixRow;
}

/** Where the numbering stands. The first `numbered` kept fixes have the numbers `ackedSeq + 1`, `+ 2`, … */
export interface Numbering {
  readonly epoch: string;
  readonly ackedSeq: number;
  readonly numbered: number;
}

export interface KeptTelemetry {
  readonly numbering: Numbering;
  /** By rising key. */
  readonly fixes: readonly KeptFix[];
}

/** What changed since the last write. Takes effect as a whole or not at all. */
export interface TelemetryWrite {
  readonly put: readonly KeptFix[];
  readonly remove: readonly number[];
  readonly numbering: Numbering;
}

/**
 * Keeps what is not acknowledged across restarts of the program. One client at a time uses it, and it calls `write`
 * again only after the last one was answered. A failing store is not used any more: the client goes on from memory,
 * and after the next restart a fix may be stored twice, but none is lost that was still kept.
 */
export interface TelemetryStore {
  /** What was kept; null at the very first start. Called once, before the first write. */
  load(): Promise<KeptTelemetry | null>;
  /** Resolves when the change survives a restart. */
  write(change: TelemetryWrite): Promise<void>;
}
