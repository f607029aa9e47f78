import { fullJitterMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { RingBuffer } from '../../lib/ring-buffer.ts';
import type { LaneStore } from './lane-store.ts';
import { type BatchEnds, storeBatch } from './store-batch.ts';
import type { Entry, LaneName } from './types.ts';

export interface FlushSettings {
  /** The longest a row waits for others to be stored with. */
  readonly flushMs: number;
  /** So many rows are stored at once without waiting. */
  readonly batchRows: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

export interface FlusherParts<Value> {
  readonly lane: LaneName;
  readonly store: LaneStore<Value>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: FlushSettings;
  readonly ends: BatchEnds<Value> & {
    /** Who has to know first does not know it: it is not stored, and must be sent again. */
    unheeded(entry: Entry<Value>): void;
    /** The store can't be reached; the batch is kept and tried again. */
    delayed(entries: readonly Entry<Value>[]): void;
    /** The entries have left memory, whatever became of them. */
    released(entries: readonly Entry<Value>[]): void;
  };
}

/** What waits to be stored, and the one flush that is under way at any time. */
export class Flusher<Value> {
  readonly #parts: FlusherParts<Value>;
  readonly #queue = new RingBuffer<Entry<Value>>();
  #queuedRows = 0;
  #failing = false;
  #stopping = false;
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #endPause: (() => void) | undefined;

  constructor(parts: FlusherParts<Value>) {
    this.#parts = parts;
  }

  /** The last try did not reach the store. */
  get failing(): boolean {
    return this.#failing;
  }

  push(entry: Entry<Value>): void {
    this.#queue.push(entry);
    this.#queuedRows += entry.rows.length;
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
    if (this.#queuedRows >= settings.batchRows) this.#start();
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
    const { lane, clock, metrics, ends } = this.#parts;
    const batch = this.#takeBatch();
    const startedMs = clock.monotonicMs();
    const heeded = await this.#heeded(batch);
    for (let attempt = 0; ; attempt++) {
      if (await this.#tryStore(heeded)) break;
      if (this.#stopping) break;
      if (attempt === 0) ends.delayed(heeded);
      await this.#pause(attempt);
    }
    metrics.observeMs('telemetry_flush_ms', clock.monotonicMs() - startedMs, { lane });
    ends.released(batch);
  }

  /** What may be stored: everything, but for what somebody has to know first and does not. */
  async #heeded(batch: readonly Entry<Value>[]): Promise<readonly Entry<Value>[]> {
    if (batch.every(({ heeded }) => heeded === undefined)) return batch;
    const known = await Promise.all(batch.map(({ heeded }) => heeded ?? true));
    for (const [i, entry] of batch.entries()) if (!known[i]) this.#parts.ends.unheeded(entry);
    return batch.filter((_, i) => known[i]);
  }

  async #tryStore(batch: readonly Entry<Value>[]): Promise<boolean> {
    const { lane, store, ends, log, metrics } = this.#parts;
    if (batch.length === 0) return true;
    try {
      await storeBatch(store, batch, ends);
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) log.warn({ lane, ...errorFields(error) }, 'telemetry waits for the store');
      metrics.count('telemetry_flush_failed', { lane });
      this.#failing = true;
      return false;
    }
  }

  #takeBatch(): Entry<Value>[] {
    const batch: Entry<Value>[] = [];
    let rows = 0;
    const { batchRows } = this.#parts.settings;
    while (rows < batchRows && batch.length < batchRows) {
      const entry = this.#queue.shift();
      if (entry === undefined) break;
      batch.push(entry);
      rows += entry.rows.length;
    }
    this.#queuedRows -= rows;
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
