import type { Metrics } from '../lib/metric.ts';
import type { DownBody } from '../protocol/down.ts';
import type { Hub } from './hub.ts';
import type { HeardUpTo, RecentLog } from './recent-log.ts';
import { eventFrame, foretoldFrame, SharedFrame } from './shared-frame.ts';
import type { Entitlement, EventSource, LogEvent, Snapshots, StoreWatch, Viewer } from './types.ts';

/** Where a subscription sends to: the outbox of a socket. */
export interface StreamSink {
  send(frame: SharedFrame): void;
  /** Null: there is room for a page of events. Otherwise resolves when it is worth asking again. */
  room(): Promise<void> | null;
  /** The viewer is no longer entitled, or never was; nothing more is sent. */
  ended(): void;
  /** The log or the snapshot could not be read; nothing more is sent. The viewer may subscribe again. */
  failed(error: unknown): void;
}

export interface SubscriptionLimits {
  /** Events read from the log at a time. */
  readonly pageEvents: number;
  /** A viewer farther behind than this gets a snapshot. */
  readonly backlogEvents: number;
  /** Live events held while the log is read; one more and the viewer gets a snapshot. */
  readonly heldEvents: number;
}

export const SUBSCRIPTION_LIMITS: SubscriptionLimits = {
  pageEvents: 100,
  backlogEvents: 1_000,
  heldEvents: 256,
};

export interface SubscriptionParts {
  readonly hub: Hub;
  readonly events: EventSource;
  /** What was heard lately; absent: everything is read. */
  readonly recent?: Pick<RecentLog, 'after'>;
  readonly entitlement: Entitlement;
  readonly snapshots: Snapshots;
  readonly metrics: Metrics;
  readonly limits: SubscriptionLimits;
  /** Absent: a store that does not answer ends a subscription that needs it. */
  readonly storeWatch?: StoreWatch;
}

type Delivered = 'sent' | 'duplicate' | 'hole' | 'hidden' | 'ended';
type Next = 'read' | 'snapshot' | 'live' | 'ended';

// A snapshot covers what made it necessary, so many that lead no further mean that log and state disagree.
const MAX_IDLE_SNAPSHOTS = 4;

/** Of a stream; of more some are shown twice before the snapshot comes. */
const SHOWN_MAX = 1_000;
/** The same of what was foretold and of what the store has of it then. */
const likenessOf = ({ type, atMs }: LogEvent): string => `${type} ${atMs}`;

/**
 * One viewer of one stream. It listens from the start and passes through three phases: `backfill` reads the log and
 * holds what comes live, `cutover` sends what was held, `live` sends as it comes. A hole while live leads back to
 * `backfill`. The viewer sees each number once and in order, or a snapshot in place of what is missing (invariant
 * 5), and each event only if entitled at the moment of sending (invariant 6).
 */
export class Subscription {
  readonly stream: string;
  readonly #parts: SubscriptionParts;
  readonly #viewer: Viewer;
  readonly #sink: StreamSink;
  readonly #leave: (() => void)[];
  readonly #held = new Map<number, LogEvent>();
  #phase: 'backfill' | 'cutover' | 'live' | 'ended' = 'backfill';
  #overflowed = false;
  #lastSeq = 0;
  #announced = false;
  #idleSnapshots = 0;
  #afterSeq: number | null = null;
  /** Something was sent that is not in the log: once the store is back a snapshot takes its place. */
  #isProvisional = false;
  /** What was shown as provisional and has a number all the same; the store may have something else under it. */
  readonly #shown = new Map<number, string>();

  /** Listens from now on, so that nothing slips between reading the log and being live. */
  constructor(parts: SubscriptionParts, who: { viewer: Viewer; stream: string; sink: StreamSink }) {
    this.#parts = parts;
    this.#viewer = who.viewer;
    this.stream = who.stream;
    this.#sink = who.sink;
    this.#leave = [
      parts.hub.subscribe(who.stream, (event) => this.#onPublished(event)),
      parts.hub.onRestored(() => this.#onRestored()),
    ];
  }

  /**
   * Begins to send. `afterSeq` is the last number the viewer has; null: none, begin with a snapshot. `heard`: what they
   * prove of the stream.
   */
  start(afterSeq: number | null, heard: HeardUpTo | null = null): void {
    this.#guard(() => this.#begin(afterSeq, heard));
  }

  /** The last number sent, while everything before it was sent too and nothing is being read; null: not so now. */
  get liveSeq(): number | null {
    return this.#phase === 'live' ? this.#lastSeq : null;
  }

  /** What the viewer may do has changed: ends it at once when that no longer includes this stream. */
  recheck(): void {
    this.#guard(async () => {
      await this.#parts.entitlement.prepare(this.stream, this.#lastSeq);
      if (this.#isOpen() && !this.#entitled()) this.#end();
    });
  }

  /** Ends it without a word. */
  close(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#held.clear();
    for (const leave of this.#leave) leave();
  }

  async #begin(afterSeq: number | null, heard: HeardUpTo | null): Promise<void> {
    this.#afterSeq = afterSeq;
    if (this.#parts.storeWatch?.isAway && this.#beginWithoutStore(afterSeq)) return;
    await this.#parts.entitlement.prepare(this.stream, this.#lastSeq);
    if (!this.#entitled()) {
      this.#end();
      return;
    }
    const missed = afterSeq === null ? null : this.#parts.recent?.after(this.stream, afterSeq, heard);
    if (afterSeq !== null && missed) {
      this.#lastSeq = afterSeq;
      await this.#catchUp(await this.#sendMissed(missed));
      return;
    }
    const resumes = afterSeq !== null && (await this.#canResume(afterSeq));
    if (resumes) this.#lastSeq = afterSeq;
    await this.#catchUp(resumes ? 'read' : 'snapshot');
  }

  /** False: this node does not know enough of it. */
  #beginWithoutStore(afterSeq: number | null): boolean {
    if (!this.#entitled()) return false;
    const lastSeq = this.#lastSeq;
    this.#lastSeq = afterSeq ?? lastSeq;
    // Of a chat a viewer who was here before has more than this node.
    const isKept = afterSeq !== null && this.stream.startsWith('chat:');
    if (!isKept && !this.#sendKnown()) {
      this.#lastSeq = lastSeq;
      return false;
    }
    this.#isProvisional = true;
    this.#held.clear();
    this.#goLive();
    return true;
  }

  /** False: this node does not know it. */
  #sendKnown(): boolean {
    const view = this.#parts.snapshots.knownOf?.(this.#viewer, this.stream) ?? null;
    if (view === null) return false;
    const body = { stream: this.stream, seq: this.#lastSeq, view, isProvisional: true };
    this.#sink.send(new SharedFrame(['snapshot', body as DownBody<'snapshot'>]));
    return true;
  }

  #onForetold(event: LogEvent): void {
    this.#isProvisional = true;
    // What this viewer lacks is read when the store is back, and this with it.
    if (this.#phase !== 'live') return;
    if (!this.#entitled()) {
      this.#end();
      return;
    }
    if (this.#shown.size >= SHOWN_MAX) this.#shown.clear();
    this.#shown.set(event.seq, likenessOf(event));
    const seen = this.#parts.entitlement.project(this.#viewer, event);
    if (seen) this.#sink.send(foretoldFrame(seen, this.#lastSeq));
    else this.#sendKnown();
    if (!this.#entitled()) this.#end();
  }

  #onRestored(): void {
    if (!this.#isProvisional || this.#parts.storeWatch?.isUnsettled(this.stream)) return;
    this.#isProvisional = false;
    this.#shown.clear();
    // One for each time that the store was away says nothing about the log.
    this.#idleSnapshots = 0;
    if (this.#phase === 'live') this.#guard(() => this.#catchUp('snapshot'));
  }

  // A number above the head was given by a log that is not this one any more, for example before a restore.
  async #canResume(afterSeq: number): Promise<boolean> {
    const { low, head } = await this.#parts.events.bounds(this.stream);
    return afterSeq >= low - 1 && afterSeq <= head && head - afterSeq <= this.#parts.limits.backlogEvents;
  }

  async #catchUp(first: Next): Promise<void> {
    let next = first;
    while (next === 'read' || next === 'snapshot') {
      if (this.#phase === 'ended') return;
      this.#phase = 'backfill';
      next = next === 'snapshot' ? await this.#sendSnapshot() : await this.#sendPage();
    }
  }

  async #sendSnapshot(): Promise<Next> {
    this.#overflowed = false;
    const snapshot = await this.#parts.snapshots.snapshotOf(this.#viewer, this.stream);
    if (!(await this.#waitForRoom())) return 'ended';
    if (!snapshot || !this.#entitled()) return this.#end();
    if (snapshot.seq < this.#lastSeq) throw new Error('the snapshot is older than what was already sent');
    this.#idleSnapshots = snapshot.seq > this.#lastSeq ? 0 : this.#idleSnapshots + 1;
    if (this.#idleSnapshots > MAX_IDLE_SNAPSHOTS) throw new Error('the log and the snapshots do not agree');
    this.#lastSeq = snapshot.seq;
    const body = { stream: this.stream, ...snapshot } as DownBody<'snapshot'>;
    this.#parts.metrics.count('fanout_snapshots_total');
    this.#sink.send(new SharedFrame(['snapshot', body]));
    return 'read';
  }

  async #sendPage(): Promise<Next> {
    const { events, limits } = this.#parts;
    const heldBefore = this.#held.size > 0;
    const page = await events.readAfter(this.stream, this.#lastSeq, limits.pageEvents);
    const stopped = await this.#sendAll(page);
    if (stopped) return stopped;
    if (page.length >= limits.pageEvents) return 'read';
    // What was held before reading is committed, so a log that shows nothing has already dropped what is missing.
    return this.#cutOver(heldBefore && page.length === 0);
  }

  /** What this node holds itself. */
  async #sendMissed(missed: readonly LogEvent[]): Promise<Next> {
    const { pageEvents } = this.#parts.limits;
    for (let i = 0; i < missed.length; i += pageEvents) {
      const stopped = await this.#sendAll(missed.slice(i, i + pageEvents));
      if (stopped) return stopped;
    }
    return this.#cutOver(false);
  }

  /** Null: all of them were sent. */
  async #sendAll(page: readonly LogEvent[]): Promise<'ended' | 'snapshot' | null> {
    // Another node may have decided these: this one need not have heard of it yet.
    const newest = page.at(-1);
    if (newest) await this.#parts.entitlement.prepare(this.stream, newest.seq, page);
    if (!(await this.#waitForRoom())) return 'ended';
    for (const event of page) {
      const delivered = this.#deliver(event);
      if (delivered === 'ended') return 'ended';
      if (delivered === 'hole' || delivered === 'hidden') return 'snapshot';
    }
    return null;
  }

  #cutOver(logHasNoMore: boolean): Next {
    this.#phase = 'cutover';
    if (this.#overflowed) return 'snapshot';
    const inOrder = [...this.#held.values()].sort((a, b) => a.seq - b.seq);
    for (const event of inOrder) {
      const delivered = this.#deliver(event);
      if (delivered === 'ended') return 'ended';
      if (delivered === 'hidden') return 'snapshot';
      if (delivered === 'hole') return logHasNoMore ? 'snapshot' : 'read';
      this.#held.delete(event.seq);
    }
    return this.#goLive();
  }

  #goLive(): Next {
    this.#phase = 'live';
    if (this.#announced) return 'live';
    this.#announced = true;
    this.#sink.send(new SharedFrame(['subscribed', { stream: this.stream, headSeq: this.#lastSeq }]));
    return 'live';
  }

  #onPublished(event: LogEvent): void {
    if (event.isProvisional) this.#onForetold(event);
    else if (this.#isProvisional && this.#phase === 'live') this.#onDecidedElsewhere(event);
    else if (this.#phase === 'live') this.#guard(() => this.#onLive(event));
    else this.#hold(event);
  }

  /**
   * It is among what the snapshot contains that comes when the store is back. Until then, where another node has the store and this
   * one does not, it is shown as what nobody can be sure of here. With the store the snapshot comes now, where nobody is still to
   * write something of the SOS: the word that it is written can be lost. An inbox is told of many SOS, of which some may be unwritten.
   */
  #onDecidedElsewhere(event: LogEvent): void {
    const { storeWatch } = this.#parts;
    if (storeWatch?.isUnsettled(this.stream)) return;
    if (!storeWatch?.isAway && !this.stream.startsWith('inbox:')) {
      this.#onRestored();
      return;
    }
    const isShown = event.seq <= this.#lastSeq || this.#shown.get(event.seq) === likenessOf(event);
    if (!isShown) this.#onForetold(event);
  }

  async #onLive(event: LogEvent): Promise<void> {
    const delivered = this.#deliver(event);
    if (delivered !== 'hole' && delivered !== 'hidden') return;
    const tooFar = event.seq - this.#lastSeq > this.#parts.limits.backlogEvents;
    this.#hold(event);
    await this.#catchUp(delivered === 'hidden' || tooFar ? 'snapshot' : 'read');
  }

  #hold(event: LogEvent): void {
    if (this.#phase === 'ended' || this.#overflowed || event.seq <= this.#lastSeq) return;
    this.#held.set(event.seq, event);
    if (this.#held.size <= this.#parts.limits.heldEvents) return;
    this.#held.clear();
    this.#overflowed = true;
    this.#parts.metrics.count('fanout_held_overflows_total');
  }

  #deliver(event: LogEvent): Delivered {
    if (event.seq <= this.#lastSeq) return 'duplicate';
    if (event.seq > this.#lastSeq + 1) return 'hole';
    if (!this.#entitled()) return this.#end();
    const seen = this.#parts.entitlement.project(this.#viewer, event);
    if (seen === null) return 'hidden';
    this.#lastSeq = event.seq;
    this.#sink.send(eventFrame(seen));
    return this.#isOpen() ? 'sent' : 'ended';
  }

  #goesOnWithoutStore(error: unknown): boolean {
    const { storeWatch } = this.#parts;
    if (!storeWatch || (error as { code?: unknown }).code !== 'store_unavailable') return false;
    storeWatch.foundAway();
    return this.#beginWithoutStore(this.#announced || this.#lastSeq > 0 ? this.#lastSeq : this.#afterSeq);
  }

  #entitled(): boolean {
    return this.#parts.entitlement.mayRead(this.#viewer, this.stream);
  }

  /** False when the subscription ended meanwhile. */
  async #waitForRoom(): Promise<boolean> {
    while (this.#isOpen()) {
      const room = this.#sink.room();
      if (!room) return true;
      await room;
    }
    return false;
  }

  #isOpen(): boolean {
    return this.#phase !== 'ended';
  }

  #end(): 'ended' {
    if (this.#isOpen()) {
      this.close();
      this.#sink.ended();
    }
    return 'ended';
  }

  // Runs synchronously up to the first wait, so that live events keep their order.
  #guard(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => {
      if (!this.#isOpen() || this.#goesOnWithoutStore(error)) return;
      this.close();
      this.#sink.failed(error);
    });
  }
}
