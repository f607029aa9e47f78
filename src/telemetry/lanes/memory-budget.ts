import type { Metrics } from '../../lib/metric.ts';

/** The room telemetry may take up while it waits. Estimated from counts, so that asking costs nothing. */
export class MemoryBudget {
  readonly #maxBytes: number;
  readonly #metrics: Metrics;
  #usedBytes = 0;

  constructor(maxBytes: number, metrics: Metrics) {
    this.#maxBytes = maxBytes;
    this.#metrics = metrics;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes the room if there is enough of it. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes) return false;
    this.#set(this.#usedBytes + bytes);
    return true;
  }

  give(bytes: number): void {
    this.#set(this.#usedBytes - bytes);
  }

  #set(bytes: number): void {
    this.#usedBytes = bytes;
    this.#metrics.gauge('telemetry_queue_bytes', bytes);
  }
}

/** A judged fix as an object with its numbers, generously; and a frame around them. */
const FIX_BYTES = 400;
const FRAME_BYTES = 500;

export const frameBytes = (fixes: number): number => FRAME_BYTES + fixes * FIX_BYTES;
