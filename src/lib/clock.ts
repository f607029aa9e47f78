/** Time as a value that is passed in, so that the same code runs on simulated time. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start that never go backwards. For durations. */
  monotonicMs(): number;
  /** Calls `fn` once after `delayMs`. The answer cancels it. A pending call does not keep the process alive. */
  after(delayMs: number, fn: () => void): () => void;
}

// setTimeout fires at once for anything above a signed 32-bit number of milliseconds.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, fn) => {
    const timer = setTimeout(fn, Math.min(Math.max(0, delayMs), LONGEST_TIMEOUT_MS));
    (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};

interface Pending {
  atMs: number;
  order: number;
  fn: () => void;
}

/** A clock that stands still until it is told to advance. Due calls run in order of time, then of registration. */
export class ManualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(startMs = 1_750_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    const pending = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fn };
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  /** Moves time forward and runs everything that falls due on the way. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#nextDue(untilMs); next; next = this.#nextDue(untilMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
    }
    this.#nowMs = untilMs;
  }

  #nextDue(untilMs: number): Pending | undefined {
    let best: Pending | undefined;
    for (const p of this.#pending) {
      if (p.atMs > untilMs) continue;
      if (!best || p.atMs < best.atMs || (p.atMs === best.atMs && p.order < best.order)) best = p;
    }
    return best;
  }
}
