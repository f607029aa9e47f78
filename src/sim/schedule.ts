import type { Clock } from '../lib/clock.ts';

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The civil day (days since 1970) that an instant falls on, `utcOffsetMs` east of UTC. */
export function localDay(atMs: number, utcOffsetMs: number): number {
  return Math.floor((atMs + utcOffsetMs) / DAY_MS);
}

/** The instant at which a civil day begins there. */
export function midnightMs(day: number, utcOffsetMs: number): number {
  return day * DAY_MS - utcOffsetMs;
}

/** Which part of a day is replayed, from its local midnight on. */
export interface DayWindow {
  readonly fromMs: number;
  readonly durationMs: number;
}

/** Collects which civil days a file covers, to choose the first one that it covers from end to end. */
export class DaySpan {
  readonly #days = new Map<number, { first: number; last: number }>();
  readonly #utcOffsetMs: number;

  constructor(utcOffsetMs: number) {
    this.#utcOffsetMs = utcOffsetMs;
  }

  add(atMs: number): void {
    const day = localDay(atMs, this.#utcOffsetMs);
    const seen = this.#days.get(day);
    if (!seen) this.#days.set(day, { first: atMs, last: atMs });
    else {
      seen.first = Math.min(seen.first, atMs);
      seen.last = Math.max(seen.last, atMs);
    }
  }

  /** The first day with something in its first and in its last hour; without one, the first day; null when empty. */
  firstFullDay(): number | null {
    const days = [...this.#days.entries()].sort(([a], [b]) => a - b);
    const full = days.find(([day, { first, last }]) => {
      const startMs = midnightMs(day, this.#utcOffsetMs);
      return first < startMs + HOUR_MS && last >= startMs + DAY_MS - HOUR_MS;
    });
    return full?.[0] ?? days[0]?.[0] ?? null;
  }
}

/**
 * The replayed clock. Everything replayed is an offset in milliseconds from the start of the replayed window; the
 * window starts at the real now of `start()` and runs `speed` times as fast. Device clocks show
 * {@link atMs} of the offset, so the spacing of re-dated fixes is the original one.
 */
export class ReplayClock {
  readonly speed: number;
  readonly #clock: Clock;
  #startMs: number;
  #startMonotonicMs: number;
  #isRunning = false;

  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.speed = speed;
    this.#startMs = Math.floor(clock.nowMs());
    this.#startMonotonicMs = clock.monotonicMs();
  }

  /** Offset 0 is now. Until then the replayed clock stands still. */
  start(): void {
    this.#startMs = Math.floor(this.#clock.nowMs());
    this.#startMonotonicMs = this.#clock.monotonicMs();
    this.#isRunning = true;
  }

  /** How far the replay is, in replayed milliseconds. */
  offsetMs(): number {
    return this.#isRunning ? (this.#clock.monotonicMs() - this.#startMonotonicMs) * this.speed : 0;
  }

  /** What a re-dated device shows at an offset, milliseconds since 1970. */
  atMs(offsetMs: number): number {
    return Math.floor(this.#startMs + offsetMs);
  }

  /** What every re-dated device shows now. */
  deviceNowMs(): number {
    return this.atMs(this.offsetMs());
  }

  /** Calls `fn` after a replayed delay. The answer cancels it. */
  after(replayedMs: number, fn: () => void): () => void {
    return this.#clock.after(replayedMs / this.speed, fn);
  }

  /** A real duration in replayed milliseconds. */
  replayedMs(realMs: number): number {
    return realMs * this.speed;
  }
}
