import type { LatLng } from '../geo/lat-lng.ts';
import type { NodeRows } from './elsewhere.ts';
import type { Whereabouts } from './whereabouts.ts';

/** Not in the index: nobody knows where they are. */
export const NOWHERE = -1;

/** What of one person changes all the time, changed in place; the same for all values of the person. */
export class Live {
  /** Stands for the person in this process, and is never given to anybody else. */
  readonly handle: number;
  /** What other nodes say of them. */
  readonly elsewhere: NodeRows;
  /** Where the index has them. */
  indexSlot = NOWHERE;
  readonly #whereabouts: Whereabouts;

  constructor(handle: number, whereabouts: Whereabouts, elsewhere: NodeRows) {
    this.handle = handle;
    this.elsewhere = elsewhere;
    this.#whereabouts = whereabouts;
  }

  get point(): LatLng | null {
    return this.#whereabouts.pointOf(this.handle);
  }

  /** When that position was received. Not a number: there is none. */
  get atMs(): number {
    return this.#whereabouts.atMsOf(this.handle);
  }
}
