import type { LatLng } from '../geo/lat-lng.ts';
import type { NodeRows } from './elsewhere.ts';
import { Motion } from './motion.ts';

/** Not in the index: nobody knows where they are. */
export const NOWHERE = -1;

/**
 * What of one person changes all the time, changed in place: tens of thousands move every second, what is made for each
 * move and lives until the next is what garbage collection takes long over, and each search by id costs more than the
 * move itself. Not a number: not known.
 */
export class Live {
  /** Stands for the person in this process, and is never given to anybody else. */
  readonly handle: number;
  /** What other nodes say of them. */
  readonly elsewhere: NodeRows;
  readonly motion = new Motion();
  lat = Number.NaN;
  lng = Number.NaN;
  atMs = Number.NaN;
  /** When the newest fix that came in here did, while no newer one came in elsewhere. */
  ownFixAtMs = Number.NaN;
  /** Where the index has them. */
  indexSlot = NOWHERE;

  constructor(handle: number, elsewhere: NodeRows) {
    this.handle = handle;
    this.elsewhere = elsewhere;
  }

  get point(): LatLng | null {
    const { lat, lng } = this;
    return Number.isNaN(lat) ? null : { lat, lng };
  }

  /** Whether it matters to the index where else they are: they have a place for the first time, set out or stopped. */
  moveTo(point: LatLng, receivedAtMs: number): boolean {
    const isFirst = Number.isNaN(this.lat);
    const wasMoving = this.motion.isMoving;
    this.lat = point.lat;
    this.lng = point.lng;
    this.atMs = receivedAtMs;
    this.motion.seen(point, receivedAtMs);
    return isFirst || wasMoving !== this.motion.isMoving;
  }
}
