import type { Metrics } from '../../lib/metric.ts';
import type { LaneName } from './types.ts';

/**
 * How much of the room a lane may fill: the last of it is kept for lanes that matter more, so that no flood of positions
 * turns a vital sign or an alarm away.
 */
const SHARE: Readonly<Record<LaneName, number>> = { telemetry: 0.8, vitals: 0.95, alarm: 1 };

/** The room that all lanes together may take up while they wait. Estimated from counts, so that asking costs nothing. */
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

  /** How full the room of a lane is: 0 empty, 1 full. */
  fill(lane: LaneName): number {
    return this.#usedBytes / (this.#maxBytes * SHARE[lane]);
  }

  /** Takes the room if there is enough of it. */
  take(bytes: number, lane: LaneName): boolean {
    if (this.#usedBytes + bytes > this.#maxBytes * SHARE[lane]) return false;
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

const FRAME_BYTES = 500;

/** A frame of so many judged rows in memory. */
export const frameBytes = (rows: number, rowBytes: number): number => FRAME_BYTES + rows * rowBytes;
