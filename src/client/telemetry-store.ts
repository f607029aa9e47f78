import type { FixRow } from './fix.ts';

/** One kept fix, sample or alarm. Keys rise in the order in which they were taken. */
export interface KeptRow<Row = FixRow> {
  readonly key: number;
  readonly row: Row;
}

/** Where the numbering stands. The first `numbered` kept rows have the numbers `ackedSeq + 1`, `+ 2`, … */
export interface Numbering {
  readonly epoch: string;
  readonly ackedSeq: number;
  readonly numbered: number;
}

export interface KeptTelemetry<Row = FixRow> {
  readonly numbering: Numbering;
  /** By rising key. */
  readonly rows: readonly KeptRow<Row>[];
}

/** What changed since the last write. Takes effect as a whole or not at all. */
export interface TelemetryWrite<Row = FixRow> {
  readonly put: readonly KeptRow<Row>[];
  readonly remove: readonly number[];
  readonly numbering: Numbering;
}

/**
 * Keeps what is not acknowledged of one lane across restarts of the program. One client at a time uses it, and it calls
 * `write` again only after the last one was answered. A failing store is not used any more: the client goes on from
 * memory, and after the next restart a row may be stored twice, but none is lost that was still kept.
 */
export interface TelemetryStore<Row = FixRow> {
  /** What was kept; null at the very first start. Called once, before the first write. */
  load(): Promise<KeptTelemetry<Row> | null>;
  /** Resolves when the change survives a restart. */
  write(change: TelemetryWrite<Row>): Promise<void>;
}
