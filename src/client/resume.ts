import type { Clock } from '../lib/clock.ts';
import type { DownBody } from '../protocol/down.ts';

/** What a hello is made of, as far as it says who is here. */
export interface Proof {
  readonly token: string;
  readonly resume?: string;
}

/** A server that has it for another second is not asked with it: the way there takes time. */
const SPARE_MS = 1_000;

/** The newest resume token of this client, in memory only, and the access token that it came by. */
export class Resume {
  readonly #clock: Clock;
  #kept: { readonly proof: Required<Proof>; readonly untilMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  given({ token: resume, forMs }: DownBody<'resume'>, token: string): void {
    this.#kept = { proof: { token, resume }, untilMs: this.#clock.monotonicMs() + forMs - SPARE_MS };
  }

  forget(): void {
    this.#kept = null;
  }

  /** Null: there is none, or it has run out; then a token is fetched. */
  get proof(): Proof | null {
    return this.#kept && this.#clock.monotonicMs() < this.#kept.untilMs ? this.#kept.proof : null;
  }
}
