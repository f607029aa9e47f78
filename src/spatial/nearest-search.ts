import { CIRCUMRADIUS, SHAPE_STRIDE } from './cell-shape.ts';
import type { CellTable } from './cell-table.ts';
import type { NearestList } from './nearest-list.ts';
import type { NearestQuery } from './query.ts';
import { ringsGoOn } from './ring-reach.ts';
import { RING_HEADER, type RingTables } from './ring-tables.ts';
import type { Slabs } from './slabs.ts';

/**
 * Exact search outward, ring by ring (invariant 7). A path from the query point to anything beyond ring k
 * crosses a cell of ring k, because cells that touch are neighbours. Anything in a cell is at least
 * chord(query, centre) - circumradius away, so nothing beyond ring k is nearer than the least of these in
 * ring k; once that exceeds the bound of the list the search is over. Nothing is assumed about the length of
 * edges or the shape of cells, so pentagons, poles and the antimeridian are no special cases.
 */
export class NearestSearch {
  readonly #cells: CellTable;
  readonly #slabs: Slabs;
  readonly #rings: RingTables;
  readonly #list: NearestList;
  #x = 0;
  #y = 0;
  #z = 0;
  #skills = 0;
  #anyOf = 0;
  #flags = 0;
  #isForEligible = false;

  constructor(cells: CellTable, slabs: Slabs, rings: RingTables, list: NearestList) {
    this.#cells = cells;
    this.#slabs = slabs;
    this.#rings = rings;
    this.#list = list;
  }

  /** Takes the query point as a unit vector and the bits a candidate must have. */
  aim(
    point: Float64Array,
    { skills, flags, anyOf = 0 }: Pick<NearestQuery, 'skills' | 'flags' | 'anyOf'>,
  ): void {
    this.#x = point[0] as number;
    this.#y = point[1] as number;
    this.#z = point[2] as number;
    this.#skills = skills | 0;
    this.#anyOf = anyOf | 0;
    this.#flags = flags | 0;
    this.#isForEligible = this.#slabs.asksForEligible(flags);
  }

  /** Fills the list, starting from the cell the query point lies in. */
  runFrom(cell: number): void {
    const rings = this.#rings;
    this.#scan(cell);
    let ring = 0;
    let k = 0;
    while (ringsGoOn(this.#cells, rings, ring, k)) {
      k += 1;
      ring = rings.ring(cell, k, ring);
      if (this.#scanRing(ring)) return;
    }
    const done = rings.disk(cell, k);
    this.#sweep(done);
  }

  /** Scans what may matter of a ring; true when nothing beyond it can. */
  #scanRing(ring: number): boolean {
    const pool = this.#rings.pool;
    const start = ring + RING_HEADER;
    const end = start + this.#rings.countAt(ring);
    let least = Number.POSITIVE_INFINITY;
    for (let at = start; at < end; at++) {
      const cell = pool[at] as number;
      const gap = this.#gapTo(cell);
      if (gap < least) least = gap;
      if (gap <= this.#list.bound) this.#scan(cell);
    }
    return least > this.#list.bound;
  }

  #sweep(done: ReadonlySet<number>): void {
    const { occupied, occupiedCount } = this.#cells;
    for (let i = 0; i < occupiedCount; i++) {
      const cell = occupied[i] as number;
      if (this.#gapTo(cell) <= this.#list.bound && !done.has(cell)) this.#scan(cell);
    }
  }

  /** The least squared chord that any point of the cell can have. */
  #gapTo(cell: number): number {
    return gapTo(this.#cells.shapes, cell, this.#x, this.#y, this.#z);
  }

  #scan(cell: number): void {
    const { xyz, traits, slots } = this.#slabs;
    const { start } = this.#cells;
    const list = this.#list;
    const skills = this.#skills;
    const anyOf = this.#anyOf;
    const flags = this.#flags;
    const x = this.#x;
    const y = this.#y;
    const z = this.#z;
    const first = start[cell] as number;
    const end = first + ((this.#isForEligible ? this.#cells.eligible : this.#cells.count)[cell] as number);
    let bound = list.bound;
    for (let at = first; at < end; at++) {
      if (((traits[at * 2] as number) & skills) !== skills) continue;
      if (anyOf !== 0 && ((traits[at * 2] as number) & anyOf) === 0) continue;
      if (((traits[at * 2 + 1] as number) & flags) !== flags) continue;
      const dx = (xyz[at * 3] as number) - x;
      const dy = (xyz[at * 3 + 1] as number) - y;
      const dz = (xyz[at * 3 + 2] as number) - z;
      const distance = dx * dx + dy * dy + dz * dz;
      if (distance <= bound) bound = list.add(distance, slots[at] as number);
    }
  }
}

/** The least squared chord between the unit vector `x`, `y`, `z` and any point of the cell. */
export function gapTo(shapes: Float64Array, cell: number, x: number, y: number, z: number): number {
  const at = cell * SHAPE_STRIDE;
  const dx = (shapes[at] as number) - x;
  const dy = (shapes[at + 1] as number) - y;
  const dz = (shapes[at + 2] as number) - z;
  const gap = Math.sqrt(dx * dx + dy * dy + dz * dz) - (shapes[at + CIRCUMRADIUS] as number);
  return gap > 0 ? gap * gap : 0;
}
