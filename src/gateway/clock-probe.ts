import type { Clock } from '../lib/clock.ts';
import type { DownBody } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';

/** Soon after signing in a few times, for one with a short way among them; then now and then, since clocks are set. */
const FIRST_QUESTIONS = 4;
const FIRST_EVERY_MS = 5_000;
const EVERY_MS = 60_000;

/** Asks the device of one socket what its clock shows. */
export class ClockProbe {
  readonly #clock: Clock;
  #asked = 0;
  #askedMs = Number.NEGATIVE_INFINITY;
  /** The question that is not answered yet. */
  #open: { readonly sentAtMs: number; readonly sentMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The body of a heartbeat to send when it is time for one. A device need not answer it. */
  question(): DownBody<'hb'> | null {
    const sentMs = this.#clock.monotonicMs();
    if (sentMs - this.#askedMs < (this.#asked < FIRST_QUESTIONS ? FIRST_EVERY_MS : EVERY_MS)) return null;
    this.#asked += 1;
    this.#askedMs = sentMs;
    this.#open = { sentAtMs: this.#clock.nowMs(), sentMs };
    return { sentAtMs: this.#open.sentAtMs };
  }

  /** When it was asked and how long the answer took; null when this answers no question of ours. */
  answered({ echoMs }: UpBody<'hb'>): { readonly askedAtMs: number; readonly roundTripMs: number } | null {
    if (echoMs === undefined || echoMs !== this.#open?.sentAtMs) return null;
    const { sentAtMs, sentMs } = this.#open;
    this.#open = null;
    return { askedAtMs: sentAtMs, roundTripMs: this.#clock.monotonicMs() - sentMs };
  }
}
