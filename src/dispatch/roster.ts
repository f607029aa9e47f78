import type { LatLng } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { isUuid } from '../lib/ids.ts';
import { UuidTable } from '../lib/uuid-table.ts';
import { ResponderIndex } from '../spatial/responder-index.ts';
import { type DutyExclusion, dutyReason, heldSkills } from './duty.ts';
import { Elsewhere, type PresenceRow, type PresenceRows } from './elsewhere.ts';
import { Held } from './held.ts';
import { KnownResponder, type Responder, type Traits } from './known-responder.ts';
import { Live, NOWHERE } from './live.ts';
import type { Rule } from './rule.ts';
import { fits, skillBits } from './skills.ts';
import { Whereabouts } from './whereabouts.ts';

export type { Responder, Traits } from './known-responder.ts';

/** Bits of what somebody must be, all at once, to be offered anything. */
export const FLAGS = { verified: 1, available: 2, connected: 4, free: 8 } as const;
export const ELIGIBLE = FLAGS.verified | FLAGS.available | FLAGS.connected | FLAGS.free;
/** Seen moving, so perhaps sooner there than by the speed of the place. A bit of the index only. */
export const MOVING = 16;

/** What somebody is wanted for. */
export interface Wanted {
  readonly skills: readonly string[];
  readonly rule: Pick<Rule, 'fixMaxAgeMs'>;
  /** For a drill that they asked for themselves: not being available keeps nobody from it. */
  readonly isOwnDrill?: boolean;
}

/** Whether this node is the first to know of a change, or heard of it from another. */
export type Where = 'here' | 'elsewhere';
/** `handle` stands for the person, see {@link Roster.at}. */
export type RosterListener = (userId: string, where: Where, handle: number) => void;

/** What one node knows of somebody at first hand: sockets, and the newest fix if it came in there. */
export type OwnPresence = Pick<PresenceRow, 'connections' | 'point' | 'locatedAtMs'>;

/**
 * Everybody who offers help, in memory: who they are, whether they are there, where they are. Answers of matching
 * come from here and from nowhere else; {@link onChange} tells the dashboards and the read model in the store.
 */
export class Roster {
  readonly index = new ResponderIndex({ eligibleFlags: ELIGIBLE });
  readonly #responders = new Map<string, KnownResponder>();
  /** Of everybody, since somebody can begin to offer help while connected. */
  readonly #connections = new Map<string, number>();
  /** Of everybody likewise: a node reads who holds what before it has read all who offer help. */
  readonly #holdings = new Held();
  readonly #drills = new Held();
  /** Sockets of people on other nodes, and fixes that came in there. */
  readonly #elsewhere = new Elsewhere();
  /** By handle, everybody who offers help. */
  readonly #byHandle: (KnownResponder | undefined)[] = [];
  /** By handle, also those who were forgotten. */
  readonly #ids: string[] = [];
  readonly #handles = new UuidTable();
  readonly #whereabouts = new Whereabouts();
  readonly #listeners: RosterListener[] = [];

  /** Told of everybody who came, moved or changed, after the change. */
  onChange(listener: RosterListener): void {
    this.#listeners.push(listener);
  }

  get size(): number {
    return this.#responders.size;
  }

  /** As of now: where they are changes in it. */
  get(userId: string): Responder | undefined {
    return this.#responders.get(userId);
  }

  ids(): IterableIterator<string> {
    return this.#responders.keys();
  }

  /** Small numbers that stand for people, given out once: for those who look up tens of thousands a second. */
  *handles(): IterableIterator<number> {
    for (const { live } of this.#responders.values()) yield live.handle;
  }

  /** By handle. Undefined: forgotten. */
  at(handle: number): KnownResponder | undefined {
    return this.#byHandle[handle];
  }

  /** Whom a handle stands for, or stood for. */
  idAt(handle: number): string {
    return must(this.#ids[handle], 'a handle that was given out');
  }

  /** What this node knows of somebody at first hand; null: nothing. */
  ownOf(userId: string): OwnPresence | null {
    const connections = this.#connections.get(userId) ?? 0;
    const live = this.#responders.get(userId)?.live;
    const locatedAtMs = live ? this.#whereabouts.ownFixAtMsOf(live.handle) : Number.NaN;
    if (live && !Number.isNaN(locatedAtMs)) return { connections, point: live.point, locatedAtMs };
    return connections === 0 ? null : { connections, point: null, locatedAtMs: null };
  }

  *ownIds(): IterableIterator<string> {
    for (const userId of this.#connections.keys()) if (this.#responders.has(userId)) yield userId;
  }

  /** What another node says of somebody, unless it has said something newer. */
  placeElsewhere(nodeId: string, row: PresenceRow): void {
    const { userId, version, connections, point, locatedAtMs } = row;
    const known = this.#responders.get(userId);
    if (known) {
      const { lat, lng } = point ?? { lat: Number.NaN, lng: Number.NaN };
      this.#placed(known, nodeId, version, connections, lat, lng, locatedAtMs ?? Number.NaN);
    } else {
      const taken = this.#elsewhere.of(userId).take(nodeId, version, connections);
      if (taken !== 'older' && connections === 0) this.#elsewhere.forget(userId);
    }
  }

  /** The same of one of many rows: nothing is made for it, and nobody is searched for by their id. */
  takeElsewhere(nodeId: string, rows: PresenceRows, index: number): void {
    const known = this.#byHandle[rows.handleAt(index, this.#handles)];
    if (known) {
      const [version, connections] = [rows.versionAt(index), rows.connectionsAt(index)];
      const [lat, lng, atMs] = [rows.latAt(index), rows.lngAt(index), rows.locatedAtMsAt(index)];
      this.#placed(known, nodeId, version, connections, lat, lng, atMs);
    } else {
      this.placeElsewhere(nodeId, must(rows.at(index), 'a row'));
    }
  }

  #placed(
    known: KnownResponder,
    nodeId: string,
    version: number,
    connections: number,
    lat: number,
    lng: number,
    locatedAtMs: number,
  ): void {
    const taken = known.live.elsewhere.take(nodeId, version, connections);
    if (taken === 'older') return;
    const wasAtMs = known.live.atMs;
    const isNewer = locatedAtMs > (Number.isNaN(wasAtMs) ? 0 : wasAtMs);
    if (isNewer && !Number.isNaN(lat) && !Number.isNaN(lng))
      this.#moved(known, lat, lng, locatedAtMs, 'elsewhere');
    if (taken === 'counted') this.#recount(known.userId, 'elsewhere');
  }

  /** A node is gone: whoever was connected there is not. */
  dropNode(nodeId: string): void {
    const isKept = (userId: string) => this.#responders.has(userId);
    for (const userId of this.#elsewhere.dropNode(nodeId, isKept)) this.#recount(userId, 'elsewhere');
  }

  /** Adds somebody or replaces what accounts say of them, unless something newer is known. */
  setTraits(traits: Traits): void {
    const known = this.#responders.get(traits.userId);
    if (known && known.asOfMs > traits.asOfMs) return;
    const standing = {
      ...traits,
      connections: this.#connectionsOf(traits.userId),
      holds: this.#holdings.by(traits.userId),
      alertedAtMs: known?.alertedAtMs ?? null,
    };
    this.#put(new KnownResponder(standing, known?.live ?? this.#newLive(traits.userId)));
  }

  /** A position of somebody known; of anybody else it is not ours to keep. */
  moved(userId: string, point: LatLng, receivedAtMs: number): void {
    const known = this.#responders.get(userId);
    if (known) this.#moved(known, point.lat, point.lng, receivedAtMs, 'here');
  }

  #moved(known: KnownResponder, lat: number, lng: number, receivedAtMs: number, where: Where): void {
    const { live } = known;
    const isOther = this.#whereabouts.move(live.handle, lat, lng, receivedAtMs, where === 'here');
    if (live.indexSlot !== NOWHERE) this.index.move(live.indexSlot, lat, lng);
    if (isOther) this.#reindex(known);
    // Whoever waits for its tick keeps the id that is kept here anyway, not one of each message.
    this.#changed(known.userId, where, live.handle);
  }

  #newLive(userId: string): Live {
    const handle = this.#ids.push(userId) - 1;
    this.#whereabouts.begin(handle);
    // Rows of other nodes are of nobody else.
    if (isUuid(userId)) this.#handles.set(userId, handle);
    return new Live(handle, this.#whereabouts, this.#elsewhere.of(userId));
  }

  /** Somebody who was erased: nothing of them is kept but the id that their handle stood for, and dashboards take them away. */
  forget(userId: string): void {
    const live = this.#responders.get(userId)?.live;
    if (!live) return;
    this.#responders.delete(userId);
    this.#byHandle[live.handle] = undefined;
    this.#whereabouts.forget(live.handle);
    this.index.remove(userId);
    this.#elsewhere.forget(userId);
    this.#changed(userId, 'here', live.handle);
  }

  connected(userId: string): void {
    this.#connect(userId, 1);
  }

  disconnected(userId: string): void {
    this.#connect(userId, -1);
  }

  holds(userId: string, sosId: string, isDrill = false): void {
    if (isDrill) {
      this.#drills.add(userId, sosId);
      return;
    }
    this.#holdings.add(userId, sosId);
    this.#update(userId, { holds: this.#holdings.by(userId) });
  }

  /** Ends a holding, but only of this SOS: they may have taken another one since. */
  released(userId: string, sosId: string): void {
    this.#drills.remove(userId, sosId);
    this.#holdings.remove(userId, sosId);
    const holds = this.#holdings.by(userId);
    if (holds !== (this.#responders.get(userId)?.holds ?? null)) this.#update(userId, { holds });
  }

  /** The SOS whose slot this person holds. For a drill, a real one counts too. */
  holding(userId: string, isDrill = false): string | null {
    return this.#holdings.by(userId) ?? (isDrill ? this.#drills.by(userId) : null);
  }

  /** The drill whose slot this person holds. */
  drilling(userId: string): string | null {
    return this.#drills.by(userId);
  }

  /** An offer was sent to them: they may want to rest after it. */
  alerted(userId: string, atMs: number): void {
    const known = this.#responders.get(userId);
    if (!known) return;
    this.#keep(known.with({ alertedAtMs: Math.max(known.alertedAtMs ?? 0, atMs) }));
  }

  /** Why somebody can't be asked at this moment, or null when they can (invariant 4). */
  reasonAgainst(userId: string, wanted: Wanted, nowMs: number): Exclusion | null {
    const responder = this.#responders.get(userId);
    const offersHelp = responder?.available || wanted.isOwnDrill;
    if (responder?.holds && responder.verified && offersHelp && responder.connections > 0) return 'busy';
    return this.reasonUnfit(userId, wanted, nowMs);
  }

  /** The same of somebody who holds a slot already, or would give it up. */
  reasonUnfit(
    userId: string,
    { skills: wanted, rule, isOwnDrill = false }: Wanted,
    nowMs: number,
  ): Exclusion | null {
    const responder = this.#responders.get(userId);
    if (!responder?.verified) return 'not_verified';
    if (!responder.available && !isOwnDrill) return 'not_available';
    if (responder.connections === 0) return 'not_connected';
    const { duty, skills } = responder;
    if (!fits(skills, wanted)) return 'not_qualified';
    if (duty && !fits(heldSkills(skills, duty, nowMs), wanted)) return 'certificate_expired';
    if (responder.locatedAtMs === null || nowMs - responder.locatedAtMs > rule.fixMaxAgeMs)
      return 'position_stale';
    return duty ? dutyReason(duty, responder.alertedAtMs, nowMs) : null;
  }

  /** Whether somebody's skills fit, wherever their phone is and whatever they wish: they are on the way already. */
  isQualified(userId: string, wanted: readonly string[], nowMs: number): boolean {
    const responder = this.#responders.get(userId);
    if (!responder?.verified) return false;
    const { duty, skills } = responder;
    return fits(duty ? heldSkills(skills, duty, nowMs) : skills, wanted);
  }

  /** How fast somebody was seen moving just now; null: not, or not known. */
  speedOf(userId: string, nowMs: number): number | null {
    const live = this.#responders.get(userId)?.live;
    return live ? this.#whereabouts.speedMpsOf(live.handle, nowMs) : null;
  }

  flagsOf(responder: Responder): number {
    return (
      (responder.verified ? FLAGS.verified : 0) |
      (responder.available ? FLAGS.available : 0) |
      (responder.connections > 0 ? FLAGS.connected : 0) |
      (responder.holds ? 0 : FLAGS.free)
    );
  }

  #changed(userId: string, where: Where, handle: number): void {
    for (const listener of this.#listeners) listener(userId, where, handle);
  }

  #connectionsOf(userId: string): number {
    return (this.#connections.get(userId) ?? 0) + this.#elsewhere.connectionsOf(userId);
  }

  #recount(userId: string, where: Where): void {
    this.#update(userId, { connections: this.#connectionsOf(userId) }, where);
  }

  #connect(userId: string, by: 1 | -1): void {
    const connections = Math.max(0, (this.#connections.get(userId) ?? 0) + by);
    if (connections === 0) this.#connections.delete(userId);
    else this.#connections.set(userId, connections);
    this.#recount(userId, 'here');
  }

  #update(userId: string, change: Parameters<KnownResponder['with']>[0], where: Where = 'here'): void {
    const known = this.#responders.get(userId);
    if (known) this.#put(known.with(change), where);
  }

  #put(responder: KnownResponder, where: Where = 'here'): void {
    this.#keep(responder);
    this.#reindex(responder);
    this.#changed(responder.userId, where, responder.live.handle);
  }

  #keep(responder: KnownResponder): void {
    this.#responders.set(responder.userId, responder);
    this.#byHandle[responder.live.handle] = responder;
  }

  #reindex(responder: KnownResponder): void {
    const { point, live } = responder;
    if (!point) return;
    if (live.indexSlot === NOWHERE) live.indexSlot = this.index.set(responder.userId, point.lat, point.lng);
    this.index.setTraits(
      responder.userId,
      skillBits(responder.skills),
      this.flagsOf(responder) | (this.#whereabouts.isMoving(live.handle) ? MOVING : 0),
    );
  }
}

/** Reasons not to disturb somebody, of no weight once they say yes: they sit still, or it is not their time. */
export const ONLY_UNASKED: ReadonlySet<Exclusion> = new Set([
  'position_stale',
  'off_duty',
  'quiet_hours',
  'resting',
]);

export type Exclusion =
  | 'not_verified'
  | 'not_available'
  | 'not_connected'
  | 'busy'
  | 'not_qualified'
  | 'position_stale'
  | 'certificate_expired'
  | DutyExclusion;
