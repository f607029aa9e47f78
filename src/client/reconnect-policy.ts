import { fullJitterMs } from '../lib/backoff.ts';
import type { Random } from '../lib/random.ts';
import { CLOSE_CODES, comeBack } from '../protocol/close-codes.ts';

export const RECONNECT = {
  baseMs: 500,
  capMs: 30_000,
  /** The cap while somebody's SOS hangs on this connection. */
  urgentCapMs: 2_000,
  /** How often in a row "at once" is taken at its word, before it waits like everything else. */
  atOnceTimes: 3,
  /** A connection that stayed open this long was a good one: the count of failures begins anew. */
  stableMs: 5_000,
} as const;

/** How a connection ended, as far as coming back is concerned. */
export interface Ending {
  /** The close code; what `bye` announced counts more than a code that was lost on the way (1006). */
  readonly code: number;
  /** From `bye`: the least wait, null for "do not come back". Undefined: there was no `bye`. */
  readonly retryAfterMs?: number | null | undefined;
}

export type Decision = { readonly step: 'stop' } | { readonly step: 'wait'; readonly delayMs: number };

/**
 * Decides whether and when to come back. Counts endings in a row; `worked` forgets them.
 * Pure but for the random number: the caller does the waiting.
 */
export class ReconnectPolicy {
  readonly #random: Random;
  #failures = 0;
  #atOnce = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The connection that just ended had been a good one. */
  worked(): void {
    this.#failures = 0;
    this.#atOnce = 0;
  }

  next(ending: Ending, urgent: boolean): Decision {
    const when = comeBack(ending.code);
    if (when === 'never' || ending.retryAfterMs === null) return { step: 'stop' };
    if (when === 'with_fresh_token' || (when === 'at_once' && !ending.retryAfterMs)) {
      this.#atOnce += 1;
      if (this.#atOnce <= RECONNECT.atOnceTimes) return { step: 'wait', delayMs: 0 };
    }
    return { step: 'wait', delayMs: this.#backoffMs(ending.retryAfterMs ?? 0, urgent) };
  }

  /** The wait that remains when a wait already begun becomes urgent. */
  hurriedMs(remainingMs: number): number {
    return Math.min(remainingMs, fullJitterMs(0, RECONNECT.baseMs, RECONNECT.urgentCapMs, this.#random));
  }

  #backoffMs(leastMs: number, urgent: boolean): number {
    const capMs = urgent ? RECONNECT.urgentCapMs : RECONNECT.capMs;
    // A server that says when has spread its clients itself: what grows is for those who were told nothing.
    const attempt = leastMs > 0 ? 0 : this.#failures++;
    const jitterMs = fullJitterMs(attempt, RECONNECT.baseMs, capMs, this.#random);
    return urgent ? Math.min(capMs, leastMs + jitterMs) : leastMs + jitterMs;
  }
}

/** The name of a close code for people and logs. */
export function closeName(code: number): string {
  const named = Object.entries(CLOSE_CODES).find(([, row]) => row.code === code);
  return named ? named[0] : code === 1006 ? 'connection_lost' : `code_${code}`;
}
