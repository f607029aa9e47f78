import type { LatLng } from '../geo/lat-lng.ts';
import type { Duty } from './duty.ts';
import { type Motion, STILL, seenAt } from './motion.ts';

/** What accounts tell about somebody who offers help. */
export interface Traits {
  readonly userId: string;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  /** When this was so, by the store's clock: of two of one person the larger is the newer. */
  readonly asOfMs: number;
  /** Absent: at any time, with skills that do not run out. */
  readonly duty?: Duty | undefined;
}

/** Everything of somebody but where they are. */
interface Standing extends Traits {
  /** Of all nodes. */
  readonly connections: number;
  /** The SOS whose slot they hold, drills not counted: a real one may take somebody out of a drill. */
  readonly holds: string | null;
  /** When an offer was last sent to them. */
  readonly alertedAtMs: number | null;
}

export interface Responder extends Standing {
  readonly point: LatLng | null;
  /** When the position was received, by the server's clock; what freshness is judged by. */
  readonly locatedAtMs: number | null;
  readonly motion: Motion;
}

/**
 * Somebody as memory holds them. Where they are is the same for all values of one person and changed in place: tens of
 * thousands move every second, and what is made for each move and lives until the next is what garbage collection takes
 * long over. Not a number: not known.
 */
export class KnownResponder implements Responder {
  readonly userId: string;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  readonly asOfMs: number;
  readonly duty: Duty | undefined;
  readonly connections: number;
  readonly holds: string | null;
  readonly alertedAtMs: number | null;
  readonly #place: Place;

  constructor(standing: Standing, last?: KnownResponder) {
    this.userId = standing.userId;
    this.skills = standing.skills;
    this.verified = standing.verified;
    this.available = standing.available;
    this.asOfMs = standing.asOfMs;
    this.duty = standing.duty;
    this.connections = standing.connections;
    this.holds = standing.holds;
    this.alertedAtMs = standing.alertedAtMs;
    this.#place = last ? last.#place : new Place();
  }

  /** The same person, otherwise. */
  with(change: Partial<Omit<Standing, 'userId'>>): KnownResponder {
    return new KnownResponder({ ...(this as Standing), ...change }, this);
  }

  get point(): LatLng | null {
    const { lat, lng } = this.#place;
    return Number.isNaN(lat) ? null : { lat, lng };
  }

  get locatedAtMs(): number | null {
    const { atMs } = this.#place;
    return Number.isNaN(atMs) ? null : atMs;
  }

  get motion(): Motion {
    return this.#place.motion;
  }

  /** Whether it matters to the index where else they are: they have a place for the first time, set out or stopped. */
  moveTo(point: LatLng, receivedAtMs: number): boolean {
    const place = this.#place;
    const isFirst = Number.isNaN(place.lat);
    const wasMoving = place.motion.isMoving;
    place.lat = point.lat;
    place.lng = point.lng;
    place.atMs = receivedAtMs;
    place.motion = seenAt(place.motion, point, receivedAtMs);
    return isFirst || wasMoving !== place.motion.isMoving;
  }
}

class Place {
  lat = Number.NaN;
  lng = Number.NaN;
  atMs = Number.NaN;
  motion = STILL;
}
