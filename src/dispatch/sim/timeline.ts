import type { Clock } from '../../lib/clock.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * Simulated time. Whatever falls due runs in the order of time, then of registration, and everything that follows from
 * it by promises alone has ended before the next falls due: so one seed makes one history.
 */
export class Timeline {
  #nowMs: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run, cancelled: false };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Resolves after so long. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Runs everything up to this time. `onStep` is called after each thing that fell due; false ends it early. */
  async runUntil(untilMs: number, onStep: () => boolean): Promise<void> {
    for (let next = this.#heap[0]; next && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      await settled();
      if (!onStep()) return;
    }
    this.#nowMs = untilMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

// The host runs this only once no promise has anything left to do: the one thing that is asked of it.
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The clock of one machine: it may be wrong, and what it was asked to do ends with the machine. */
export class MachineClock implements Clock {
  readonly #timeline: Timeline;
  #skewMs: number;
  #isDead = false;

  constructor(timeline: Timeline, skewMs: number) {
    this.#timeline = timeline;
    this.#skewMs = skewMs;
  }

  nowMs(): number {
    return this.#timeline.nowMs + this.#skewMs;
  }

  monotonicMs(): number {
    return this.#timeline.nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    if (this.#isDead) return () => {};
    return this.#timeline.after(delayMs, () => {
      if (!this.#isDead) fn();
    });
  }

  /** Somebody set it, or it drifted. */
  setBy(ms: number): void {
    this.#skewMs += ms;
  }

  die(): void {
    this.#isDead = true;
  }
}
