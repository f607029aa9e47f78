import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { DownBody } from '../protocol/down.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { UpFrame } from '../protocol/up.ts';
import { localError } from './errors.ts';
import type { KnownLimits } from './limits.ts';
import { Pace } from './pace.ts';
import { ReasonCounts } from './reason-counts.ts';
import { TelemetryJournal } from './telemetry-journal.ts';
import { type EpochBreak, TelemetryOutbox } from './telemetry-outbox.ts';
import type { TelemetryStore } from './telemetry-store.ts';
import type { Report, Send } from './types.ts';

/** What one lane is about. */
export interface LaneSpec<Row> {
  readonly lane: 'telemetry' | 'vitals' | 'alarm';
  readonly store: TelemetryStore<Row> | undefined;
  /** The most rows that are kept; beyond it the oldest unsent one is dropped as `outbox_full`. */
  readonly maxRows: number;
  /** How many fit into one frame, whatever their values. */
  readonly rowsPerFrame: (limits: KnownLimits) => number;
  readonly frame: (numbers: Numbers, rows: Row[]) => UpFrame;
}

export interface Numbers {
  readonly epoch: string;
  readonly seq: number;
  readonly sentAtMs: number;
}

export interface LaneDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly send: Send;
  readonly report: Report;
  /** The clock that the rows are stamped by, in whole milliseconds. */
  readonly deviceNowMs: () => number;
  readonly onAck: (seq: number, lane: LaneSpec<unknown>['lane']) => void;
}

interface FlushWaiter {
  readonly key: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Keeps one outbox moving: sends while there is room, waits when told to, goes back when nothing is answered. */
export class TelemetryLane<Row> {
  /** Rows that were taken and will never be used, by reason: the server's, or `outbox_full`. */
  readonly refused = new ReasonCounts();
  /** How often a numbering was begun anew, by reason. */
  readonly epochBreaks = new Map<EpochBreak, number>();
  readonly #deps: LaneDeps;
  readonly #spec: LaneSpec<Row>;
  readonly #outbox: TelemetryOutbox<Row>;
  readonly #journal: TelemetryJournal<Row> | undefined;
  #flushes: FlushWaiter[] = [];
  #answerWithinMs: number = LIMITS.silenceMs;
  readonly #pace = new Pace();
  /** When each frame on its way was sent, by its last number. */
  readonly #sentMs = new Map<number, number>();
  #newest: Row | null = null;
  #open = false;
  #cancelHold: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;

  constructor(spec: LaneSpec<Row>, deps: LaneDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#pace.opened(spec.rowsPerFrame({ ...LIMITS }));
    this.#journal = spec.store
      ? new TelemetryJournal({
          store: spec.store,
          clock: deps.clock,
          onDurable: () => this.#pump(),
          onFailed: () =>
            deps.report({ kind: 'store', detail: `the ${spec.lane} store failed; going on from memory` }),
        })
      : undefined;
    this.#outbox = new TelemetryOutbox({
      newEpoch: deps.newId,
      maxRows: spec.maxRows,
      rowsPerFrame: this.#pace.rowsPerFrame,
      journal: this.#journal,
    });
  }

  get unacknowledged(): number {
    return this.#outbox.size;
  }

  get ackedSeq(): number {
    return this.#outbox.ackedSeq;
  }

  get epoch(): string {
    return this.#outbox.epoch;
  }

  /** The newest row while it has to wait: more than a frame goes before it, or the lane is held. Else null. */
  get newestWaiting(): Row | null {
    const { size } = this.#outbox;
    return size > this.#pace.rowsPerFrame || (this.#cancelHold && size > 0) ? this.#newest : null;
  }

  /** Takes up what an earlier run kept. Once, before the first connection. */
  async load(): Promise<void> {
    const kept = (await this.#journal?.load()) ?? null;
    const before = this.#outbox.newestKey;
    const dropped = this.#outbox.restore(kept);
    const shift = this.#outbox.newestKey - before;
    this.#newest ??= kept?.rows.at(-1)?.row ?? null;
    this.#flushes = this.#flushes.map((waiter) => ({ ...waiter, key: waiter.key + shift }));
    this.#countDropped(dropped);
  }

  append(row: Row): void {
    this.#newest = row;
    this.#countDropped(this.#outbox.append(row));
    this.#pump();
  }

  /** `ackedSeq` is what is committed there; null: it can't be told now. */
  opened(ackedSeq: number | null, limits: KnownLimits): void {
    this.#open = true;
    this.#answerWithinMs = limits.silenceMs;
    this.#sentMs.clear();
    this.#pace.opened(this.#spec.rowsPerFrame(limits));
    this.#outbox.rowsPerFrame = this.#pace.rowsPerFrame;
    this.#answered(this.#outbox.welcome(ackedSeq ?? this.#outbox.ackedSeq));
  }

  closed(): void {
    this.#open = false;
    this.#cancelTimers();
  }

  acked(body: DownBody<'ack'>): void {
    if (body.lane !== this.#spec.lane || body.epoch !== this.#outbox.epoch) return;
    const before = this.#outbox.ackedSeq;
    for (const [seq, reason] of body.refused ?? []) if (seq > before) this.refused.add(reason);
    this.#measure(body.seq);
    this.#answered(this.#outbox.ack(body.epoch, body.seq));
    if (this.#outbox.ackedSeq > before) this.#deps.onAck(this.#outbox.ackedSeq, this.#spec.lane);
  }

  nacked(body: DownBody<'nack'>): void {
    if (body.lane !== this.#spec.lane) return;
    this.#sentMs.clear();
    this.#answered(this.#outbox.nack(body.epoch, body.expectedSeq));
  }

  held(body: DownBody<'hold'>): void {
    if (body.lane !== this.#spec.lane) return;
    this.#sentMs.clear();
    this.#outbox.goBack();
    // Up to half as long again, so that those who were held together do not come back together.
    this.#hold(body.retryAfterMs * (1 + this.#deps.random() / 2));
  }

  /** Resolves when everything given so far is acknowledged, refused or dropped. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#flushes.push({ key: this.#outbox.newestKey, resolve, reject });
      this.#settleFlushes();
    });
  }

  /** Nothing more will be sent: ends the waits, and resolves when the store has everything. */
  async stopped(): Promise<void> {
    this.closed();
    for (const waiter of this.#flushes.splice(0)) waiter.reject(localError('closed'));
    await this.#journal?.settled();
  }

  #countDropped(dropped: number): void {
    if (dropped === 0) return;
    this.refused.add('outbox_full', dropped);
    this.#settleFlushes();
  }

  #answered(broken: EpochBreak | null): void {
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    if (broken) {
      const times = this.epochBreaks.get(broken) ?? 0;
      this.epochBreaks.set(broken, times + 1);
      // A server that keeps contradicting itself is not answered in a tight loop.
      this.#hold(fullJitterMs(times, 500, 30_000, this.#deps.random));
    }
    this.#settleFlushes();
    this.#pump();
  }

  #hold(forMs: number): void {
    this.#cancelTimers();
    this.#cancelHold = this.#deps.clock.after(forMs, () => {
      this.#cancelHold = null;
      this.#pump();
    });
  }

  #pump(): void {
    if (!this.#open || this.#cancelHold) return;
    for (let frame = this.#outbox.next(); frame; frame = this.#outbox.next()) {
      const { epoch, seq, rows } = frame;
      this.#sentMs.set(seq + rows.length - 1, this.#deps.clock.monotonicMs());
      this.#deps.send(this.#spec.frame({ epoch, seq, sentAtMs: this.#deps.deviceNowMs() }, [...rows]));
    }
    if (this.#outbox.isAwaiting) this.#cancelWatch ??= this.#watch();
  }

  /** Frames that nobody answers for as long as a silence are sent again: the server drops what it already has. */
  #watch(): () => void {
    return this.#deps.clock.after(this.#answerWithinMs, () => {
      this.#cancelWatch = null;
      this.#sentMs.clear();
      this.#outbox.goBack();
      this.#pump();
    });
  }

  /** How long the last of the frames took that are acknowledged now decides how large the next ones are. */
  #measure(ackedSeq: number): void {
    let sentMs: number | undefined;
    for (const [lastSeq, atMs] of this.#sentMs) {
      if (lastSeq > ackedSeq) break;
      sentMs = atMs;
      this.#sentMs.delete(lastSeq);
    }
    if (sentMs === undefined) return;
    this.#pace.acknowledged(this.#deps.clock.monotonicMs() - sentMs);
    this.#outbox.rowsPerFrame = this.#pace.rowsPerFrame;
  }

  #cancelTimers(): void {
    this.#cancelHold?.();
    this.#cancelHold = null;
    this.#cancelWatch?.();
    this.#cancelWatch = null;
  }

  #settleFlushes(): void {
    const oldestKey = this.#outbox.oldestKey;
    const done = this.#flushes.filter((waiter) => waiter.key < oldestKey);
    if (done.length === 0) return;
    this.#flushes = this.#flushes.filter((waiter) => waiter.key >= oldestKey);
    for (const waiter of done) waiter.resolve();
  }
}
