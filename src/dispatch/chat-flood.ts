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

/** A message as the log of its chat has it. */
export interface HeardMessage {
  readonly userId: string;
  readonly sosId: string;
  readonly text: string;
  /** In the stream of the chat. */
  readonly seq: number;
}

interface Talk {
  /** When the bucket is full again (generic cell rate algorithm, ITU-T I.371). */
  fullAtMs: number;
  text: string;
  times: number;
  sinceMs: number;
  toldUntilMs: number;
  /** The numbers of the last messages that were counted: each comes by more than once. */
  counted: number[];
}

/** As many messages as can be on their way twice. */
const COUNTED_MAX = 2 * BURST;

/**
 * Keeps one person from drowning the chat of an SOS. Counts what this node took in at once, and what others did when it is
 * heard of, by a clock that only goes forward: somebody on two nodes has twice the share until then, and once after.
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
    count(talk, text, nowMs);
    return {
      ok: true,
      giveBack: () => {
        talk.fullAtMs -= REFILL_MS;
        if (talk.text === text) talk.times -= 1;
      },
    };
  }

  /** A message was taken in, here or on another node, as the chat's log has it. Each number counts once. */
  heard({ userId, sosId, text, seq }: HeardMessage, where: 'here' | 'elsewhere', nowMs: number): void {
    const talk = this.#talkOf(`${userId} ${sosId}`, nowMs);
    if (talk.counted.includes(seq)) {
      // The log was quicker than the answer of the store, and took it for another node's.
      if (where === 'here') talk.fullAtMs -= REFILL_MS;
      return;
    }
    talk.counted.push(seq);
    if (talk.counted.length > COUNTED_MAX) talk.counted.shift();
    if (where === 'elsewhere') count(talk, text, nowMs);
  }

  #talkOf(key: string, nowMs: number): Talk {
    const known = this.#talks.get(key);
    const talk = known ?? {
      fullAtMs: nowMs,
      text: '',
      times: 0,
      sinceMs: nowMs,
      toldUntilMs: nowMs,
      counted: [],
    };
    this.#talks.delete(key);
    this.#talks.set(key, talk);
    const oldest = this.#talks.size > TALKS_MAX ? this.#talks.keys().next().value : undefined;
    if (oldest !== undefined) this.#talks.delete(oldest);
    return talk;
  }
}

function count(talk: Talk, text: string, nowMs: number): void {
  talk.fullAtMs = Math.max(talk.fullAtMs, nowMs) + REFILL_MS;
  if (talk.text === text && nowMs - talk.sinceMs < SAME_WINDOW_MS) talk.times += 1;
  else Object.assign(talk, { text, times: 1, sinceMs: nowMs });
}

function refusal(talk: Talk, reason: FloodReason, retryAfterMs: number, nowMs: number): Spent {
  const isNews = nowMs >= talk.toldUntilMs;
  if (isNews) talk.toldUntilMs = nowMs + TOLD_EVERY_MS;
  return { ok: false, reason, retryAfterMs: Math.ceil(retryAfterMs), isNews };
}
