import { isLatLng, type LatLng } from '../geo/lat-lng.ts';
import { assert, must } from '../lib/assert.ts';
import { CellSpace, type CellSpaceLimits } from './cell-space.ts';
import { distanceOfSquaredChordM, squaredChordOf, writeUnitVector } from './chord.ts';
import { grownFloats, grownInts } from './grown.ts';
import { NearestList } from './nearest-list.ts';
import { NearestSearch } from './nearest-search.ts';
import { OutwardWalk, type VisitSlot } from './outward-walk.ts';
import { assertMasks, emptyResult, type NearestQuery, type NearestResult } from './query.ts';
import { Slabs } from './slabs.ts';
import { SlotTable } from './slot-table.ts';

export type { NearestQuery, NearestResult } from './query.ts';

export interface ResponderIndexOptions extends Partial<CellSpaceLimits> {
  /** H3 resolution of the cells. 7 (5 km²) is the fastest for cities of up to a million responders. */
  readonly resolution?: number;
  /**
   * The flags that nearly every query asks for, such as available and verified. Whoever has them all is kept
   * apart, and a query that asks for them all reads nobody else. Only speed depends on it.
   */
  readonly eligibleFlags?: number;
}

const DEFAULT_RESOLUTION = 7;
const DEFAULT_RING_TABLE_LIMIT = 4_194_304;
const DEFAULT_EMPTY_CELL_LIMIT = 262_144;
// Inserting into a sorted list is the fastest for few, a heap for many.
const LONGEST_LIST = 1_024;

/**
 * Where everybody is, in memory: exact nearest-first search over H3 cells (invariant 7). Pure and synchronous.
 * Responders are points with two masks of 32 bits whose meaning is the caller's. Coordinates out of range are
 * a programming error and throw: input is checked farther out.
 */
export class ResponderIndex {
  readonly #slots = new SlotTable();
  readonly #space: CellSpace;
  readonly #slabs: Slabs;
  readonly #list = new NearestList(this.#slots.ids);
  readonly #search: NearestSearch;
  readonly #outward: OutwardWalk;
  readonly #point = new Float64Array(3);
  #isWalking = false;

  constructor(options: ResponderIndexOptions = {}) {
    this.#space = new CellSpace(options.resolution ?? DEFAULT_RESOLUTION, {
      ringTableLimit: options.ringTableLimit ?? DEFAULT_RING_TABLE_LIMIT,
      emptyCellLimit: options.emptyCellLimit ?? DEFAULT_EMPTY_CELL_LIMIT,
    });
    const { cells, rings } = this.#space;
    this.#slabs = new Slabs(cells, options.eligibleFlags ?? 0);
    this.#search = new NearestSearch(cells, this.#slabs, rings, this.#list);
    this.#outward = new OutwardWalk(cells, this.#slabs, rings, this.#slots.ids);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Sizes of what is kept for speed only, for metrics: both go back to nothing when over their limit. */
  get memory(): { ringTableInts: number; emptyCells: number } {
    return { ringTableInts: this.#space.rings.used, emptyCells: this.#space.cells.emptyCount };
  }

  /**
   * Puts or moves a point; a new one has no traits. The answer is its slot, stable until it is removed.
   * O(1), without a call of H3 while the point stays in the inscribed circle of its cell.
   */
  set(id: string, lat: number, lng: number): number {
    const known = this.#slots.slotOf(id);
    if (known !== undefined) {
      this.move(known, lat, lng);
      return known;
    }
    this.#assertNotWalking();
    this.#aim(lat, lng);
    const slot = this.#slots.add(id);
    this.#slabs.put(slot, this.#space.cellAt(lat, lng, this.#point), 0, 0);
    this.#write(slot, lat, lng);
    return slot;
  }

  /** The same by the slot of a known responder, without a search for it. */
  move(slot: number, lat: number, lng: number): void {
    this.#assertNotWalking();
    assert(this.#slots.ids[slot] !== undefined, 'the slot is in use');
    this.#aim(lat, lng);
    if (!this.#isStillInside(slot)) this.#moveTo(this.#space.cellAt(lat, lng, this.#point), slot);
    this.#write(slot, lat, lng);
  }

  /** Replaces both masks of a known responder. */
  setTraits(id: string, skills: number, flags: number): void {
    this.#assertNotWalking();
    assertMasks(skills, flags);
    this.#slabs.setTraits(must(this.#slots.slotOf(id), 'a known responder'), skills, flags);
  }

  /** False when there is no such responder. */
  remove(id: string): boolean {
    this.#assertNotWalking();
    const slot = this.#slots.slotOf(id);
    if (slot === undefined) return false;
    this.#slabs.take(slot);
    this.#slots.release(slot);
    return true;
  }

  slotOf(id: string): number | undefined {
    return this.#slots.slotOf(id);
  }

  /** The id of a slot in use. */
  idOf(slot: number): string {
    return this.#slots.idOf(slot);
  }

  positionOf(id: string): LatLng | undefined {
    const slot = this.#slots.slotOf(id);
    return slot === undefined ? undefined : this.#slots.positionOf(slot);
  }

  /** The skills of a slot in use, as an unsigned mask. */
  skillsOf(slot: number): number {
    return (this.#slabs.traits[this.#entryOf(slot) * 2] as number) >>> 0;
  }

  /** The flags of a slot in use, as an unsigned mask. */
  flagsOf(slot: number): number {
    return (this.#slabs.traits[this.#entryOf(slot) * 2 + 1] as number) >>> 0;
  }

  /**
   * Exactly the nearest `limit` within the radius that have all the bits and one of `anyOf`, nearest first, ties by id (order of
   * UTF-16 units). Writes into `out` and answers it when one is given, growing its arrays if they are short.
   */
  nearest(query: NearestQuery, out: NearestResult = emptyResult(0)): NearestResult {
    this.#assertNotWalking();
    assert(Number.isInteger(query.limit) && query.limit >= 0, 'a limit is a whole number');
    assertMasks(query.skills, query.flags);
    assertMasks(query.anyOf ?? 0, 0);
    const bound = this.#aimWithin(query.lat, query.lng, query.radiusM);
    const limit = Math.min(query.limit, this.size);
    out.slots = grownInts(out.slots, limit);
    out.distancesM = grownFloats(out.distancesM, limit);
    out.count = 0;
    if (limit === 0) return out;
    if (limit > LONGEST_LIST) this.#collectOutward(query, bound, limit, out);
    else this.#collectNearest(query, bound, limit, out);
    for (let i = 0; i < out.count; i++) {
      const distanceM = distanceOfSquaredChordM(out.distancesM[i] as number);
      out.distancesM[i] = Math.min(distanceM, query.radiusM);
    }
    return out;
  }

  /**
   * Visits everybody within the radius, whatever their traits, in the order of `nearest`, while `visit`
   * answers true. The visitor may look things up by slot but neither change the index nor search it.
   */
  walk(lat: number, lng: number, radiusM: number, visit: (slot: number, distanceM: number) => boolean): void {
    this.#assertNotWalking();
    const bound = this.#aimWithin(lat, lng, radiusM);
    if (this.size === 0) return;
    this.#walkOutward(lat, lng, bound, (slot, distance) =>
      visit(slot, Math.min(distanceOfSquaredChordM(distance), radiusM)),
    );
  }

  #collectNearest(query: NearestQuery, bound: number, limit: number, out: NearestResult): void {
    this.#list.start(out, limit, bound);
    this.#search.aim(this.#point, query);
    this.#search.runFrom(this.#space.cellAt(query.lat, query.lng, this.#point));
    out.count = this.#list.count;
  }

  #collectOutward(query: NearestQuery, bound: number, limit: number, out: NearestResult): void {
    const { traits } = this.#slabs;
    const skills = query.skills | 0;
    const flags = query.flags | 0;
    const anyOf = (query.anyOf ?? 0) | 0;
    this.#walkOutward(query.lat, query.lng, bound, (slot, distance) => {
      const entry = this.#entryOf(slot);
      if (((traits[entry * 2] as number) & skills) !== skills) return true;
      if (anyOf !== 0 && ((traits[entry * 2] as number) & anyOf) === 0) return true;
      if (((traits[entry * 2 + 1] as number) & flags) !== flags) return true;
      out.slots[out.count] = slot;
      out.distancesM[out.count] = distance;
      out.count += 1;
      return out.count < limit;
    });
  }

  #walkOutward(lat: number, lng: number, bound: number, visit: VisitSlot): void {
    this.#outward.aim(this.#point, bound);
    const cell = this.#space.cellAt(lat, lng, this.#point);
    this.#isWalking = true;
    try {
      this.#outward.runFrom(cell, visit);
    } finally {
      this.#isWalking = false;
    }
  }

  #assertNotWalking(): void {
    assert(!this.#isWalking, 'a visitor neither changes nor searches the index it walks');
  }

  /** Makes `#point` the unit vector of a point. */
  #aim(lat: number, lng: number): void {
    assert(isLatLng(lat, lng), 'a point has a latitude and a longitude in range');
    writeUnitVector(lat, lng, this.#point, 0);
  }

  /** Makes `#point` the unit vector of a query; the answer is the squared chord of the radius. */
  #aimWithin(lat: number, lng: number, radiusM: number): number {
    assert(radiusM >= 0, 'a radius is not negative');
    this.#aim(lat, lng);
    return squaredChordOf(radiusM);
  }

  #isStillInside(slot: number): boolean {
    return this.#space.isInside(this.#slabs.cellOf[slot] as number, this.#point);
  }

  /** Where the point of a slot in use is in the slabs. */
  #entryOf(slot: number): number {
    assert(this.#slots.ids[slot] !== undefined, 'the slot is in use');
    return this.#slabs.entryOf(slot);
  }

  #moveTo(cell: number, slot: number): void {
    if (cell === this.#slabs.cellOf[slot]) return;
    const skills = this.skillsOf(slot);
    const flags = this.flagsOf(slot);
    this.#slabs.take(slot);
    this.#slabs.put(slot, cell, skills, flags);
  }

  #write(slot: number, lat: number, lng: number): void {
    const { xyz } = this.#slabs;
    const at = this.#slabs.entryOf(slot) * 3;
    xyz[at] = this.#point[0] as number;
    xyz[at + 1] = this.#point[1] as number;
    xyz[at + 2] = this.#point[2] as number;
    this.#slots.setPosition(slot, lat, lng);
  }
}
