import type { LatLng } from '../../geo/lat-lng.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { dispatchReading } from '../reading.ts';
import type { Traits } from '../roster.ts';
import { RosterWriter } from '../roster-writer.ts';
import { Dispatch } from '../service.ts';
import type { DispatchStore, LogEvent } from '../store.ts';
import type { Chance } from './chance.ts';
import type { MemoryDb } from './memory-db.ts';
import { memoryDispatchStore, memoryEvents } from './memory-store.ts';
import { NodeLine, type Weather } from './node-line.ts';
import type { Planted } from './planted.ts';
import type { SubscriberParts } from './subscriber.ts';
import { MachineClock, type Timeline } from './timeline.ts';

export interface NodeParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly db: MemoryDb;
  readonly planted: Planted;
  /** Everybody who offers help, as accounts have it now. */
  readonly everybody: () => readonly Traits[];
  /** Told to the other nodes, perhaps. */
  readonly toOthers: (from: SimNode, event: LogEvent) => void;
  readonly locate: (userIds: readonly string[]) => void;
}

const TAIL_EVERY_MS = 1_000;
const LATE_TAIL_MS = 4_000;

/** One life of one node: a start with empty memory, and at its end nothing of it is left. */
export class SimNode {
  readonly id: string;
  readonly clock: MachineClock;
  readonly line: NodeLine;
  readonly bornAtMs: number;
  /** Everything committed before this moment has been told here. */
  tailReadAtMs = 0;
  isDead = false;
  readonly #parts: NodeParts;
  readonly #hub = new Map<string, Set<(event: LogEvent) => void>>();
  readonly #mirrored = new Map<string, { version: number; isOn: boolean }>();
  readonly #located = new Set<string>();
  readonly #store: DispatchStore;
  #dispatch: Dispatch | null = null;
  #reading: ReturnType<typeof dispatchReading> | null = null;
  #told = 0;

  constructor(id: string, skewMs: number, parts: NodeParts) {
    this.id = id;
    this.#parts = parts;
    this.bornAtMs = parts.timeline.nowMs;
    this.clock = new MachineClock(parts.timeline, skewMs);
    this.line = new NodeLine(id, parts);
    this.#store = parts.planted.store(memoryDispatchStore(parts.db, this.line));
  }

  /** Null while it starts, or was never up. */
  get dispatch(): Dispatch | null {
    return this.#dispatch;
  }

  get isUp(): boolean {
    return this.#dispatch !== null && !this.isDead;
  }

  /** As `node.ts` does it: a place in the log first, then what stands, then the people, then the log from that place. */
  async start(): Promise<void> {
    const { db, chance } = this.#parts;
    const startedAtMs = this.#parts.timeline.nowMs;
    await this.line.step('begin');
    this.#told = db.commits.length;
    const dispatch = await Dispatch.open({
      store: this.#store,
      nodeId: this.id,
      clock: this.clock,
      newId: uuidV7Maker(() => this.clock.nowMs(), chance.random),
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => this.#published(event),
      locate: (userIds) => {
        if (!this.isDead) this.#parts.locate(userIds);
      },
    });
    if (this.isDead) return;
    const writer = new RosterWriter({
      roster: dispatch.roster,
      store: this.#store,
      clock: this.clock,
      log: silentLogger,
    });
    dispatch.roster.onChange((userId) => writer.changed(userId));
    writer.start();
    for (const traits of this.#parts.everybody()) dispatch.roster.setTraits(traits);
    this.#reading = dispatchReading({
      dispatch,
      store: this.#store,
      clock: this.clock,
      contacts: async () => new Map(),
      disclosures: { saw: () => {} },
    });
    this.tailReadAtMs = startedAtMs;
    this.#dispatch = dispatch;
    this.#followLog();
  }

  /** What is told of an event by another node, or by the log: as `node.ts` takes it. */
  async heard(event: LogEvent): Promise<void> {
    const [kind, id] = splitStream(event.stream);
    if (kind === 'sos') await this.#dispatch?.follow(id, event);
    this.#publish(event);
  }

  /** Another node has this person on a socket, or no longer; of two of these the larger version is the newer. */
  mirrorPresence(nodeId: string, userId: string, isOn: boolean, version: number): void {
    const key = `${nodeId} ${userId}`;
    const known = this.#mirrored.get(key);
    if (!this.isUp || (known && known.version >= version)) return;
    this.#mirrored.set(key, { version, isOn });
    if ((known?.isOn ?? false) === isOn) return;
    if (isOn) this.#dispatch?.roster.connected(userId);
    else this.#dispatch?.roster.disconnected(userId);
  }

  located(userId: string, point: LatLng): void {
    if (!this.isUp) return;
    this.#located.add(userId);
    this.#dispatch?.roster.moved(userId, point, this.clock.nowMs());
  }

  /** Whether a position of theirs came in during this life. What the last one knew may have died with it. */
  hasLocated(userId: string): boolean {
    return this.#located.has(userId);
  }

  traits(traits: Traits): void {
    if (this.isUp) this.#dispatch?.roster.setTraits(traits);
  }

  subscriberParts(): SubscriberParts | null {
    const reading = this.#reading;
    if (!reading) return null;
    const events = memoryEvents(this.#parts.db, this.line);
    return {
      ...events,
      snapshotOf: reading.snapshots.snapshotOf,
      entitlement: this.#parts.planted.entitlement(reading.entitlement),
      listen: (stream, onEvent) => {
        const listeners = this.#hub.get(stream) ?? new Set();
        this.#hub.set(stream, listeners.add(onEvent));
        return () => listeners.delete(onEvent);
      },
    };
  }

  /** Power off: its memory is gone, its timers with it, and its lines are cut wherever they were. */
  crash(): void {
    this.isDead = true;
    this.clock.die();
    this.line.die();
    this.#hub.clear();
  }

  #published(event: LogEvent): void {
    if (this.isDead) return;
    this.#publish(event);
    this.#parts.toOthers(this, event);
  }

  #publish(event: LogEvent): void {
    if (this.isDead) return;
    for (const listener of [...(this.#hub.get(event.stream) ?? [])]) listener(event);
  }

  #followLog(): void {
    const { chance, weather } = this.#parts;
    const lateMs = weather.tailsLag ? chance.between(0, LATE_TAIL_MS) : 0;
    this.clock.after(TAIL_EVERY_MS + lateMs, () => {
      this.#readTail()
        .catch(() => weather.count('tail_failed'))
        .then(() => this.#followLog());
    });
  }

  // A transaction can hold an older id than the one it waited for, so what is read need not be in order.
  async #readTail(): Promise<void> {
    const { db, timeline, chance } = this.#parts;
    await this.line.step('begin');
    const upTo = db.commits.length;
    const startedAtMs = timeline.nowMs;
    const news = db.commits.slice(this.#told, upTo);
    await this.line.step('answer');
    const inTheirOrder = chance.hits(0.3) ? chance.shuffled(news) : news;
    for (const { events } of inTheirOrder) for (const event of events) await this.heard(event);
    this.#told = upTo;
    this.tailReadAtMs = startedAtMs;
  }
}

export function splitStream(stream: string): [kind: string, id: string] {
  const colon = stream.indexOf(':');
  return [stream.slice(0, colon), stream.slice(colon + 1)];
}
