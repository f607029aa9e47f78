import type { Clock } from '../lib/clock.ts';
import type { Engine } from '../lib/engine-health.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { CALM, type Overload, type OverloadLevel, tickMsAt } from '../lib/overload.ts';
import type { DownBody } from '../protocol/down.ts';
import type { Hub } from './hub.ts';
import { Marks } from './marks.ts';
import { Sequencer } from './sequencer.ts';
import { eventFrame, foretoldFrame, SharedFrame } from './shared-frame.ts';
import type { Disclosures, Entitlement, EventSource, LogEvent, StoreWatch, Viewer } from './types.ts';

/** What the feed shows, kept in memory. An event is in it before it is published. */
export interface FeedSource {
  feedSnapshot(): DownBody<'feed'>;
  /** By handle: a small number that stands for a responder in this process. */
  responderRows(handles: Iterable<number>): { responders: DownBody<'state'>['responders']; gone: string[] };
  responderIdOf(handle: number): string;
}

/** A dispatcher's socket, as the feed sees it. */
export interface FeedSink {
  send(frame: SharedFrame): void;
  /** False while older frames wait: state is not queued behind them, it is asked for again at the next tick. */
  ready(): boolean;
  /** Not entitled any more; nothing more is sent. */
  ended(): void;
}

export interface FeedParts {
  readonly hub: Hub;
  readonly events: EventSource;
  readonly entitlement: Entitlement;
  /** Asked before each frame of state: exact positions are on it. */
  readonly mayWatch: (viewer: Viewer) => boolean;
  readonly source: FeedSource;
  readonly disclosures: Disclosures;
  /** Whether somebody is in an open SOS: asked for it, goes there, or is being asked to. */
  readonly isInvolved: (userId: string) => boolean;
  /** How much of what can wait the node gives up; absent: nothing. */
  readonly overload?: () => Overload;
  /** Absent: of what was foretold the snapshot comes when it is said that the store is back. */
  readonly storeWatch?: Pick<StoreWatch, 'isAway' | 'isUnsettled'>;
  /** What the node has to do without; absent: nothing. */
  readonly degraded?: () => readonly Engine[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly tickMs?: number;
}

interface Watcher {
  readonly viewer: Viewer;
  readonly sink: FeedSink;
  /** What the snapshot already contained, by stream. */
  readonly floor: Map<string, number>;
  /** Responders that changed while this watcher's socket was busy. At most one entry each, and {@link OWED_MAX}. */
  readonly owed: Set<number>;
  /** More have changed than are counted one by one: a new snapshot is owed. */
  owesAll: boolean;
}

/** A frame of state, encoded once for all, and whose exact positions are on it. */
interface State {
  readonly frame: SharedFrame;
  readonly responderIds: readonly string[];
}

const ON_THE_FEED = /^(sos|alert):/;
const TICK_MS = 250;
/** The level of overload from which only those in an open SOS are followed. */
const INVOLVED_ONLY_FROM: OverloadLevel = 2;
const MAX_STREAMS = 20_000;
const OWED_MAX = 5_000;
/** Rows of one frame at most: a page takes each in without standing still, and a node makes each in one breath. */
const ROWS_AT_ONCE = 1_000;
/** Between two such frames, for events to pass. */
const BREATH_MS = 25;

/**
 * The dispatchers' feed: a snapshot, then every event of every SOS and of alerts that dispatchers are told of, and responders at most once per tick with their
 * newest values. Watchers who are up to date share one encoded frame; one who reads slowly is owed the ids.
 */
export class DispatchFeed {
  readonly #parts: FeedParts;
  readonly #sequencer: Sequencer;
  readonly #watchers = new Set<Watcher>();
  readonly #changed = new Marks();
  /** Changed while only those in an open SOS are followed. At most one entry for each responder. */
  readonly #putOff = new Set<number>();
  /** Streams of which something was told that is not in the log: once the store is back a snapshot takes its place. */
  readonly #foretold = new Set<string>();
  readonly #leave: (() => void)[];
  #cancelTick: (() => void) | null = null;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#sequencer = new Sequencer({
      events: parts.events,
      clock: parts.clock,
      log: parts.log,
      maxStreams: MAX_STREAMS,
      onEvent: (event) => this.#tellAll(event),
      onLost: () => this.#startOver(),
    });
    this.#leave = [
      parts.hub.watchAll((event) => {
        if (!ON_THE_FEED.test(event.stream)) return;
        if (this.#watchers.size > 0) this.#sequencer.take(event);
        else this.#sequencer.pass(event);
      }),
      parts.hub.watchForetold((event) => {
        if (ON_THE_FEED.test(event.stream)) this.#foretell(event);
      }),
      parts.hub.onRestored(() => this.#restored()),
    ];
  }

  /** Sends the snapshot at once, then what happens. The answer ends it. */
  watch(viewer: Viewer, sink: FeedSink): () => void {
    const watcher: Watcher = { viewer, sink, floor: new Map(), owed: new Set(), owesAll: false };
    if (!this.#parts.mayWatch(viewer)) {
      sink.ended();
      return () => {};
    }
    const isFirst = this.#watchers.size === 0;
    this.#watchers.add(watcher);
    const snapshot = this.#sendSnapshot(watcher);
    if (isFirst) this.#seed(snapshot);
    if (this.#overload.level > 0) sink.send(this.#overloadSaid());
    if (this.#degraded.length > 0) sink.send(this.#degradedSaid());
    return () => this.#leaves(watcher);
  }

  /** A responder moved, came, went or changed state. */
  markResponder(handle: number): void {
    if (this.#watchers.size === 0) return;
    const { source, isInvolved } = this.#parts;
    if (this.#overload.level >= INVOLVED_ONLY_FROM && !isInvolved(source.responderIdOf(handle))) {
      this.#putOff.add(handle);
      return;
    }
    this.#changed.add(handle);
    this.#scheduleTick();
  }

  /** The node gives up more, or less, of what can wait: watchers are told, and what was put off follows. */
  overloaded(): void {
    const frame = this.#overloadSaid();
    for (const { sink } of this.#watchers) sink.send(frame);
    if (this.#overload.level >= INVOLVED_ONLY_FROM) return;
    for (const handle of this.#putOff) this.#changed.add(handle);
    this.#putOff.clear();
    if (this.#changed.size > 0) this.#scheduleTick();
  }

  /** An engine is away, or back: watchers are told what the node does without. */
  degraded(): void {
    const frame = this.#degradedSaid();
    for (const { sink } of this.#watchers) sink.send(frame);
  }

  get #degraded(): readonly Engine[] {
    return this.#parts.degraded?.() ?? [];
  }

  #degradedSaid(): SharedFrame {
    const degraded = [...this.#degraded];
    return new SharedFrame(['state', { feed: 'dispatch', responders: [], gone: [], degraded }]);
  }

  get #overload(): Overload {
    return this.#parts.overload?.() ?? CALM;
  }

  #overloadSaid(): SharedFrame {
    const overload = this.#overload;
    return new SharedFrame(['state', { feed: 'dispatch', responders: [], gone: [], overload }]);
  }

  /** What somebody may do has changed: ends it at once for those who may not watch any more. */
  recheck(): void {
    for (const watcher of this.#watchers) this.#stillEntitled(watcher);
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  close(): void {
    for (const leave of this.#leave) leave();
    this.#cancelTick?.();
    this.#sequencer.close();
    this.#watchers.clear();
  }

  #sendSnapshot(watcher: Watcher): DownBody<'feed'> {
    const snapshot = this.#parts.source.feedSnapshot();
    watcher.floor.clear();
    watcher.owed.clear();
    watcher.owesAll = false;
    for (const [stream, seq] of numbersOf(snapshot)) watcher.floor.set(stream, seq);
    const [responders = [], ...more] = inParts(snapshot.responders);
    watcher.sink.send(new SharedFrame(['feed', { ...snapshot, responders }]));
    for (const part of more)
      watcher.sink.send(new SharedFrame(['state', { feed: 'dispatch', responders: part, gone: [] }]));
    for (const { requesterId, sosId } of snapshot.sos) this.#saw(watcher, requesterId, sosId);
    this.#parts.disclosures.sawAll(
      watcher.viewer,
      snapshot.responders.map(([responderId]) => responderId),
    );
    return snapshot;
  }

  // Only while nobody else waits for an event that this snapshot already contains.
  #seed(snapshot: DownBody<'feed'>): void {
    for (const [stream, seq] of numbersOf(snapshot)) this.#sequencer.seed(stream, seq);
  }

  #startOver(): void {
    this.#parts.metrics.count('fanout_feed_restarts_total');
    for (const watcher of this.#watchers) this.#sendSnapshot(watcher);
  }

  #tellAll(event: LogEvent): void {
    if (this.#foretold.has(event.stream)) this.#onDecidedElsewhere(event);
    else for (const watcher of this.#watchers) this.#tell(watcher, event);
  }

  /** The snapshot contains it that comes when the store is back: now, where it is and nobody is still to write something of this. */
  #onDecidedElsewhere({ stream }: LogEvent): void {
    const { storeWatch } = this.#parts;
    if (!storeWatch || storeWatch.isAway || storeWatch.isUnsettled(stream)) return;
    this.#foretold.delete(stream);
    this.#startOver();
  }

  #foretell(event: LogEvent): void {
    this.#foretold.add(event.stream);
    for (const watcher of this.#watchers) {
      const seen = this.#seen(watcher, event);
      if (seen) watcher.sink.send(foretoldFrame(seen, watcher.floor.get(event.stream) ?? 0));
    }
  }

  #restored(): void {
    if (this.#foretold.size === 0) return;
    this.#foretold.clear();
    this.#startOver();
  }

  /** Null: not for this watcher, or not to be shown as an event. */
  #seen(watcher: Watcher, event: LogEvent): LogEvent | null {
    if (!this.#stillEntitled(watcher)) return null;
    if (!this.#parts.entitlement.mayRead(watcher.viewer, event.stream)) return null;
    return this.#parts.entitlement.project(watcher.viewer, event);
  }

  #tell(watcher: Watcher, event: LogEvent): void {
    if (event.seq <= (watcher.floor.get(event.stream) ?? 0)) return;
    watcher.floor.delete(event.stream);
    if (!this.#stillEntitled(watcher)) return;
    if (!this.#parts.entitlement.mayRead(watcher.viewer, event.stream)) return;
    const seen = this.#parts.entitlement.project(watcher.viewer, event);
    if (seen === null) this.#sendSnapshot(watcher);
    else watcher.sink.send(eventFrame(seen));
  }

  #stillEntitled(watcher: Watcher): boolean {
    if (this.#parts.mayWatch(watcher.viewer)) return true;
    this.#leaves(watcher);
    watcher.sink.ended();
    return false;
  }

  #leaves(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    // Whoever comes next begins with a snapshot of everybody.
    this.#changed.clear();
    this.#putOff.clear();
  }

  #scheduleTick(delayMs = tickMsAt(this.#overload.level, this.#parts.tickMs ?? TICK_MS)): void {
    this.#cancelTick ??= this.#parts.clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = null;
    const changed = this.#changed.take(ROWS_AT_ONCE);
    let shared: readonly State[] | null = null;
    for (const watcher of this.#watchers) {
      if (!this.#stillEntitled(watcher)) continue;
      if (watcher.owed.size === 0 && !watcher.owesAll && watcher.sink.ready()) {
        if (changed.length === 0) continue;
        shared ??= this.#statesOf(changed);
        this.#sendStates(watcher, shared);
      } else {
        this.#catchUp(watcher, changed);
      }
    }
    if (this.#changed.size > 0) this.#scheduleTick(BREATH_MS);
  }

  #catchUp(watcher: Watcher, changed: readonly number[]): void {
    const { owed, sink } = watcher;
    if (!watcher.owesAll) for (const handle of changed) owed.add(handle);
    if (owed.size > OWED_MAX) {
      watcher.owesAll = true;
      owed.clear();
    }
    if (!sink.ready()) this.#scheduleTick();
    else if (watcher.owesAll) this.#sendSnapshot(watcher);
    else {
      this.#sendStates(watcher, this.#statesOf(owed));
      owed.clear();
    }
  }

  #sendStates(watcher: Watcher, states: readonly State[]): void {
    for (const { frame, responderIds } of states) {
      watcher.sink.send(frame);
      this.#parts.disclosures.sawAll(watcher.viewer, responderIds);
    }
  }

  #saw({ viewer }: Watcher, subjectId: string | null, sosId?: string): void {
    if (subjectId !== null) this.#parts.disclosures.saw(viewer, subjectId, sosId);
  }

  #statesOf(handles: Iterable<number>): State[] {
    return inParts([...handles]).map((part) => {
      const rows = this.#parts.source.responderRows(part);
      return {
        frame: new SharedFrame(['state', { feed: 'dispatch', ...rows }]),
        responderIds: rows.responders.map(([id]) => id),
      };
    });
  }
}

function inParts<T>(all: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < all.length; at += ROWS_AT_ONCE) parts.push(all.slice(at, at + ROWS_AT_ONCE));
  return parts;
}

/** Of everything in a snapshot its stream and the number that it has reached. */
function* numbersOf({
  sos,
  alerts = [],
}: DownBody<'feed'>): Iterable<readonly [stream: string, seq: number]> {
  // The log knows nothing yet of what was decided without the store.
  for (const { sosId, seq, isProvisional } of sos) if (!isProvisional) yield [`sos:${sosId}`, seq];
  for (const { alertId, seq } of alerts) yield [`alert:${alertId}`, seq];
}
