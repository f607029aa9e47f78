import type { Clock } from '../lib/clock.ts';

/** How long callers wait for a connection, those who still wait among them. */
export class WaitWatch {
  readonly #clock: Clock;
  /** Monotonic, oldest first: a set keeps the order of its entries. */
  readonly #waiting = new Set<{ readonly sinceMs: number }>();
  #longestMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody begins to wait. The answer, called once, ends it. */
  begin(): () => void {
    const entry = { sinceMs: this.#clock.monotonicMs() };
    this.#waiting.add(entry);
    return () => {
      this.#waiting.delete(entry);
      this.#longestMs = Math.max(this.#longestMs, this.#clock.monotonicMs() - entry.sinceMs);
    };
  }

  /** The longest wait since the last call. */
  takeLongestMs(): number {
    const [oldest] = this.#waiting;
    const stillMs = oldest ? this.#clock.monotonicMs() - oldest.sinceMs : 0;
    const longestMs = Math.max(this.#longestMs, stillMs);
    this.#longestMs = 0;
    return longestMs;
  }
}
