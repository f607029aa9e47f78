import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { BroadcastReceipts } from './broadcast.ts';

interface Book {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly write: (broadcastId: string, receipts: BroadcastReceipts) => Promise<unknown>;
}

const GATHER_MS = 250;
/** Receipts that wait to be written; more are dropped and counted. */
const MOST_WAITING = 50_000;
const WRITTEN_AT_ONCE = 1_000;

/**
 * What devices say of broadcasts, gathered: thousands of people receive one in the same second. One that is lost with its
 * node is missing in the figures and nowhere else.
 */
export class BroadcastReceiptBook {
  readonly #book: Book;
  readonly #kept = new Map<string, Map<string, boolean>>();
  #waiting = 0;

  constructor(book: Book) {
    this.#book = book;
  }

  received(broadcastId: string, userId: string, isSeen: boolean): void {
    const { clock, metrics } = this.#book;
    let kept = this.#kept.get(broadcastId);
    if (kept?.has(userId)) {
      if (isSeen) kept.set(userId, true);
      return;
    }
    if (this.#waiting >= MOST_WAITING) {
      metrics.count('broadcast_receipts_dropped_total');
      return;
    }
    if (!kept) {
      kept = new Map();
      this.#kept.set(broadcastId, kept);
      clock.after(GATHER_MS, () => void this.#flush(broadcastId));
    }
    kept.set(userId, isSeen);
    this.#waiting += 1;
  }

  async #flush(broadcastId: string): Promise<void> {
    const kept = [...(this.#kept.get(broadcastId) ?? [])];
    this.#kept.delete(broadcastId);
    for (let from = 0; from < kept.length; from += WRITTEN_AT_ONCE) {
      const page = kept.slice(from, from + WRITTEN_AT_ONCE);
      const of = (wanted: boolean) =>
        page.filter(([, isSeen]) => isSeen === wanted).map(([userId]) => userId);
      await this.#book
        .write(broadcastId, { delivered: of(false), seen: of(true) })
        .catch(() => this.#book.metrics.count('broadcast_receipts_failed_total', {}, page.length));
      this.#waiting -= page.length;
    }
  }
}
