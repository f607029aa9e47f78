import type { LatLng } from '../../geo/lat-lng.ts';
import type { Traits } from '../roster.ts';
import type { LogEvent } from '../store.ts';
import type { Chance } from './chance.ts';
import type { MemoryDb } from './memory-db.ts';
import { SimNode } from './node.ts';
import type { Weather } from './node-line.ts';
import type { Planted } from './planted.ts';
import { type App, Session } from './session.ts';
import type { Frame } from './subscriber.ts';
import type { Timeline } from './timeline.ts';
import type { Truth } from './truth.ts';

export interface ClusterParts {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly db: MemoryDb;
  readonly truth: Truth;
  readonly planted: Planted;
  readonly onSent: (frame: Frame, client: App, node: SimNode) => void;
  readonly locate: (userIds: readonly string[]) => void;
}

const BUS_MS = 40;
const MIRROR_MS = 60;
/** After so long without a sign of it, what a node said of its sockets does not count any more. */
const GONE_AFTER_MS = 2_000;
const RESTART_AFTER_MS = 1_500;

/** The nodes of one engine, what they tell each other, and the sockets they hold. */
export class Cluster {
  readonly #parts: ClusterParts;
  readonly #nodes: SimNode[] = [];
  readonly #sessions = new Set<Session>();
  readonly #size: number;
  readonly #skewMs: number;
  #lives = 0;
  #versions = 0;

  constructor(size: number, skewMs: number, parts: ClusterParts) {
    this.#size = size;
    this.#skewMs = skewMs;
    this.#parts = parts;
  }

  get up(): SimNode[] {
    return this.#nodes.filter((node) => node.isUp);
  }

  get isWhole(): boolean {
    return this.up.length === this.#size;
  }

  byId(nodeId: string): SimNode | undefined {
    return this.#nodes.find((node) => node.id === nodeId);
  }

  boot(): void {
    for (let i = 0; i < this.#size; i++) this.#start();
  }

  /** Ends a life; another one begins in its place, after a while. */
  crash(node: SimNode): void {
    const { timeline, chance, weather } = this.#parts;
    if (node.isDead) return;
    weather.count('crash');
    node.crash();
    const lost = [...this.#sessions].filter((session) => session.node === node);
    for (const session of lost) {
      if (session.client.session === session) session.client.session = null;
      session.closeAtNode();
    }
    const users = lost.map((session) => session.client.actor.userId);
    timeline.after(GONE_AFTER_MS, () => {
      for (const userId of users) this.#mirror(node.id, userId, false, 0);
    });
    timeline.after(chance.between(200, 6_000), () => this.#start());
  }

  /** A socket to some node that is up, for this app; the one it had is noticed to be dead only later. */
  connect(client: App): void {
    const { chance } = this.#parts;
    const node = chance.of(this.up);
    if (!node || client.session) return;
    const session = new Session(node, client, { ...this.#parts, onClosed: (closed) => this.#closed(closed) });
    this.#sessions.add(session);
    client.session = session;
    const { userId } = client.actor;
    this.#parts.truth.connected(userId, 1);
    node.dispatch?.roster.connected(userId);
    this.#mirror(node.id, userId, this.#isOn(node, userId), MIRROR_MS);
    for (const [stream, seq] of client.streams) session.subscribe(stream, seq);
  }

  disconnect(client: App, noticedAfterMs: number): void {
    const { session } = client;
    client.session = null;
    if (session) this.#parts.timeline.after(noticedAfterMs, () => session.closeAtNode());
  }

  /** A position that came in over this app's socket; the other nodes hear of it. */
  located(client: App, point: LatLng): void {
    const { timeline, chance, truth } = this.#parts;
    const node = client.session?.node;
    if (!node?.isUp) return;
    truth.located(client.actor.userId, point);
    node.located(client.actor.userId, point);
    for (const other of this.up) {
      if (other !== node)
        timeline.after(chance.delayMs(MIRROR_MS), () => other.located(client.actor.userId, point));
    }
  }

  /** What accounts say of somebody has changed; each node hears of it in its own time. */
  changed(traits: Traits): void {
    const { timeline, chance, truth } = this.#parts;
    truth.setTraits(traits);
    for (const node of this.up) timeline.after(chance.between(0, 1_500), () => node.traits(traits));
  }

  #start(): void {
    const { chance, timeline, weather, truth } = this.#parts;
    const skewMs = chance.between(-this.#skewMs, this.#skewMs);
    const node = new SimNode(`node-${++this.#lives}`, skewMs, {
      ...this.#parts,
      everybody: () => truth.everybody,
      toOthers: (from, event) => this.#tell(from, event),
    });
    this.#nodes.push(node);
    node.start().then(
      () => this.#joined(node),
      () => {
        weather.count('start_failed');
        node.crash();
        timeline.after(RESTART_AFTER_MS, () => this.#start());
      },
    );
  }

  // Who is on which socket of which node is mirrored, so a node that starts reads it.
  #joined(node: SimNode): void {
    for (const session of this.#sessions) {
      const { userId } = session.client.actor;
      if (session.node !== node) node.mirrorPresence(session.node.id, userId, true, ++this.#versions);
    }
  }

  #closed(session: Session): void {
    const { node, client } = session;
    if (!this.#sessions.delete(session)) return;
    const { userId } = client.actor;
    this.#parts.truth.connected(userId, -1);
    if (!node.isUp) return;
    node.dispatch?.roster.disconnected(userId);
    this.#mirror(node.id, userId, this.#isOn(node, userId), MIRROR_MS);
  }

  #isOn(node: SimNode, userId: string): boolean {
    return [...this.#sessions].some((s) => s.node === node && s.client.actor.userId === userId);
  }

  #mirror(nodeId: string, userId: string, isOn: boolean, withinMs: number): void {
    const { timeline, chance } = this.#parts;
    const version = ++this.#versions;
    for (const other of this.up) {
      if (other.id !== nodeId)
        timeline.after(chance.delayMs(withinMs), () => other.mirrorPresence(nodeId, userId, isOn, version));
    }
  }

  #tell(from: SimNode, event: LogEvent): void {
    const { timeline, chance, weather } = this.#parts;
    if (weather.busIsDown) return;
    for (const other of this.up) {
      if (other === from) continue;
      if (chance.hits(0.05)) {
        weather.count('bus_lost');
        continue;
      }
      const times = chance.hits(0.05) ? 2 : 1;
      for (let i = 0; i < times; i++) {
        timeline.after(chance.delayMs(BUS_MS), () => {
          if (other.isUp) other.heard(event).catch(() => weather.count('bus_failed'));
        });
      }
    }
  }
}
