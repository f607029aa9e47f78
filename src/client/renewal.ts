import type { Clock } from '../lib/clock.ts';
import type { UpBody } from '../protocol/up.ts';

export interface RenewalDeps {
  readonly clock: Clock;
  readonly token: (hint: { readonly refused: boolean }) => Promise<string>;
  readonly send: (frame: readonly ['renew', UpBody<'renew'>]) => boolean;
  readonly failed: (error: unknown) => void;
}

/** Renewed when less than this is left, or half of a token's life where that is shorter. */
const SPARE_MS = 60_000;
/** Tried again after this when no fresh token came, or none that was accepted. */
const AGAIN_MS = 10_000;
const SOONEST_MS = 1_000;
/** Timers hold 24 days at most. */
const LATEST_MS = 24 * 3_600_000;

/**
 * Keeps one open connection signed in. What fails here costs nothing: the server ends the socket, and the next one
 * begins anew.
 */
export class Renewal {
  readonly #deps: RenewalDeps;
  #token = '';
  #cancel: () => void = () => {};
  /** Rises with every start and stop: a token that comes too late is not used. */
  #round = 0;

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  /** The one that the connection goes by, or the one that it was sent to go by. */
  get token(): string {
    return this.#token;
  }

  /** `leftMs` is by the server's clock, as ours may be wrong. */
  start(token: string, leftMs: number): void {
    this.#token = token;
    this.renewed(leftMs);
  }

  /** The server says how long the present token is good for. */
  renewed(leftMs: number): void {
    this.#wait(Math.max(leftMs - SPARE_MS, leftMs / 2));
  }

  stop(): void {
    this.#round += 1;
    this.#cancel();
  }

  #wait(delayMs: number): void {
    this.stop();
    this.#cancel = this.#deps.clock.after(Math.min(Math.max(SOONEST_MS, delayMs), LATEST_MS), () =>
      this.#renew(),
    );
  }

  #renew(): void {
    this.#wait(AGAIN_MS);
    const round = this.#round;
    this.#fresh().then(
      (token) => {
        if (round !== this.#round) return;
        this.#token = token;
        this.#deps.send(['renew', { token }]);
      },
      (error: unknown) => {
        if (round === this.#round) this.#deps.failed(error);
      },
    );
  }

  /** A source that keeps its token may still think the old one good enough. */
  async #fresh(): Promise<string> {
    const token = await this.#deps.token({ refused: false });
    return token === this.#token ? this.#deps.token({ refused: true }) : token;
  }
}
