import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';

export interface ReceiptsOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Writes what was received of one SOS. */
  readonly write: (sosId: string, receipts: { delivered: string[]; seen: string[] }) => Promise<unknown>;
}

interface Kept {
  readonly delivered: Set<string>;
  readonly seen: Set<string>;
}

const GATHER_MS = 200;
/** SOS with receipts that wait to be written; more are dropped and counted. */
const MOST_WAITING = 10_000;

/**
 * What devices say of the offers they were sent. A wave's receipts come at almost the same moment, so they are gathered
 * and become one event: an accept must not queue behind twenty of them. One that is lost with its node is missing in a
 * report and nowhere else.
 */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  received(sosId: string, offerId: string, isSeen: boolean): void {
    const kept = this.#keptOf(sosId);
    if (!kept) this.#options.metrics.count('dispatch_receipts_dropped');
    else (isSeen ? kept.seen : kept.delivered).add(offerId);
  }

  #keptOf(sosId: string): Kept | null {
    const known = this.#kept.get(sosId);
    if (known) return known;
    if (this.#kept.size >= MOST_WAITING) return null;
    const kept = { delivered: new Set<string>(), seen: new Set<string>() };
    this.#kept.set(sosId, kept);
    this.#options.clock.after(GATHER_MS, () => this.#flush(sosId));
    return kept;
  }

  #flush(sosId: string): void {
    const kept = this.#kept.get(sosId);
    this.#kept.delete(sosId);
    if (!kept) return;
    this.#options
      .write(sosId, { delivered: [...kept.delivered], seen: [...kept.seen] })
      .catch(() => this.#options.metrics.count('dispatch_receipts_failed'));
  }
}
