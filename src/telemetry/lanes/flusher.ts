import { fullJitterMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { RingBuffer } from '../../lib/ring-buffer.ts';
import type { PositionStore } from './position-store.ts';
import { type BatchEnds, storeBatch } from './store-batch.ts';
import type { Entry } from './types.ts';

export interface FlushSettings {
  /** The longest a fix waits for others to be stored with. */
  readonly flushMs: number;
  /** So many fixes are stored at once without waiting. */
  readonly batchFixes: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

export interface FlusherParts {
  readonly store: PositionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: FlushSettings;
  readonly ends: BatchEnds & {
    /** The store can't be reached; the batch is kept and tried again. */
    delayed(entries: readonly Entry[]): void;
    /** The entries have left memory, whatever became of them. */
    released(entries: readonly Entry[]): void;
  };
}

/** What waits to be stored, and the one flush that is under way at any time. */
export class Flusher {
  readonly #parts: FlusherParts;
  readonly #queue = new RingBuffer<Entry>();
  #queuedFixes = 0;
  #failing = false;
  #stopping = false;
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #endPause: (() => void) | undefined;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
  }

  /** The last try did not reach the store. */
  get failing(): boolean {
    return this.#failing;
  }

  push(entry: Entry): void {
    this.#queue.push(entry);
    this.#queuedFixes += entry.fixes.length;
    this.#schedule();
  }

  /** Stores what is there if the store can be reached, else lets it go: it was never acknowledged. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer?.();
    this.#endPause?.();
    await this.#flushing;
    while (this.#queue.size > 0 && !this.#failing) await this.#flush();
  }

  #schedule(): void {
    if (this.#flushing || this.#stopping || this.#queue.size === 0) return;
    const { settings, clock } = this.#parts;
    if (this.#queuedFixes >= settings.batchFixes) this.#start();
    else this.#cancelTimer ??= clock.after(settings.flushMs, () => this.#start());
  }

  #start(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#flushing = this.#flush().then(() => {
      this.#flushing = undefined;
      this.#schedule();
    });
  }

  async #flush(): Promise<void> {
    const { clock, metrics, ends } = this.#parts;
    const batch = this.#takeBatch();
    const startedMs = clock.monotonicMs();
    for (let attempt = 0; ; attempt++) {
      if (await this.#tryStore(batch)) break;
      if (this.#stopping) break;
      if (attempt === 0) ends.delayed(batch);
      await this.#pause(attempt);
    }
    metrics.observeMs('telemetry_flush_ms', clock.monotonicMs() - startedMs);
    ends.released(batch);
  }

  async #tryStore(batch: readonly Entry[]): Promise<boolean> {
    const { store, ends, log, metrics } = this.#parts;
    try {
      await storeBatch(store, batch, ends);
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) log.warn(errorFields(error), 'telemetry waits for the store');
      metrics.count('telemetry_flush_failed');
      this.#failing = true;
      return false;
    }
  }

  #takeBatch(): Entry[] {
    const batch: Entry[] = [];
    let fixes = 0;
    const { batchFixes } = this.#parts.settings;
    while (fixes < batchFixes && batch.length < batchFixes) {
      const entry = this.#queue.shift();
      if (entry === undefined) break;
      batch.push(entry);
      fixes += entry.fixes.length;
    }
    this.#queuedFixes -= fixes;
    return batch;
  }

  #pause(attempt: number): Promise<void> {
    const { clock, random, settings } = this.#parts;
    const waitMs = fullJitterMs(attempt, settings.retryBaseMs, settings.retryCapMs, random);
    return new Promise((resolve) => {
      const cancel = clock.after(waitMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}
