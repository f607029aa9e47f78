import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { DownBody } from '../protocol/down.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Encoding } from '../protocol/version.ts';
import { localError } from './errors.ts';
import { type Fix, fixToRow } from './fix.ts';
import { fixesPerFrame, type KnownLimits } from './limits.ts';
import { ReasonCounts } from './reason-counts.ts';
import { TelemetryJournal } from './telemetry-journal.ts';
import { type EpochBreak, TelemetryOutbox } from './telemetry-outbox.ts';
import type { DeviceOptions, Report, Send, Welcome } from './types.ts';

const DEFAULT_MAX_FIXES = 100_000;

export interface TelemetryDeps {
  readonly device: DeviceOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly encoding: Encoding;
  readonly send: Send;
  readonly report: Report;
  readonly onAck: (seq: number) => void;
}

interface FlushWaiter {
  readonly key: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Keeps the outbox moving: sends while there is room, waits when told to, goes back when nothing is answered. */
export class Telemetry {
  /** Fixes that were taken and will never be used, by reason: the server's, or `outbox_full`. */
  readonly refused = new ReasonCounts();
  /** How often a numbering was begun anew, by reason. */
  readonly epochBreaks = new Map<EpochBreak, number>();
  readonly #deps: TelemetryDeps;
  readonly #deviceNowMs: () => number;
  readonly #outbox: TelemetryOutbox;
  readonly #journal: TelemetryJournal | undefined;
  #flushes: FlushWaiter[] = [];
  #answerWithinMs: number = LIMITS.silenceMs;
  #open = false;
  #cancelHold: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;

  constructor(deps: TelemetryDeps) {
    const { device, clock, newId, encoding } = deps;
    this.#deps = deps;
    this.#deviceNowMs = device.deviceNowMs ?? (() => clock.nowMs());
    this.#journal = device.store
      ? new TelemetryJournal({
          store: device.store,
          clock,
          onDurable: () => this.#pump(),
          onFailed: () =>
            deps.report({ kind: 'store', detail: 'the telemetry store failed; going on from memory' }),
        })
      : undefined;
    this.#outbox = new TelemetryOutbox({
      newEpoch: newId,
      maxFixes: device.maxFixes ?? DEFAULT_MAX_FIXES,
      fixesPerFrame: fixesPerFrame({ ...LIMITS }, encoding),
      journal: this.#journal,
    });
  }

  get unacknowledged(): number {
    return this.#outbox.size;
  }

  get ackedSeq(): number {
    return this.#outbox.ackedSeq;
  }

  /** What `hello` says of this device. Only after `load`. */
  get identity(): { id: string; epoch: string } {
    return { id: this.#deps.device.id, epoch: this.#outbox.epoch };
  }

  /** Takes up what an earlier run kept. Once, before the first connection. */
  async load(): Promise<void> {
    const kept = (await this.#journal?.load()) ?? null;
    const before = this.#outbox.newestKey;
    const dropped = this.#outbox.restore(kept);
    const shift = this.#outbox.newestKey - before;
    this.#flushes = this.#flushes.map((waiter) => ({ ...waiter, key: waiter.key + shift }));
    this.#countDropped(dropped);
  }

  append(fix: Fix): void {
    this.#countDropped(this.#outbox.append(fixToRow(fix)));
    this.#pump();
  }

  opened(welcome: Welcome, limits: KnownLimits): void {
    this.#open = true;
    this.#answerWithinMs = limits.silenceMs;
    const broken = this.#outbox.welcome(
      welcome.telemetryAckedSeq ?? this.#outbox.ackedSeq,
      fixesPerFrame(limits, this.#deps.encoding),
    );
    this.#answered(broken);
  }

  closed(): void {
    this.#open = false;
    this.#cancelTimers();
  }

  acked(body: DownBody<'ack'>): void {
    if (body.lane !== 'telemetry' || body.epoch !== this.#outbox.epoch) return;
    const before = this.#outbox.ackedSeq;
    for (const [seq, reason] of body.refused ?? []) if (seq > before) this.refused.add(reason);
    this.#answered(this.#outbox.ack(body.epoch, body.seq));
    if (this.#outbox.ackedSeq > before) this.#deps.onAck(this.#outbox.ackedSeq);
  }

  nacked(body: DownBody<'nack'>): void {
    if (body.lane === 'telemetry') this.#answered(this.#outbox.nack(body.epoch, body.expectedSeq));
  }

  held(body: DownBody<'hold'>): void {
    if (body.lane !== 'telemetry') return;
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
      const sentAtMs = Math.max(0, Math.floor(this.#deviceNowMs()));
      this.#deps.send(['pos', { ...frame, sentAtMs, fixes: frame.fixes.map((row) => [...row]) }]);
    }
    if (this.#outbox.isAwaiting) this.#cancelWatch ??= this.#watch();
  }

  /** Frames that nobody answers for as long as a silence are sent again: the server drops what it already has. */
  #watch(): () => void {
    return this.#deps.clock.after(this.#answerWithinMs, () => {
      this.#cancelWatch = null;
      this.#outbox.goBack();
      this.#pump();
    });
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
