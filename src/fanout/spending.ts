import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Spending, SpentRow } from '../lib/spending.ts';

/** The store, as far as it tells nodes what was spent on others. */
export interface SpentTable {
  write(nodeId: string, rows: readonly SpentRow[]): Promise<void>;
  /** What other nodes wrote since the last call; at the first one nothing. */
  changed(nodeId: string): Promise<readonly SpentRow[]>;
}

export interface SharedSpendingOptions {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether there is another node at all. */
  readonly hasOthers: () => boolean;
  /** Tells the other nodes at once. False: nothing gets through, and the store has to tell. */
  readonly tell: (rows: readonly SpentRow[]) => boolean;
}

const BEAT_MS = 1_000;
/** Of one limit between two beats. Who comes on top is limited by this node alone until the next beat. */
const COUNTED_MAX = 50_000;
/** At one beat of all limits together: those who spent most. */
const TOLD_MAX = 2_000;

/** A node that has just come is known of after a few seconds: what was spent meanwhile is told then. */
const KEPT_BEATS = 5;

interface Limit {
  readonly from: number;
  readonly heard: (key: string, amount: number) => void;
  readonly spent: Map<string, number>;
}

/** {@link Spending} between nodes: once a second, only of who spends much, over Redis or else by the store. */
export class SharedSpending implements Spending {
  readonly #options: SharedSpendingOptions;
  readonly #limits = new Map<string, Limit>();
  #table: SpentTable | null = null;
  /** By beat, what there was nobody to tell. */
  #untold: SpentRow[][] = [];
  #isStopped = false;
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: SharedSpendingOptions) {
    this.#options = options;
  }

  open(kind: string, from: number, heard: Limit['heard']): (key: string) => void {
    const spent = new Map<string, number>();
    this.#limits.set(kind, { from, heard, spent });
    return (key) => {
      const before = spent.get(key);
      if (before === undefined && spent.size >= COUNTED_MAX)
        this.#options.metrics.count('limits_untold_total');
      else spent.set(key, (before ?? 0) + 1);
    };
  }

  start(table: SpentTable): void {
    this.#table = table;
    this.#later();
  }

  /** What another node spent. Of a limit that is not known here nothing is taken. */
  hear(rows: readonly SpentRow[]): void {
    for (const [kind, key, amount] of rows) this.#limits.get(kind)?.heard(key, amount);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#options.clock.after(BEAT_MS, () => {
      this.#running = this.#beat()
        .catch((error: unknown) => {
          // Each node goes on with its own limits.
          this.#options.metrics.count('limits_not_shared_total');
          this.#options.log.debug(errorFields(error), 'what is spent on other nodes is not known for now');
        })
        .finally(() => this.#later());
    });
  }

  async #beat(): Promise<void> {
    const { nodeId, hasOthers, tell } = this.#options;
    this.#untold = [...this.#untold, this.#drain()].slice(-KEPT_BEATS);
    if (!hasOthers()) return;
    const rows = this.#untold.flat();
    this.#untold = [];
    if (rows.length > 0 && !tell(rows)) await this.#table?.write(nodeId, rows);
    // Also while Redis answers here: another node may have lost it.
    this.hear((await this.#table?.changed(nodeId)) ?? []);
  }

  #drain(): SpentRow[] {
    const rows: SpentRow[] = [];
    for (const [kind, { from, spent }] of this.#limits) {
      for (const [key, amount] of spent) if (amount >= from) rows.push([kind, key, amount]);
      spent.clear();
    }
    if (rows.length <= TOLD_MAX) return rows;
    this.#options.metrics.count('limits_untold_total');
    return rows.sort((a, b) => b[2] - a[2]).slice(0, TOLD_MAX);
  }
}
