import type { Metrics } from '../lib/metric.ts';
import { RingBuffer } from '../lib/ring-buffer.ts';

/** Of one turn of the event loop. Each costs about 0.2 ms. */
const PER_TURN = 32;
/** Those who call for help have as many again for themselves. */
const URGENT_PER_TURN = 2 * PER_TURN;
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
  /** Calls once, after everything else of this turn had its turn. */
  readonly nextTurn?: (fn: () => void) => void;
}

/**
 * Answers so many per turn of the event loop. The loop takes up thousands of connections in one turn, and their first frames
 * in another: an SOS, which takes about ten turns, would wait for all of them each time.
 */
export class DoorLine {
  readonly #step: DoorLineParts['step'];
  readonly #metrics: Metrics;
  readonly #nextTurn: (fn: () => void) => void;
  readonly #waiting = new RingBuffer<Knock>();
  readonly #urgent = new RingBuffer<Knock>();
  #answered = 0;
  #isTurnAwaited = false;

  constructor({ step, metrics, nextTurn }: DoorLineParts) {
    this.#step = step;
    this.#metrics = metrics;
    this.#nextTurn = nextTurn ?? ((fn) => void setImmediate(fn));
  }

  get waiting(): number {
    return this.#waiting.size + this.#urgent.size;
  }

  /** Answers it now or in a later turn. False: too many wait, and nothing was done. */
  take(knock: Knock): boolean {
    this.#awaitTurn();
    const line = knock.isUrgent ? this.#urgent : this.#waiting;
    if (line.size === 0 && this.#answered < (knock.isUrgent ? URGENT_PER_TURN : PER_TURN)) {
      this.#answered += 1;
      knock.answer();
      return true;
    }
    if (this.waiting >= WAITING_MAX) {
      this.#metrics.count('gateway_door_full_total', { step: this.#step });
      return false;
    }
    line.push(knock);
    this.#metrics.gauge('gateway_door_waiting', this.waiting, { step: this.#step });
    return true;
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#nextTurn(() => {
      this.#isTurnAwaited = false;
      this.#answered = 0;
      this.#workOff(this.#urgent, URGENT_PER_TURN);
      this.#workOff(this.#waiting, PER_TURN);
      this.#metrics.gauge('gateway_door_waiting', this.waiting, { step: this.#step });
      if (this.waiting > 0) this.#awaitTurn();
    });
  }

  #workOff(line: RingBuffer<Knock>, most: number): void {
    while (this.#answered < most) {
      const next = line.shift();
      if (!next) return;
      if (next.isGone()) continue;
      this.#answered += 1;
      next.answer();
    }
  }
}
