import type { Clock } from '../lib/clock.ts';
import type { LogEvent } from './types.ts';

/** What a client that comes back proves of a stream: it had heard it up to `seq` when its node knew all before `xid`. */
export interface HeardUpTo {
  readonly seq: number;
  readonly xid: number;
}

export interface RecentLogLimits {
  /** So long, to twice as long, the numbers of streams are kept. Longer than a resume token lives. */
  readonly keptMs: number;
  /** Streams of one such time. More, and the time is shorter. */
  readonly streamsMax: number;
  /** Events held whole, of all streams together; the oldest goes first. */
  readonly eventsMax: number;
}

export const RECENT_LOG_LIMITS: RecentLogLimits = {
  keptMs: 5 * 60_000,
  streamsMax: 50_000,
  eventsMax: 4_000,
};

interface Recent {
  /** The highest number heard. */
  head: number;
  /** In no order; some may be missing. */
  readonly events: Map<number, LogEvent>;
}

interface Generation {
  readonly streams: Map<string, Recent>;
  readonly beganAtMs: number;
  /** Once closed and looked at since: every event of it is of a transaction before this one. */
  belowXid: number | null;
}

/**
 * The end of the event log as this node has heard it, from whichever node: who comes back with the newest number of a
 * stream, or misses only what is here, needs no question to the store. Says nothing when it can't be sure; then the store
 * is asked. Two generations by time; with the older one goes what could be said about streams silent since.
 */
export class RecentLog {
  readonly #clock: Clock;
  readonly #limits: RecentLogLimits;
  #current: Generation;
  #previous: Generation | null = null;
  /** Whole events, the oldest first. */
  readonly #held = new Set<LogEvent>();
  /** Every event of a transaction from this one on was heard, or will be. */
  #floorXid: number;
  #xminXid: number;
  #turns = 0;
  #turnsAtLook = 0;
  #lost = false;

  /** `xmin` and `xmax`: of the moment from which on every event is told. */
  constructor(
    clock: Clock,
    from: { readonly xminXid: number; readonly xmaxXid: number },
    limits = RECENT_LOG_LIMITS,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#floorXid = from.xmaxXid;
    this.#xminXid = from.xminXid;
    this.#current = this.#newGeneration();
  }

  /** Every event of the transactions before this one was told to whoever listens here. */
  get knownXid(): number {
    return this.#xminXid;
  }

  take(event: LogEvent): void {
    const full = this.#current.streams.size >= this.#limits.streamsMax;
    if (full || this.#clock.monotonicMs() - this.#current.beganAtMs >= this.#limits.keptMs) this.#turn();
    const recent = this.#recentOf(event.stream);
    recent.head = Math.max(recent.head, event.seq);
    if (recent.events.has(event.seq)) return;
    recent.events.set(event.seq, event);
    this.#held.add(event);
    if (this.#held.size > this.#limits.eventsMax) this.#letGoOfOne();
  }

  begin(): void {
    this.#turnsAtLook = this.#turns;
  }

  /** Everything that this look at the log saw was told. */
  end({ xminXid, xmaxXid }: { readonly xminXid: number; readonly xmaxXid: number }): void {
    this.#xminXid = xminXid;
    // What was heard before the look began was committed before it.
    if (this.#turnsAtLook !== this.#turns) return;
    if (this.#previous) this.#previous.belowXid ??= xmaxXid;
    if (this.#lost) this.#floorXid = xmaxXid;
    this.#lost = false;
  }

  /**
   * What came after a number of a stream, in order; null: this node can't say, or does not hold all of it. `heard` is for
   * streams that were silent since this node listens.
   */
  after(stream: string, afterSeq: number, heard: HeardUpTo | null): readonly LogEvent[] | null {
    const parts = [this.#previous?.streams.get(stream), this.#current.streams.get(stream)].filter((p) => !!p);
    const proved = heard && !this.#lost && heard.xid >= this.#floorXid ? heard.seq : null;
    if (parts.length === 0 && proved === null) return null;
    const head = Math.max(proved ?? 0, ...parts.map((part) => part.head));
    if (afterSeq > head) return null;
    const missed: LogEvent[] = [];
    for (let seq = afterSeq + 1; seq <= head; seq++) {
      const event = parts.map((part) => part.events.get(seq)).find((found) => !!found);
      if (!event) return null;
      missed.push(event);
    }
    return missed;
  }

  #recentOf(stream: string): Recent {
    const known = this.#current.streams.get(stream);
    if (known) return known;
    // An older event may come after a newer one: the head outlives the generation it was heard in.
    const head = this.#previous?.streams.get(stream)?.head ?? 0;
    const recent: Recent = { head, events: new Map() };
    this.#current.streams.set(stream, recent);
    return recent;
  }

  #turn(): void {
    if (this.#previous) this.#forget(this.#previous);
    this.#previous = this.#current;
    this.#current = this.#newGeneration();
    this.#turns += 1;
  }

  #forget({ streams, belowXid }: Generation): void {
    for (const { events } of streams.values()) for (const event of events.values()) this.#held.delete(event);
    // Not looked at since it was closed, so nobody knows what went with it.
    if (belowXid === null) this.#lost = true;
    else this.#floorXid = Math.max(this.#floorXid, belowXid);
  }

  #letGoOfOne(): void {
    for (const event of this.#held) {
      this.#held.delete(event);
      for (const generation of [this.#previous, this.#current]) {
        const events = generation?.streams.get(event.stream)?.events;
        if (events?.get(event.seq) === event) events.delete(event.seq);
      }
      return;
    }
  }

  #newGeneration(): Generation {
    return { streams: new Map(), beganAtMs: this.#clock.monotonicMs(), belowXid: null };
  }
}
