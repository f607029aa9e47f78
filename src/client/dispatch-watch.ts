import { fullJitterMs } from '../lib/backoff.ts';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { StreamCursor } from './stream-cursor.ts';
import type { StreamDeps } from './stream-subscription.ts';

export interface WatchHandlers {
  /** What is open and who is there: replaces everything known. */
  onFeed(feed: DownBody<'feed'>): void;
  onEvent(event: StreamEvent): void;
  /** Decided while the server's database was away; `onFeed` says how all of it stands when that is back. */
  onProvisional?(event: StreamEvent): void;
  onState(state: DownBody<'state'>): void;
  /** The server ended it: an error code. */
  onEnd?(reason: string): void;
}

/** Closed ones are remembered too, to drop what arrives twice; the oldest are forgotten first. */
const MOST_STREAMS = 10_000;
const MEND = { baseMs: 500, capMs: 30_000 };
/** A snapshot that does not come is asked for again. */
const ANSWER_WITHIN_MS = 25_000;

/** The dispatchers' feed: a snapshot, then each event once and in order; a hole is closed by a new snapshot. */
export class DispatchWatch {
  readonly #deps: StreamDeps;
  readonly #handlers: WatchHandlers;
  readonly #cursors = new Map<string, StreamCursor>();
  #open = false;
  /** Asked, and the snapshot has not come yet. */
  #asking = false;
  #tries = 0;
  #cancelTimer: () => void = () => {};

  constructor(handlers: WatchHandlers, deps: StreamDeps) {
    this.#handlers = handlers;
    this.#deps = deps;
  }

  get isAsking(): boolean {
    return this.#asking;
  }

  get isLive(): boolean {
    return this.#open && !this.#asking;
  }

  /** Whether events of this stream have been seen here. */
  knows(stream: string): boolean {
    return this.#cursors.has(stream);
  }

  opened(): void {
    this.#open = true;
    this.#tries = 0;
    this.#ask();
  }

  closed(): void {
    this.#open = false;
    this.#asking = false;
    this.#cancelTimer();
  }

  feed(feed: DownBody<'feed'>): void {
    this.#asking = false;
    this.#cancelTimer();
    this.#cursors.clear();
    for (const sos of feed.sos) this.#cursors.set(`sos:${sos.sosId}`, new StreamCursor(sos.seq));
    for (const { alertId, seq } of feed.alerts ?? [])
      this.#cursors.set(`alert:${alertId}`, new StreamCursor(seq));
    this.#deps.guarded(() => this.#handlers.onFeed(feed));
  }

  event(event: StreamEvent): void {
    if (this.#asking) return;
    if (event.isProvisional) {
      this.#deps.guarded(() => this.#handlers.onProvisional?.(event));
      return;
    }
    // Closed before this watch began and open again: only a new snapshot has it.
    if (event.type === 'sos.reopened' && !this.knows(event.stream)) {
      this.postponed(0);
      return;
    }
    const verdict = this.#cursorOf(event).event(event.seq);
    if (verdict === 'hole') this.postponed(0);
    if (verdict !== 'deliver') return;
    this.#tries = 0;
    this.#deps.guarded(() => this.#handlers.onEvent(event));
  }

  state(state: DownBody<'state'>): void {
    if (!this.#asking) this.#deps.guarded(() => this.#handlers.onState(state));
  }

  /** Asks for a new snapshot: at once the first time, then with growing waits. */
  postponed(retryAfterMs: number): void {
    if (!this.#open) return;
    const jitterMs =
      this.#tries === 0 ? 0 : fullJitterMs(this.#tries - 1, MEND.baseMs, MEND.capMs, this.#deps.random);
    this.#tries += 1;
    this.#asking = true;
    this.#cancelTimer();
    if (retryAfterMs + jitterMs === 0) this.#ask();
    else this.#cancelTimer = this.#deps.clock.after(retryAfterMs + jitterMs, () => this.#ask());
  }

  ended(reason: string): void {
    this.closed();
    this.#deps.guarded(() => this.#handlers.onEnd?.(reason));
  }

  #ask(): void {
    this.#asking = true;
    this.#deps.send(['watch', { feed: 'dispatch' }]);
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(ANSWER_WITHIN_MS, () => this.postponed(0));
  }

  /** A stream that the snapshot did not hold begins with whatever comes first: it was made or reopened since. */
  #cursorOf(event: StreamEvent): StreamCursor {
    const known = this.#cursors.get(event.stream);
    if (known) return known;
    const begun = new StreamCursor(event.seq - 1);
    this.#cursors.set(event.stream, begun);
    for (const oldest of this.#cursors.keys()) {
      if (this.#cursors.size <= MOST_STREAMS) break;
      this.#cursors.delete(oldest);
    }
    return begun;
  }
}
