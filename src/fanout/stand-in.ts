import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Ages, Leases } from './nodes/leases.ts';
import type { PersonRow } from './packed-people.ts';

/** The store, as far as it stands in for Redis between nodes. */
export interface NodesTable {
  /** Renews this node's lease, and answers how long ago each node has beaten, and whether this one was not known (any more). */
  beat(nodeId: string): Promise<{ readonly ages: Ages; readonly isNew: boolean }>;
  leave(nodeId: string): Promise<void>;
  write(nodeId: string, rows: readonly PersonRow[]): Promise<void>;
  /** Nothing that this node wrote counts any more. */
  clear(nodeId: string): Promise<void>;
  /** What was written since the last call; at the first one everything. */
  changed(): Promise<readonly (readonly [nodeId: string, row: PersonRow])[]>;
  /** The next call of {@link changed} answers everything. */
  startOver(): void;
}

export interface StandInOptions {
  readonly table: NodesTable;
  readonly leases: Leases;
  readonly nodeId: string;
  readonly placeElsewhere: (nodeId: string, row: PersonRow) => void;
  /** What this node had written was swept away, because it could not renew its lease: everything is to be written again. */
  readonly onSwept: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const EVERY_MS = 1_000;
const BEAT_EVERY_TURNS = 3;
const ROWS_AT_ONCE = 2_000;

/**
 * Tells the other nodes by the store, once a second, what Redis would have told them at once; and looks there, also while
 * Redis answers, because another node may have lost it. Rows wait by person, so that what waits is bounded by who there is.
 */
export class StandIn {
  readonly #options: StandInOptions;
  readonly #waiting = new Map<string, PersonRow>();
  #hasWritten = false;
  #isStopped = false;
  #turns = 0;
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: StandInOptions) {
    this.#options = options;
    // What was heard of a node ended with its lease; its rows are still there, and were read already.
    options.leases.onCame(() => options.table.startOver());
  }

  /** Reads what others have written. Resolves when it is in memory; rejects when the store does not answer. */
  async start(): Promise<void> {
    await this.#turn();
    this.#later();
  }

  /** What Redis did not take. */
  write(rows: readonly PersonRow[]): void {
    for (const row of rows) this.#waiting.set(row.userId, row);
  }

  /** Redis has everything of this node: what was written here meanwhile is taken back. */
  async takeBack(): Promise<void> {
    this.#waiting.clear();
    if (!this.#hasWritten) return;
    await this.#options.table.clear(this.#options.nodeId);
    this.#hasWritten = false;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
    const { table, nodeId, log } = this.#options;
    await Promise.all([table.clear(nodeId), table.leave(nodeId)]).catch((error: unknown) => {
      log.warn(errorFields(error), 'the lease of this node runs out by itself');
    });
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#options.clock.after(EVERY_MS, () => {
      this.#running = this.#turn()
        .catch((error: unknown) => {
          this.#options.metrics.count('stand_in_failed_total');
          this.#options.log.debug(errorFields(error), 'other nodes could not be heard of by the store');
        })
        .finally(() => this.#later());
    });
  }

  async #turn(): Promise<void> {
    const { table, leases, nodeId, placeElsewhere } = this.#options;
    if (this.#turns % BEAT_EVERY_TURNS === 0) {
      const { ages, isNew } = await table.beat(nodeId);
      leases.heard(ages);
      if (isNew && this.#hasWritten) this.#options.onSwept();
    }
    this.#turns += 1;
    const rows = [...this.#waiting.values()].slice(0, ROWS_AT_ONCE);
    if (rows.length > 0) {
      this.#hasWritten = true;
      await table.write(nodeId, rows);
      for (const row of rows) {
        if (this.#waiting.get(row.userId) === row) this.#waiting.delete(row.userId);
      }
    }
    for (const [from, row] of await table.changed()) {
      if (from !== nodeId && leases.isAlive(from)) placeElsewhere(from, row);
    }
  }
}
