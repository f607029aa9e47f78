import { must } from '../lib/assert.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import { memoryJournal, type OutboxJournal } from './telemetry-journal.ts';
import type { KeptRow, KeptTelemetry } from './telemetry-store.ts';

export const FRAMES_IN_FLIGHT = 4;

/** Why a numbering was begun anew. */
export type EpochBreak = 'server_lost' | 'server_ahead';

export interface OutboxFrame<Row> {
  readonly epoch: string;
  readonly seq: number;
  readonly rows: readonly Row[];
}

export interface OutboxOptions<Row> {
  readonly newEpoch: () => string;
  readonly maxRows: number;
  readonly rowsPerFrame: number;
  readonly journal?: OutboxJournal<Row> | undefined;
}

/**
 * The rows of one lane that the server has not yet acknowledged, in the order in which they were taken. Pure: it is told
 * what arrived and asked what to send; it knows neither sockets nor time.
 *
 * A row gets its number when it is about to be sent for the first time, never earlier, and at most four frames' worth
 * (or half of `maxRows`) is numbered and unacknowledged. So there is always an unnumbered row to drop when the outbox
 * is full, and dropping it leaves no hole: towards the server the numbers have no gaps, and a number never stands for
 * another row than before. With a journal, a frame is only handed out once its numbers would survive a restart.
 *
 * An epoch ends only when server and client disagree on what the numbers stand for: the server has acknowledged less
 * than was already forgotten here, or more than was ever numbered. Everything kept is then sent under a new epoch.
 */
export class TelemetryOutbox<Row> {
  readonly #newEpoch: () => string;
  readonly #maxRows: number;
  readonly #journal: OutboxJournal<Row>;
  #rowsPerFrame: number;
  #epoch: string;
  #ackedSeq = 0;
  #nextKey = 1;
  /** Numbered, not acknowledged: `ackedSeq + 1` stands at index 0. */
  #window: KeptRow<Row>[] = [];
  #unsent = new RingBuffer<KeptRow<Row>>();
  /** Index into the window of the next one to send on this connection. */
  #cursor = 0;
  /** The last number of each frame that was sent on this connection and not acknowledged. */
  #inFlight: number[] = [];
  #frameWindow = FRAMES_IN_FLIGHT;

  constructor({ newEpoch, maxRows, rowsPerFrame, journal = memoryJournal }: OutboxOptions<Row>) {
    this.#newEpoch = newEpoch;
    this.#maxRows = Math.max(1, maxRows);
    this.#rowsPerFrame = rowsPerFrame;
    this.#journal = journal;
    this.#epoch = newEpoch();
  }

  get epoch(): string {
    return this.#epoch;
  }

  get ackedSeq(): number {
    return this.#ackedSeq;
  }

  get size(): number {
    return this.#window.length + this.#unsent.size;
  }

  /** Something was sent on this connection that is not acknowledged. */
  get isAwaiting(): boolean {
    return this.#cursor > 0;
  }

  /** The key of the newest row so far; 0 before the first. */
  get newestKey(): number {
    return this.#nextKey - 1;
  }

  /** The key of the oldest row still kept; infinite when there is none. */
  get oldestKey(): number {
    return (this.#window[0] ?? this.#unsent.peek())?.key ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Puts what an earlier run kept in front of what was added since the start, which gets other keys by that.
   * Before the first frame only. Answers how many rows had to be dropped for it.
   */
  restore(kept: KeptTelemetry<Row> | null): number {
    const early = [...this.#unsent];
    for (const { key } of early) this.#journal.remove(key);
    this.#unsent = new RingBuffer();
    this.#nextKey = (kept?.rows.at(-1)?.key ?? 0) + 1;
    if (kept) {
      this.#epoch = kept.numbering.epoch;
      this.#ackedSeq = kept.numbering.ackedSeq;
      this.#window = kept.rows.slice(0, kept.numbering.numbered);
      for (const row of kept.rows.slice(kept.numbering.numbered)) this.#unsent.push(row);
    }
    this.#moved();
    return early.reduce((dropped, { row }) => dropped + this.append(row), 0);
  }

  /** Answers how many rows had to be dropped for it: 0 or 1. */
  append(row: Row): number {
    this.#keep(row);
    if (this.size <= this.#maxRows) return 0;
    const dropped = this.#unsent.shift();
    if (dropped) this.#journal.remove(dropped.key);
    return 1;
  }

  /** From the next frame on. */
  set rowsPerFrame(rows: number) {
    this.#rowsPerFrame = rows;
  }

  /** A connection is open: go on after what is committed there. Tells when that does not fit what is known here. */
  welcome(ackedSeq: number): EpochBreak | null {
    this.goBack();
    this.#frameWindow = FRAMES_IN_FLIGHT;
    if (ackedSeq < this.#ackedSeq) return this.#breakEpoch('server_lost');
    return this.#forgetThrough(ackedSeq);
  }

  ack(epoch: string, seq: number): EpochBreak | null {
    if (epoch !== this.#epoch || seq <= this.#ackedSeq) return null;
    this.#frameWindow = FRAMES_IN_FLIGHT;
    return this.#forgetThrough(seq);
  }

  nack(epoch: string, expectedSeq: number): EpochBreak | null {
    if (epoch !== this.#epoch) return null;
    if (expectedSeq <= this.#ackedSeq) return this.#breakEpoch('server_lost');
    if (expectedSeq > this.#ackedSeq + this.#window.length + 1) return this.#breakEpoch('server_ahead');
    this.goBack(expectedSeq);
    return null;
  }

  /**
   * What was sent from this number on (by default everything unacknowledged) is taken for not arrived. One frame at a
   * time goes out until an acknowledgement shows that it works again, so a burst of `nack` costs a frame each.
   */
  goBack(toSeq: number = this.#ackedSeq + 1): void {
    this.#cursor = Math.min(this.#cursor, toSeq - this.#ackedSeq - 1);
    this.#inFlight = [];
    this.#frameWindow = 1;
  }

  /** The next frame, or null: nothing to send, enough in flight, or the numbers are not durable yet. */
  next(): OutboxFrame<Row> | null {
    if (this.#inFlight.length >= this.#frameWindow) return null;
    this.#numberUpTo(this.#cursor + this.#rowsPerFrame);
    const durable = this.#journal.durableSeq(this.#epoch) - this.#ackedSeq;
    const end = Math.min(this.#cursor + this.#rowsPerFrame, this.#window.length, durable);
    if (end <= this.#cursor) return null;
    const rows = this.#window.slice(this.#cursor, end).map(({ row }) => row);
    const seq = this.#ackedSeq + 1 + this.#cursor;
    this.#cursor = end;
    this.#inFlight.push(this.#ackedSeq + end);
    return { epoch: this.#epoch, seq, rows };
  }

  #keep(row: Row): void {
    const kept = { key: this.#nextKey++, row };
    this.#unsent.push(kept);
    this.#journal.put(kept);
  }

  #numberUpTo(index: number): void {
    const half = Math.max(1, Math.floor(this.#maxRows / 2));
    const end = Math.min(index, FRAMES_IN_FLIGHT * this.#rowsPerFrame, half);
    const before = this.#window.length;
    while (this.#window.length < end && this.#unsent.size > 0) {
      this.#window.push(must(this.#unsent.shift(), 'an unsent row'));
    }
    if (this.#window.length !== before) this.#moved();
  }

  #forgetThrough(seq: number): EpochBreak | null {
    const count = seq - this.#ackedSeq;
    if (count > this.#window.length) return this.#breakEpoch('server_ahead');
    for (const { key } of this.#window.splice(0, count)) this.#journal.remove(key);
    this.#ackedSeq = seq;
    this.#cursor = Math.max(0, this.#cursor - count);
    this.#inFlight = this.#inFlight.filter((last) => last > seq);
    if (count > 0) this.#moved();
    return null;
  }

  #breakEpoch(why: EpochBreak): EpochBreak {
    this.#epoch = this.#newEpoch();
    this.#ackedSeq = 0;
    this.#cursor = 0;
    this.#inFlight = [];
    this.#frameWindow = 1;
    this.#moved();
    return why;
  }

  #moved(): void {
    this.#journal.moved({ epoch: this.#epoch, ackedSeq: this.#ackedSeq, numbered: this.#window.length });
  }
}
