import type { Clock } from '../lib/clock.ts';
import type { GatewayConfig } from './config.ts';

/** When something was last heard from the other side, and last said to it. */
export class Pulse {
  readonly #clock: Clock;
  #heardMs: number;
  #said = 0;
  #saidMs: number;
  /** The first heartbeat comes early by this: those who came back together do not go on together. */
  #earlyMs: number;
  readonly #quietMsMax: number;

  /** `early`: from 0 to 1. */
  constructor(clock: Clock, { limits, sweepMs }: Pick<GatewayConfig, 'limits' | 'sweepMs'>, early: number) {
    this.#clock = clock;
    this.#earlyMs = early * limits.heartbeatMs;
    // Looked at once per sweep, so it is due one sweep early rather than one late.
    this.#quietMsMax = limits.heartbeatMs - sweepMs;
    this.#heardMs = clock.monotonicMs();
    this.#saidMs = this.#heardMs;
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#heardMs;
  }

  /** Whether we have been silent ourselves for so long that a heartbeat is due, given how many frames were sent in all. */
  mustBeat(sent: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (sent !== this.#said) {
      this.#said = sent;
      this.#saidMs = nowMs;
    }
    if (nowMs - this.#saidMs < this.#quietMsMax - this.#earlyMs) return false;
    this.#earlyMs = 0;
    return true;
  }
}
