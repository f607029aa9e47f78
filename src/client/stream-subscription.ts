import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { StreamCursor } from './stream-cursor.ts';
import type { Send } from './types.ts';

export type Snapshot = DownBody<'snapshot'>;

export interface StreamHandlers {
  onEvent(event: StreamEvent): void;
  /**
   * Decided while the server's database was away: it has no number of its own, and `onSnapshot` says how it stands when it is in the
   * database, or was decided otherwise there. A snapshot of that time says `isProvisional` too.
   */
  onProvisional?(event: StreamEvent): void;
  /** Replaces everything known of the stream. */
  onSnapshot?(snapshot: Snapshot): void;
  /** The server ended it: `not_entitled`, `closed`, or an error code. */
  onEnd?(reason: string): void;
}

export interface StreamDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Send;
  /** Calls code of the application, which may throw. */
  readonly guarded: (fn: () => void) => void;
}

/** A hole that is still there after this many askings is closed by a snapshot. */
const TRIES_BEFORE_SNAPSHOT = 3;
const MEND = { baseMs: 500, capMs: 30_000 };
/** An asking that the server never says it has finished is asked again. */
const ANSWER_WITHIN_MS = 25_000;

/** One subscription: asks, delivers in order, notices holes and has them filled. */
export class StreamSubscription {
  readonly stream: string;
  readonly #deps: StreamDeps;
  readonly #handlers: StreamHandlers;
  readonly #cursor: StreamCursor;
  #open = false;
  /** `asked`: `subscribed` has not come yet, what is missing may be on its way. `waiting`: about to ask again. */
  #phase: 'settled' | 'asked' | 'waiting' = 'settled';
  #tries = 0;
  /** Something was told that is not in the database: only a snapshot says what has become of it. */
  #isProvisional = false;
  #cancelTimer: () => void = () => {};

  constructor(stream: string, handlers: StreamHandlers, afterSeq: number | null, deps: StreamDeps) {
    this.stream = stream;
    this.#handlers = handlers;
    this.#cursor = new StreamCursor(afterSeq);
    this.#deps = deps;
  }

  get seq(): number | null {
    return this.#cursor.lastSeq;
  }

  /** What was missed is still being sent. */
  get isCatchingUp(): boolean {
    return this.#phase !== 'settled';
  }

  /** Connected, and everything missed has come. */
  get isLive(): boolean {
    return this.#open && this.#phase === 'settled';
  }

  opened(): void {
    this.#open = true;
    this.#tries = 0;
    this.#ask();
  }

  closed(): void {
    this.#open = false;
    this.#phase = 'settled';
    this.#cancelTimer();
  }

  event(event: StreamEvent): void {
    if (event.isProvisional) {
      this.#isProvisional = true;
      if (this.#open) this.#deps.guarded(() => this.#handlers.onProvisional?.(event));
      return;
    }
    const verdict = this.#cursor.event(event.seq);
    if (verdict === 'hole') this.#mend();
    if (verdict !== 'deliver') return;
    this.#tries = 0;
    this.#deps.guarded(() => this.#handlers.onEvent(event));
  }

  snapshot(snapshot: Snapshot): void {
    this.#cursor.snapshot(snapshot.seq);
    this.#isProvisional = snapshot.isProvisional === true;
    this.#tries = 0;
    this.#deps.guarded(() => this.#handlers.onSnapshot?.(snapshot));
  }

  subscribed(headSeq: number): void {
    if (this.#phase === 'waiting') return;
    this.#phase = 'settled';
    this.#cancelTimer();
    if (this.#cursor.caughtUp(headSeq) === 'hole') this.#mend();
  }

  /** The server could not do it now. */
  postponed(retryAfterMs: number): void {
    this.#phase = 'settled';
    this.#mendIn(retryAfterMs + this.#mendDelayMs());
  }

  ended(reason: string): void {
    this.closed();
    this.#deps.guarded(() => this.#handlers.onEnd?.(reason));
  }

  #mend(): void {
    if (this.#phase === 'settled') this.#mendIn(this.#mendDelayMs());
  }

  #mendIn(delayMs: number): void {
    if (!this.#open) return;
    this.#phase = 'waiting';
    this.#tries += 1;
    this.#cancelTimer();
    if (delayMs === 0) this.#ask();
    else this.#cancelTimer = this.#deps.clock.after(delayMs, () => this.#ask());
  }

  #mendDelayMs(): number {
    if (this.#tries === 0) return 0;
    return fullJitterMs(this.#tries - 1, MEND.baseMs, MEND.capMs, this.#deps.random);
  }

  // Of a chat more is known here than to a server without its database, and a message that comes again is the same one.
  #needsSnapshot(): boolean {
    const isTold = this.#isProvisional && !this.stream.startsWith('chat:');
    return isTold || this.#tries > TRIES_BEFORE_SNAPSHOT;
  }

  #ask(): void {
    this.#phase = 'asked';
    const afterSeq = this.#needsSnapshot() ? null : this.#cursor.lastSeq;
    this.#deps.send(['sub', { stream: this.stream, afterSeq }]);
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(ANSWER_WITHIN_MS, () => {
      this.#phase = 'settled';
      this.#mend();
    });
  }
}
