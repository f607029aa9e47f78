import type { CellTable } from './cell-table.ts';
import { Frontier } from './frontier.ts';
import { gapTo } from './nearest-search.ts';
import { ringsGoOn } from './ring-reach.ts';
import { RING_HEADER, type RingTables } from './ring-tables.ts';
import type { Slabs } from './slabs.ts';

/** Answers whether to go on. Distances are squared chords. */
export type VisitSlot = (slot: number, distance: number) => boolean;

/**
 * Visits points nearest first, best-first over cells and points (Hjaltason and Samet, "Distance Browsing in
 * Spatial Databases", 1999). Rings of cells join the frontier only when a nearer point could be in them; the
 * bound is the one of `NearestSearch`.
 */
export class OutwardWalk {
  readonly #cells: CellTable;
  readonly #slabs: Slabs;
  readonly #rings: RingTables;
  readonly #frontier: Frontier;
  #x = 0;
  #y = 0;
  #z = 0;
  /** Squared chord of the radius. */
  #limit = 0;

  constructor(cells: CellTable, slabs: Slabs, rings: RingTables, ids: readonly (string | undefined)[]) {
    this.#cells = cells;
    this.#slabs = slabs;
    this.#rings = rings;
    this.#frontier = new Frontier(ids);
  }

  /** Takes the query point as a unit vector and the radius as a squared chord. */
  aim(point: Float64Array, limit: number): void {
    this.#x = point[0] as number;
    this.#y = point[1] as number;
    this.#z = point[2] as number;
    this.#limit = limit;
    this.#frontier.clear();
  }

  runFrom(cell: number, visit: VisitSlot): void {
    const rings = this.#rings;
    this.#expand(cell);
    let ring = 0;
    let k = 0;
    while (ringsGoOn(this.#cells, rings, ring, k)) {
      k += 1;
      ring = rings.ring(cell, k, ring);
      const unseenFrom = this.#pushRing(ring);
      if (!this.#visitBelow(unseenFrom, visit)) return;
      if (unseenFrom > this.#limit) return;
    }
    const done = rings.disk(cell, k);
    this.#pushOccupied(done);
    this.#visitBelow(Number.POSITIVE_INFINITY, visit);
  }

  /** Visits all that is certainly nearer than what was not seen yet; false when told to stop. */
  #visitBelow(unseenFrom: number, visit: VisitSlot): boolean {
    const frontier = this.#frontier;
    while (frontier.size > 0 && frontier.firstDistance < unseenFrom) {
      const distance = frontier.firstDistance;
      const item = frontier.pop();
      if (item < 0) this.#expand(~item);
      else if (!visit(item, distance)) return false;
    }
    return true;
  }

  /** Adds a ring's occupied cells; the answer is the least distance of anything beyond the ring. */
  #pushRing(ring: number): number {
    const pool = this.#rings.pool;
    const start = ring + RING_HEADER;
    const end = start + this.#rings.countAt(ring);
    let least = Number.POSITIVE_INFINITY;
    for (let at = start; at < end; at++) {
      least = Math.min(least, this.#pushCell(pool[at] as number));
    }
    return least;
  }

  #pushOccupied(done: ReadonlySet<number>): void {
    const { occupied, occupiedCount } = this.#cells;
    for (let i = 0; i < occupiedCount; i++) {
      const cell = occupied[i] as number;
      if (!done.has(cell)) this.#pushCell(cell);
    }
  }

  #pushCell(cell: number): number {
    const gap = gapTo(this.#cells.shapes, cell, this.#x, this.#y, this.#z);
    if (gap <= this.#limit && (this.#cells.count[cell] as number) > 0) this.#frontier.pushCell(gap, cell);
    return gap;
  }

  #expand(cell: number): void {
    const { xyz, slots } = this.#slabs;
    const { start, count } = this.#cells;
    const first = start[cell] as number;
    const end = first + (count[cell] as number);
    for (let at = first; at < end; at++) {
      const dx = (xyz[at * 3] as number) - this.#x;
      const dy = (xyz[at * 3 + 1] as number) - this.#y;
      const dz = (xyz[at * 3 + 2] as number) - this.#z;
      const distance = dx * dx + dy * dy + dz * dz;
      if (distance <= this.#limit) this.#frontier.pushSlot(distance, slots[at] as number);
    }
  }
}
