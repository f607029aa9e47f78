import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';
import { failureCode } from './failures.ts';

/** Of one turn of the event loop so much goes to samples. An SOS takes about ten turns, one for each answer of the store. */
const SLICE_MS = 5;
/** Frames that wait, of all sockets together; beyond it senders are told to hold. */
const BYTES_MAX = 16 * 1024 * 1024;

type Work = (message: ArrayBuffer) => void;

export interface LaneQueueParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Calls once, after everything else of this turn had its turn. */
  readonly nextTurn?: (fn: () => void) => void;
}

/**
 * Frames of samples, a slice of each turn of the event loop: a flood of them fills whole turns otherwise, and everything
 * that takes several turns waits as many times as long. As long as there is time they are worked on as they come.
 */
export class LaneQueue {
  readonly #parts: LaneQueueParts;
  readonly #nextTurn: (fn: () => void) => void;
  readonly #waiting = new RingBuffer<{ readonly message: ArrayBuffer; readonly work: Work }>();
  #waitingBytes = 0;
  #spentMs = 0;
  #isTurnAwaited = false;

  constructor(parts: LaneQueueParts) {
    this.#parts = parts;
    this.#nextTurn = parts.nextTurn ?? ((fn) => void setImmediate(fn));
  }

  /** Works on it now, or later on a copy. False: there is no room, and nothing was done. */
  take(message: ArrayBuffer, work: Work): boolean {
    this.#awaitTurn();
    if (this.#waiting.size === 0 && this.#spentMs < SLICE_MS) {
      this.#spend(() => work(message));
      return true;
    }
    if (this.#waitingBytes + message.byteLength > BYTES_MAX) {
      this.#parts.metrics.count('gateway_lane_queue_full_total');
      return false;
    }
    this.#waiting.push({ message: message.slice(0), work });
    this.#countWaiting(message.byteLength);
    return true;
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#nextTurn(() => {
      this.#isTurnAwaited = false;
      this.#spentMs = 0;
      this.#workOff();
    });
  }

  #workOff(): void {
    while (this.#spentMs < SLICE_MS) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#countWaiting(-next.message.byteLength);
      this.#spend(() => {
        try {
          next.work(next.message);
        } catch (error) {
          failureCode(error, this.#parts.log, 'a session failed');
        }
      });
    }
    this.#awaitTurn();
  }

  #spend(work: () => void): void {
    const startedMs = this.#parts.clock.monotonicMs();
    try {
      work();
    } finally {
      this.#spentMs += this.#parts.clock.monotonicMs() - startedMs;
    }
  }

  #countWaiting(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#parts.metrics.gauge('gateway_lane_queue_bytes', this.#waitingBytes);
  }
}
