import type { Clock } from '../../lib/clock.ts';
import { isAway, StoreAway } from './away.ts';

export interface CallsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Every call of the store has ended by then, one way or another, unless this node stood still. Absent: whenever. */
  readonly callsEndWithinMs?: number;
}

/** Calls of the store under way, which end when it is found away by somebody else. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #onAway: (error: unknown) => void;
  readonly #waiting = new Set<() => void>();

  constructor(options: CallsOptions, onAway: (error: unknown) => void) {
    this.#options = options;
    this.#onAway = onAway;
  }

  /** Nobody waits any longer for those that are under way. */
  giveUp(): void {
    for (const giveUp of this.#waiting) giveUp();
  }

  /**
   * Null: the store is away. What of a call that was given up is carried out after all is found when the rest is written: by its
   * key, or because the number that it was decided on is taken.
   */
  async unlessAway<T>(work: () => Promise<T>): Promise<T | null> {
    let giveUp = () => {};
    const givenUp = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    this.#waiting.add(giveUp);
    const startedMs = this.#options.clock.monotonicMs();
    try {
      const answered = await Promise.race([work(), givenUp]);
      if (answered === null) this.#hasNotStoodStill(startedMs);
      return answered;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#hasNotStoodStill(startedMs);
      this.#onAway(error);
      return null;
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  /** Whoever asked a node that was held has been answered by another one by now, or asks again. */
  #hasNotStoodStill(startedMs: number): void {
    const { clock, callsEndWithinMs = Number.POSITIVE_INFINITY } = this.#options;
    if (clock.monotonicMs() - startedMs > callsEndWithinMs) throw new StoreAway();
  }
}
