import { type Square, squareX, squareY } from './mercator.ts';

/** What a responder is drawn as; the number is what the shader gets. */
export const ROLES = ['volunteer', 'professional'] as const;
export const STATES = ['available', 'busy', 'off', 'unverified', 'away'] as const;
export type Role = (typeof ROLES)[number];
export type ResponderState = (typeof STATES)[number];

const FLAG = { verified: 1, available: 2, connected: 4, free: 8, professional: 16 } as const;

/** Numbers per responder in {@link Fleet.fill}: from x, y, to x, y, begin s, duration s, fix s, look. */
export const FLOATS = 8;

/** Whoever moves arrives at the newest place within this, however long ago the fix before it was. */
const GLIDE_MAX_MS = 3_000;
const GLIDE_MIN_MS = 200;
/** Farther in one step is a jump and shown as one: about 4 km at the equator. */
const JUMP = 1e-4;

export interface Fixed {
  readonly id: string;
  readonly lat: number;
  readonly lng: number;
  readonly flags: number;
  /** By the page's own clock. */
  readonly fixAtMs: number;
}

export const roleOf = (flags: number): Role => (flags & FLAG.professional ? 'professional' : 'volunteer');

export function stateOf(flags: number): ResponderState {
  if (!(flags & FLAG.connected)) return 'away';
  if (!(flags & FLAG.verified)) return 'unverified';
  if (!(flags & FLAG.free)) return 'busy';
  return flags & FLAG.available ? 'available' : 'off';
}

/**
 * Where everybody is and was a moment ago, in arrays that go to the graphics card as they are. Slots of those who left
 * are taken by the last one, so that the arrays have no holes.
 */
export class Fleet {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  /** From x, from y, to x, to y. */
  #places = new Float64Array(4 * 256);
  /** Begin, duration, fix; ms. */
  #times = new Float64Array(3 * 256);
  #flags = new Uint8Array(256);
  #movingUntilMs = 0;
  /** Rises with every change. */
  version = 0;
  /** False: whoever moves is at the new place at once. */
  isGliding = true;

  get size(): number {
    return this.#ids.length;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  /** Whether anybody is still on the way from one fix to the next. */
  isMoving(nowMs: number): boolean {
    return nowMs < this.#movingUntilMs;
  }

  place({ id, lat, lng, flags, fixAtMs }: Fixed, nowMs: number): void {
    this.version += 1;
    const [x, y] = [squareX(lng), squareY(lat)];
    const known = this.#slots.get(id);
    const slot = known ?? this.#newSlot(id);
    this.#flags[slot] = flags;
    const from = known === undefined ? { x, y } : this.#at(slot, nowMs);
    const sinceMs = fixAtMs - (this.#times[slot * 3 + 2] ?? fixAtMs);
    this.#times[slot * 3 + 2] = fixAtMs;
    const step = Math.hypot(x - from.x, y - from.y);
    const glides = this.isGliding && step > 0 && step < JUMP;
    const durationMs = glides ? Math.min(GLIDE_MAX_MS, Math.max(GLIDE_MIN_MS, sinceMs)) : 0;
    this.#places.set(glides ? [from.x, from.y, x, y] : [x, y, x, y], slot * 4);
    this.#times[slot * 3] = nowMs;
    this.#times[slot * 3 + 1] = durationMs;
    this.#movingUntilMs = Math.max(this.#movingUntilMs, nowMs + durationMs);
  }

  remove(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.version += 1;
    const last = this.#ids.length - 1;
    const moved = this.#ids[last] ?? id;
    this.#places.copyWithin(slot * 4, last * 4, last * 4 + 4);
    this.#times.copyWithin(slot * 3, last * 3, last * 3 + 3);
    this.#flags.copyWithin(slot, last, last + 1);
    this.#ids[slot] = moved;
    this.#slots.set(moved, slot);
    this.#ids.pop();
    this.#slots.delete(id);
  }

  clear(): void {
    this.version += 1;
    this.#slots.clear();
    this.#ids.length = 0;
  }

  /** Where somebody is shown at this moment. */
  placeOf(id: string, nowMs: number): Square | null {
    const slot = this.#slots.get(id);
    return slot === undefined ? null : this.#at(slot, nowMs);
  }

  /** The whole way of somebody, as {@link fill} writes it, into `out` from `offset` on: six numbers. False: nobody. */
  wayOf(id: string, out: Float32Array, offset: number, origin: Square, epochMs: number): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) return false;
    this.#way(slot, out, offset, origin, epochMs);
    return true;
  }

  flagsOf(id: string): number | null {
    const slot = this.#slots.get(id);
    return slot === undefined ? null : (this.#flags[slot] ?? null);
  }

  fixAtMsOf(id: string): number | null {
    const slot = this.#slots.get(id);
    return slot === undefined ? null : (this.#times[slot * 3 + 2] ?? null);
  }

  /** Everybody with their flags and newest place. */
  *each(): Iterable<{ id: string; flags: number; x: number; y: number }> {
    for (let slot = 0; slot < this.#ids.length; slot += 1)
      yield {
        id: this.#ids[slot] ?? '',
        flags: this.#flags[slot] ?? 0,
        x: this.#places[slot * 4 + 2] ?? 0,
        y: this.#places[slot * 4 + 3] ?? 0,
      };
  }

  /** Who is nearest to a place, within a radius of the square; null: nobody. */
  nearest({ x, y }: Square, radius: number, nowMs: number): string | null {
    let found: string | null = null;
    let best = radius;
    for (let slot = 0; slot < this.#ids.length; slot += 1) {
      const at = this.#at(slot, nowMs);
      const away = Math.hypot(at.x - x, at.y - y);
      if (away > best) continue;
      best = away;
      found = this.#ids[slot] ?? null;
    }
    return found;
  }

  /**
   * Writes everybody, {@link FLOATS} numbers each: places less `origin`, times in seconds after `epochMs`, so that 32 bits
   * are enough for both. `out` holds at least `size * FLOATS`.
   */
  fill(out: Float32Array, origin: Square, epochMs: number): void {
    for (let slot = 0; slot < this.#ids.length; slot += 1) {
      const at = slot * FLOATS;
      const flags = this.#flags[slot] ?? 0;
      this.#way(slot, out, at, origin, epochMs);
      out[at + 6] = ((this.#times[slot * 3 + 2] ?? 0) - epochMs) / 1_000;
      out[at + 7] = STATES.indexOf(stateOf(flags)) * 2 + ROLES.indexOf(roleOf(flags));
    }
  }

  #way(slot: number, out: Float32Array, at: number, origin: Square, epochMs: number): void {
    const [places, times] = [this.#places, this.#times];
    out[at] = (places[slot * 4] ?? 0) - origin.x;
    out[at + 1] = (places[slot * 4 + 1] ?? 0) - origin.y;
    out[at + 2] = (places[slot * 4 + 2] ?? 0) - origin.x;
    out[at + 3] = (places[slot * 4 + 3] ?? 0) - origin.y;
    out[at + 4] = ((times[slot * 3] ?? 0) - epochMs) / 1_000;
    out[at + 5] = (times[slot * 3 + 1] ?? 0) / 1_000;
  }

  #at(slot: number, nowMs: number): Square {
    const [fromX = 0, fromY = 0, toX = 0, toY = 0] = this.#places.subarray(slot * 4, slot * 4 + 4);
    const [beginMs = 0, durationMs = 0] = this.#times.subarray(slot * 3, slot * 3 + 2);
    const t = durationMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - beginMs) / durationMs));
    return { x: fromX + (toX - fromX) * t, y: fromY + (toY - fromY) * t };
  }

  #newSlot(id: string): number {
    const slot = this.#ids.length;
    if (slot === this.#flags.length) this.#grow();
    this.#ids.push(id);
    this.#slots.set(id, slot);
    this.#times[slot * 3 + 2] = Number.NaN;
    return slot;
  }

  #grow(): void {
    const size = this.#flags.length * 2;
    const grown = <T extends Float64Array | Uint8Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#places = grown(new Float64Array(4 * size), this.#places);
    this.#times = grown(new Float64Array(3 * size), this.#times);
    this.#flags = grown(new Uint8Array(size), this.#flags);
  }
}
