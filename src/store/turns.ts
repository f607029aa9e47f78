import type { Clock } from '../lib/clock.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import { StoreUnavailable } from './db.ts';

/** Who goes first where all share one connection: SOS, then alerts, then the rest. */
export type Priority = 0 | 1 | 2;

interface Waiting {
  isOver: boolean;
  readonly go: () => void;
}

/**
 * Turns at the one connection of an embedded database. What matters more goes next, however many wait, so that at most
 * what runs already stands before it. Whoever waits too long is told that the store does not answer.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #lines = [0, 1, 2].map(() => new RingBuffer<Waiting>());
  #isTaken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is one's turn; the answer, called once, gives it on. Rejects with {@link StoreUnavailable}. */
  take(priority: Priority, withinMs: number): Promise<() => void> {
    const leave = () => this.#next();
    if (!this.#isTaken) {
      this.#isTaken = true;
      return Promise.resolve(leave);
    }
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(withinMs, () => {
        waiting.isOver = true;
        reject(new StoreUnavailable('no answer (others were first for too long)'));
      });
      const waiting: Waiting = {
        isOver: false,
        go: () => {
          cancel();
          resolve(leave);
        },
      };
      this.#lines[priority]?.push(waiting);
    });
  }

  #next(): void {
    for (const line of this.#lines) {
      for (let waiting = line.shift(); waiting; waiting = line.shift()) {
        if (waiting.isOver) continue;
        waiting.go();
        return;
      }
    }
    this.#isTaken = false;
  }
}
