import type { Clock } from '../lib/clock.ts';

/** When something was last heard from the other side, and last said to it. */
export class Pulse {
  readonly #clock: Clock;
  #heardMs: number;
  #said = 0;
  #saidMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#heardMs = clock.monotonicMs();
    this.#saidMs = this.#heardMs;
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#heardMs;
  }

  /** How long we have been silent ourselves, given how many frames were sent in all. */
  quietMs(sent: number): number {
    const nowMs = this.#clock.monotonicMs();
    if (sent !== this.#said) {
      this.#said = sent;
      this.#saidMs = nowMs;
    }
    return nowMs - this.#saidMs;
  }
}
