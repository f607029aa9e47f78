import { totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

const RESOLUTION_MS = 10;

/** How this process is doing, as it and its system know. */
export class ProcessPressure {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  /** What the process may take up: what its container allows, else what the machine has. */
  readonly limitBytes = limitBytes();

  constructor() {
    this.#delay.enable();
  }

  /** How late the event loop was since the last call, p99. */
  takeLoopDelayMs(): number {
    const { count } = this.#delay;
    // What is measured is the time between two calls of a timer.
    const delayMs = count === 0 ? 0 : this.#delay.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#delay.reset();
    return Math.max(0, delayMs);
  }

  /** How much of what there is for it is taken, 0 to 1: of the heap, or of the machine. */
  memoryShare(): number {
    const heap = getHeapStatistics();
    return Math.max(heap.used_heap_size / heap.heap_size_limit, process.memoryUsage.rss() / this.limitBytes);
  }

  stop(): void {
    this.#delay.disable();
  }
}

function limitBytes(): number {
  const allowed = process.constrainedMemory();
  const all = totalmem();
  return allowed > 0 && allowed < all ? allowed : all;
}
