import type { Clock } from './clock.ts';

export interface AttemptLimits {
  readonly max: number;
  readonly windowMs: number;
  /** The oldest key is forgotten beyond it. */
  readonly keysMax: number;
}

/** Counts failures per key within a window that begins with the first. */
export class Attempts {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(clock: Clock, limits: AttemptLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** 0: go on. Otherwise the time until this key may try again. */
  waitMs(key: string): number {
    const failed = this.#failures.get(key);
    if (!failed || failed.count < this.#limits.max) return 0;
    return Math.max(0, failed.untilMs - this.#clock.monotonicMs());
  }

  /** So many failed on another node. */
  heard(key: string, count: number): void {
    for (let i = 0; i < Math.min(count, this.#limits.max); i++) this.failed(key);
  }

  failed(key: string): void {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#failures.get(key);
    if (before && before.untilMs > nowMs) {
      before.count += 1;
      return;
    }
    this.#failures.delete(key);
    this.#failures.set(key, { count: 1, untilMs: nowMs + this.#limits.windowMs });
    if (this.#failures.size <= this.#limits.keysMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}
