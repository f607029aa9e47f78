import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { OverloadLevel } from '../lib/overload.ts';
import type { Random } from '../lib/random.ts';
import type { Rate } from './limits.ts';

/**
 * How tight the door is at this moment; asked at every handshake. From 2 on only those who come back are let in, at 3 only
 * who is in an open SOS or is about to call for help.
 */
export interface AdmissionGate {
  level(): OverloadLevel;
}

/** Who asks to be let in: somebody in an SOS, somebody who comes back and costs little, anybody else. */
export type Asking = 'sos' | 'resume' | 'new';

/** Kept for those in an SOS; the others are let in while more than this is left. */
const RESERVED = 1 / 4;
/** Whoever is in an SOS stays away no longer than this, however full it is. */
const SOS_WAIT_MS = 2_000;
const LEAST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** While the node itself is in trouble. */
const TROUBLED_WAIT_MS = 5_000;

export interface AdmissionOptions {
  /** Handshakes of this node: at once after a pause, and per second. */
  readonly rate: Rate;
  readonly gate: AdmissionGate;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

/**
 * Lets so many in per second, so that ten thousand who were dropped together do not stand in front of one SOS. Whoever
 * finds no room is told when to come: each a little later than the one before, at the rate at which room is made.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  #room: number;
  /** Who was sent away and is expected back. */
  #expected = 0;
  #atMs: number;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#room = options.rate.burst;
    this.#atMs = options.clock.monotonicMs();
  }

  /** 0: come in. Otherwise how long to stay away. */
  waitMs(asking: Asking): number {
    this.#pass();
    const isClosed = this.#isClosedTo(asking);
    const waitMs = isClosed ? TROUBLED_WAIT_MS * (1 + this.#options.random()) : this.#take(asking);
    const outcome = isClosed ? 'overloaded' : waitMs > 0 ? 'no_room' : 'admitted';
    this.#options.metrics.count('gateway_admissions', { asking, outcome });
    return Math.ceil(waitMs);
  }

  #isClosedTo(asking: Asking): boolean {
    const level = this.#options.gate.level();
    return asking === 'new' ? level >= 2 : asking === 'resume' && level >= 3;
  }

  #take(asking: Asking): number {
    const { rate, random } = this.#options;
    const kept = asking === 'sos' ? 0 : rate.burst * RESERVED;
    if (this.#room - kept >= 1) {
      this.#room -= 1;
      return 0;
    }
    if (asking === 'sos') return LEAST_WAIT_MS + random() * (SOS_WAIT_MS - LEAST_WAIT_MS);
    this.#expected += 1;
    const turnMs = (this.#expected / rate.perSecond) * 1_000;
    return Math.min(LONGEST_WAIT_MS * (1 - random() / 2), LEAST_WAIT_MS + turnMs * (1 + random() / 4));
  }

  #pass(): void {
    const { rate, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const made = ((nowMs - this.#atMs) / 1_000) * rate.perSecond;
    this.#atMs = nowMs;
    this.#room = Math.min(rate.burst, this.#room + made);
    this.#expected = Math.max(0, this.#expected - made);
  }
}
