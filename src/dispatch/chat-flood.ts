/** Why a message is refused: too many at once, or the same words again and again. */
export type FloodReason = 'too_many' | 'repeated';

export type Spent =
  | { readonly ok: true; readonly giveBack: () => void }
  | {
      readonly ok: false;
      readonly reason: FloodReason;
      readonly retryAfterMs: number;
      /** Nobody was told of it lately. */
      readonly isNews: boolean;
    };

/** So many messages at once … */
export const BURST = 20;
/** … and then one each so often. */
export const REFILL_MS = 2_000;
/** The same words so often within the window; whoever waits for help may well say one thing several times. */
export const SAME_MAX = 5;
export const SAME_WINDOW_MS = 60_000;
const TOLD_EVERY_MS = 600_000;
/** Talks of which it is known how fast they were; beyond that the one that was silent longest is forgotten. */
const TALKS_MAX = 20_000;

interface Talk {
  /** When the bucket is full again (generic cell rate algorithm, ITU-T I.371). */
  fullAtMs: number;
  text: string;
  times: number;
  sinceMs: number;
  toldUntilMs: number;
}

/**
 * Keeps one person from drowning the chat of an SOS. Counts what this node took in, by a clock that only goes forward:
 * somebody on two nodes has two buckets, which is twice a bound and still one.
 */
export class ChatFlood {
  readonly #talks = new Map<string, Talk>();

  /** Takes one message out of this person's bucket for this SOS, if there is one. */
  spend(userId: string, sosId: string, text: string, nowMs: number): Spent {
    const talk = this.#talkOf(`${userId} ${sosId}`, nowMs);
    const tooManyMs = talk.fullAtMs - nowMs - (BURST - 1) * REFILL_MS;
    if (tooManyMs > 0) return refusal(talk, 'too_many', tooManyMs, nowMs);
    const isSame = talk.text === text && nowMs - talk.sinceMs < SAME_WINDOW_MS;
    if (isSame && talk.times >= SAME_MAX) {
      return refusal(talk, 'repeated', talk.sinceMs + SAME_WINDOW_MS - nowMs, nowMs);
    }
    talk.fullAtMs = Math.max(talk.fullAtMs, nowMs) + REFILL_MS;
    if (isSame) talk.times += 1;
    else Object.assign(talk, { text, times: 1, sinceMs: nowMs });
    return {
      ok: true,
      giveBack: () => {
        talk.fullAtMs -= REFILL_MS;
        if (talk.text === text) talk.times -= 1;
      },
    };
  }

  #talkOf(key: string, nowMs: number): Talk {
    const known = this.#talks.get(key);
    const talk = known ?? { fullAtMs: nowMs, text: '', times: 0, sinceMs: nowMs, toldUntilMs: nowMs };
    this.#talks.delete(key);
    this.#talks.set(key, talk);
    const oldest = this.#talks.size > TALKS_MAX ? this.#talks.keys().next().value : undefined;
    if (oldest !== undefined) this.#talks.delete(oldest);
    return talk;
  }
}

function refusal(talk: Talk, reason: FloodReason, retryAfterMs: number, nowMs: number): Spent {
  const isNews = nowMs >= talk.toldUntilMs;
  if (isNews) talk.toldUntilMs = nowMs + TOLD_EVERY_MS;
  return { ok: false, reason, retryAfterMs: Math.ceil(retryAfterMs), isNews };
}
