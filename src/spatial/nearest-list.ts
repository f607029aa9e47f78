import { assert } from '../lib/assert.ts';
import type { NearestResult } from './query.ts';

/** Keeps the `limit` nearest candidates sorted by distance, then id, in the arrays of a result. */
export class NearestList {
  /** Candidates farther than this are of no use any more. Squared chord, like all distances here. */
  bound = 0;
  #ids: readonly (string | undefined)[];
  #distances: Float64Array = new Float64Array(0);
  #slots: Int32Array = new Int32Array(0);
  #limit = 0;
  #count = 0;

  constructor(ids: readonly (string | undefined)[]) {
    this.#ids = ids;
  }

  get count(): number {
    return this.#count;
  }

  /** Starts anew. Until the list is full everything up to `bound` is taken. */
  start(result: NearestResult, limit: number, bound: number): void {
    this.#distances = result.distancesM;
    this.#slots = result.slots;
    this.#limit = limit;
    this.#count = 0;
    this.bound = bound;
  }

  /** Adds a candidate that is not beyond `bound`; the answer is the new bound. */
  add(distance: number, slot: number): number {
    const distances = this.#distances;
    const slots = this.#slots;
    const last = this.#limit - 1;
    let at = this.#count;
    if (at <= last) this.#count = at + 1;
    else if (this.#isAfter(last, distance, slot)) at = last;
    else return this.bound;
    while (at > 0 && this.#isAfter(at - 1, distance, slot)) {
      distances[at] = distances[at - 1] as number;
      slots[at] = slots[at - 1] as number;
      at -= 1;
    }
    distances[at] = distance;
    slots[at] = slot;
    if (this.#count > last) this.bound = distances[last] as number;
    return this.bound;
  }

  #isAfter(at: number, distance: number, slot: number): boolean {
    const other = this.#distances[at] as number;
    return other > distance || (other === distance && this.#hasHigherId(at, slot));
  }

  #hasHigherId(at: number, slot: number): boolean {
    const other = this.#ids[this.#slots[at] as number];
    const id = this.#ids[slot];
    assert(other !== undefined && id !== undefined, 'candidates are in use');
    return other > id;
  }
}
