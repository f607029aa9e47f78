import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';

/** So long of one turn of the event loop, whatever one costs on this machine: 0.1 to 0.4 ms. */
const TURN_MS = 2;
/** Those who call for help are first, and have as long again. */
const URGENT_TURN_MS = 2 * TURN_MS;
/** As many as may come back at once to a node that is full; beyond it they are refused. */
const WAITING_MAX = 32_768;

/** A connection that asks to become a WebSocket, or says who it is. */
export interface Knock {
  readonly isUrgent: boolean;
  /** Whoever asked has gone meanwhile. */
  isGone(): boolean;
  answer(): void;
}

export interface DoorLineParts {
  /** What is answered here, for the metrics. */
  readonly step: 'handshake' | 'hello';
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Calls once, after everything else of this turn had its turn. */
  readonly nextTurn?: (fn: () => void) => void;
}

/**
 * Answers for so long per turn of the event loop. The loop takes up thousands of connections in one turn, and their first frames
 * in another: an SOS, which takes about ten turns, would wait for all of them each time.
 */
export class DoorLine {
  readonly #step: DoorLineParts['step'];
  readonly #metrics: Metrics;
  readonly #clock: DoorLineParts['clock'];
  readonly #nextTurn: (fn: () => void) => void;
  readonly #waiting = new RingBuffer<Knock>();
  readonly #urgent = new RingBuffer<Knock>();
  /** Of this turn. */
  #spentMs = 0;
  #isTurnAwaited = false;

  constructor({ step, metrics, clock, nextTurn }: DoorLineParts) {
    this.#step = step;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#nextTurn = nextTurn ?? ((fn) => void setImmediate(fn));
  }

  get waiting(): number {
    return this.#waiting.size + this.#urgent.size;
  }

  /** Answers it now or in a later turn. False: too many wait, and nothing was done. */
  take(knock: Knock): boolean {
    this.#awaitTurn();
    const line = knock.isUrgent ? this.#urgent : this.#waiting;
    if (line.size === 0 && this.#spentMs < (knock.isUrgent ? URGENT_TURN_MS : TURN_MS)) {
      this.#answer(knock);
      return true;
    }
    if (this.waiting >= WAITING_MAX) {
      this.#metrics.count('gateway_door_full_total', { step: this.#step });
      return false;
    }
    line.push(knock);
    return true;
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#nextTurn(() => {
      this.#isTurnAwaited = false;
      this.#spentMs = 0;
      this.#metrics.gauge('gateway_door_waiting', this.waiting, { step: this.#step });
      this.#workOff(this.#urgent, URGENT_TURN_MS);
      this.#workOff(this.#waiting, TURN_MS);
      this.#metrics.gauge('gateway_door_waiting', this.waiting, { step: this.#step });
      if (this.waiting > 0) this.#awaitTurn();
    });
  }

  #workOff(line: RingBuffer<Knock>, mostMs: number): void {
    while (this.#spentMs < mostMs) {
      const next = line.shift();
      if (!next) return;
      if (!next.isGone()) this.#answer(next);
    }
  }

  #answer(knock: Knock): void {
    const beganAtMs = this.#clock.monotonicMs();
    knock.answer();
    this.#spentMs += this.#clock.monotonicMs() - beganAtMs;
  }
}
