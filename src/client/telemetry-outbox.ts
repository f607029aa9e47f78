import { must } from '../lib/assert.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import type { FixRow } from './fix.ts';
import { memoryJournal, type OutboxJournal } from './telemetry-journal.ts';
import type { KeptFix, KeptTelemetry } from './telemetry-store.ts';

export const FRAMES_IN_FLIGHT = 4;

/** Why a numbering was begun anew. */
export type EpochBreak = 'server_lost' | 'server_ahead';

export interface OutboxFrame {
  readonly epoch: string;
  readonly seq: number;
  readonly fixes: readonly FixRow[];
}

export interface OutboxOptions {
  readonly newEpoch: () => string;
  readonly maxFixes: number;
  readonly fixesPerFrame: number;
  readonly journal?: OutboxJournal | undefined;
}

/**
 * The fixes that the server has not yet acknowledged, in the order in which they were taken. Pure: it is told what
 * arrived and asked what to send; it knows neither sockets nor time.
 *
 * A fix gets its number when it is about to be sent for the first time, never earlier, and at most four frames' worth
 * (or half of `maxFixes`) is numbered and unacknowledged. So there is always an unnumbered fix to drop when the outbox
 * is full, and dropping it leaves no hole: towards the server the numbers have no gaps, and a number never stands for
 * another fix than before. With a journal, a frame is only handed out once its numbers would survive a restart.
 *
 * An epoch ends only when server and client disagree on what the numbers stand for: the server has acknowledged less
 * than was already forgotten here, or more than was ever numbered. Everything kept is then sent under a new epoch.
 */
export class TelemetryOutbox {
  readonly #newEpoch: () => string;
  readonly #maxFixes: number;
  readonly #journal: OutboxJournal;
  #fixesPerFrame: number;
  #epoch: string;
  #ackedSeq = 0;
  #nextKey = 1;
  /** Numbered, not acknowledged: `ackedSeq + 1` stands at index 0. */
  #window: KeptFix[] = [];
  #unsent = new RingBuffer<KeptFix>();
  /** Index into the window of the next one to send on this connection. */
  #cursor = 0;
  /** The last number of each frame that was sent on this connection and not acknowledged. */
  #inFlight: number[] = [];
  #frameWindow = FRAMES_IN_FLIGHT;

  constructor({ newEpoch, maxFixes, fixesPerFrame, journal = memoryJournal }: OutboxOptions) {
    this.#newEpoch = newEpoch;
    this.#maxFixes = Math.max(1, maxFixes);
    this.#fixesPerFrame = fixesPerFrame;
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

  /** The key of the newest fix so far; 0 before the first. */
  get newestKey(): number {
    return this.#nextKey - 1;
  }

  /** The key of the oldest fix still kept; infinite when there is none. */
  get oldestKey(): number {
    return (this.#window[0] ?? this.#unsent.peek())?.key ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Puts what an earlier run kept in front of what was added since the start, which gets other keys by that.
   * Before the first frame only. Answers how many fixes had to be dropped for it.
   */
  restore(kept: KeptTelemetry | null): number {
    const early = [...this.#unsent];
    for (const fix of early) this.#journal.remove(fix.key);
    this.#unsent = new RingBuffer();
    this.#nextKey = (kept?.fixes.at(-1)?.key ?? 0) + 1;
    if (kept) {
      this.#epoch = kept.numbering.epoch;
      this.#ackedSeq = kept.numbering.ackedSeq;
      this.#window = kept.fixes.slice(0, kept.numbering.numbered);
      for (const fix of kept.fixes.slice(kept.numbering.numbered)) this.#unsent.push(fix);
    }
    this.#moved();
    return early.reduce((dropped, fix) => dropped + this.append(fix.row), 0);
  }

  /** Answers how many fixes had to be dropped for it: 0 or 1. */
  append(row: FixRow): number {
    this.#keep(row);
    if (this.size <= this.#maxFixes) return 0;
    const dropped = this.#unsent.shift();
    if (dropped) this.#journal.remove(dropped.key);
    return 1;
  }

  /** A connection is open: go on after what is committed there. Tells when that does not fit what is known here. */
  welcome(ackedSeq: number, fixesPerFrame: number): EpochBreak | null {
    this.#fixesPerFrame = fixesPerFrame;
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
  next(): OutboxFrame | null {
    if (this.#inFlight.length >= this.#frameWindow) return null;
    this.#numberUpTo(this.#cursor + this.#fixesPerFrame);
    const durable = this.#journal.durableSeq(this.#epoch) - this.#ackedSeq;
    const end = Math.min(this.#cursor + this.#fixesPerFrame, this.#window.length, durable);
    if (end <= this.#cursor) return null;
    const fixes = this.#window.slice(this.#cursor, end).map((fix) => fix.row);
    const seq = this.#ackedSeq + 1 + this.#cursor;
    this.#cursor = end;
    this.#inFlight.push(this.#ackedSeq + end);
    return { epoch: this.#epoch, seq, fixes };
  }

  #keep(row: FixRow): void {
    const fix = { key: this.#nextKey++, row };
    this.#unsent.push(fix);
    this.#journal.put(fix);
  }

  #numberUpTo(index: number): void {
    const half = Math.max(1, Math.floor(this.#maxFixes / 2));
    const end = Math.min(index, FRAMES_IN_FLIGHT * this.#fixesPerFrame, half);
    const before = this.#window.length;
    while (this.#window.length < end && this.#unsent.size > 0) {
      this.#window.push(must(this.#unsent.shift(), 'an unsent fix'));
    }
    if (this.#window.length !== before) this.#moved();
  }

  #forgetThrough(seq: number): EpochBreak | null {
    const count = seq - this.#ackedSeq;
    if (count > this.#window.length) return this.#breakEpoch('server_ahead');
    for (const fix of this.#window.splice(0, count)) this.#journal.remove(fix.key);
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
