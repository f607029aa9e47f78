import type { Clock } from '../lib/clock.ts';
import type { KeptRow, KeptTelemetry, Numbering, TelemetryStore } from './telemetry-store.ts';

/** What the outbox tells about its changes, and asks before it lets a number out of the house. */
export interface OutboxJournal<Row> {
  put(row: KeptRow<Row>): void;
  remove(key: number): void;
  moved(numbering: Numbering): void;
  /** The highest number of this epoch that would be the same after a restart. */
  durableSeq(epoch: string): number;
}

/** For an outbox that lives in memory only: after a restart there is a new epoch, so every number is safe. */
export const memoryJournal: OutboxJournal<unknown> = {
  put: () => {},
  remove: () => {},
  moved: () => {},
  durableSeq: () => Number.POSITIVE_INFINITY,
};

export interface JournalDeps<Row> {
  readonly store: TelemetryStore<Row>;
  readonly clock: Clock;
  /** More numbers are safe to send. */
  readonly onDurable: () => void;
  /** The store failed or hung, once; it is not used any more. */
  readonly onFailed: () => void;
}

const STORE_WITHIN_MS = 10_000;

/**
 * Writes the outbox's changes to a store, gathering while a write is under way, so there is never more than one.
 * What is gathered is bounded by what the outbox holds, plus one key for each stored row that went.
 */
export class TelemetryJournal<Row> implements OutboxJournal<Row> {
  readonly #deps: JournalDeps<Row>;
  readonly #put = new Map<number, KeptRow<Row>>();
  #remove: number[] = [];
  #numbering: Numbering | null = null;
  #durable: Numbering | null = null;
  #writing: Promise<void> | null = null;
  #failed = false;

  constructor(deps: JournalDeps<Row>) {
    this.#deps = deps;
  }

  /** What was kept before, or null: nothing, or a store that can't be read. */
  async load(): Promise<KeptTelemetry<Row> | null> {
    try {
      const kept = await this.#inTime(this.#deps.store.load());
      this.#durable = kept?.numbering ?? null;
      return kept;
    } catch {
      this.#fail();
      return null;
    }
  }

  put(row: KeptRow<Row>): void {
    this.#put.set(row.key, row);
    this.#write();
  }

  remove(key: number): void {
    if (!this.#put.delete(key)) this.#remove.push(key);
    this.#write();
  }

  moved(numbering: Numbering): void {
    this.#numbering = numbering;
    this.#write();
  }

  durableSeq(epoch: string): number {
    if (this.#failed) return Number.POSITIVE_INFINITY;
    const durable = this.#durable;
    return durable?.epoch === epoch ? durable.ackedSeq + durable.numbered : 0;
  }

  /** Resolves when everything told so far is written, or the store has failed. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  #write(): void {
    if (this.#failed) this.#forget();
    else this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // Begins in a microtask of its own, so that everything told in one go is one write.
    await Promise.resolve();
    try {
      while (this.#numbering && (this.#put.size > 0 || this.#remove.length > 0 || this.#isMoved())) {
        const change = { put: [...this.#put.values()], remove: this.#remove, numbering: this.#numbering };
        this.#forget();
        await this.#inTime(this.#deps.store.write(change));
        this.#durable = change.numbering;
        this.#deps.onDurable();
      }
    } catch {
      this.#fail();
      this.#deps.onDurable();
    } finally {
      this.#writing = null;
    }
  }

  #isMoved(): boolean {
    return this.#numbering !== this.#durable;
  }

  #forget(): void {
    this.#put.clear();
    this.#remove = [];
  }

  #fail(): void {
    this.#failed = true;
    this.#forget();
    this.#deps.onFailed();
  }

  /** A store that hangs must hold up neither a connection nor the rows. */
  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(STORE_WITHIN_MS, () =>
        reject(new Error('the store does not answer')),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }
}
