import { gridRing } from 'h3-js';
import type { CellTable } from './cell-table.ts';
import { grownInts } from './grown.ts';

// A ring in the pool: the place of the next ring (0 while that is not built), the number of cells, the cells.
const COUNT = 1;
export const RING_HEADER = 2;
const NOT_BUILT = 0;

/**
 * The cells at grid distance 1, 2, 3 … of the cells that were asked about, built ring by ring when first
 * needed and kept in one pool. `gridRing` of h3-js is right at pentagons too, where rings are shorter.
 */
export class RingTables {
  /** Replaced when it grows: read it again after `ring`. */
  pool: Int32Array = new Int32Array(1024);
  readonly #cells: CellTable;
  #used = 1;
  #firstOf: Int32Array = new Int32Array(64);

  constructor(cells: CellTable) {
    this.#cells = cells;
  }

  /** Integers in use. */
  get used(): number {
    return this.#used;
  }

  /** Place of ring `k` of a cell. For `k` above 1 `previous` is the place of its ring `k - 1`. */
  ring(cell: number, k: number, previous: number): number {
    if (k > 1) return this.#after(cell, k, previous);
    this.#firstOf = grownInts(this.#firstOf, cell + 1);
    const known = this.#firstOf[cell] as number;
    if (known !== NOT_BUILT) return known;
    const built = this.#build(cell, 1);
    this.#firstOf[cell] = built;
    return built;
  }

  /** Number of cells in the ring at this place; they follow at `ring + RING_HEADER`. */
  countAt(ring: number): number {
    return this.pool[ring + COUNT] as number;
  }

  /** True when nobody is in the ring at this place. */
  isDeserted(ring: number): boolean {
    const { count } = this.#cells;
    const end = ring + RING_HEADER + this.countAt(ring);
    for (let at = ring + RING_HEADER; at < end; at++) {
      if (count[this.pool[at] as number] !== 0) return false;
    }
    return true;
  }

  /** The cells at grid distance 0 to `k`. */
  disk(cell: number, k: number): Set<number> {
    const disk = new Set([cell]);
    let ring = 0;
    for (let i = 1; i <= k; i++) {
      ring = this.ring(cell, i, ring);
      const start = ring + RING_HEADER;
      for (const member of this.pool.subarray(start, start + this.countAt(ring))) disk.add(member);
    }
    return disk;
  }

  clear(): void {
    this.pool = new Int32Array(1024);
    this.#used = 1;
    this.#firstOf.fill(NOT_BUILT);
  }

  #after(cell: number, k: number, previous: number): number {
    const known = this.pool[previous] as number;
    if (known !== NOT_BUILT) return known;
    const built = this.#build(cell, k);
    this.pool[previous] = built;
    return built;
  }

  #build(cell: number, k: number): number {
    const keys = gridRing(this.#cells.keyOf(cell), k);
    const ring = this.#used;
    this.#used += RING_HEADER + keys.length;
    this.pool = grownInts(this.pool, this.#used);
    this.pool[ring] = NOT_BUILT;
    this.pool[ring + COUNT] = keys.length;
    for (const [i, key] of keys.entries()) this.pool[ring + RING_HEADER + i] = this.#cells.cellOf(key);
    return ring;
  }
}
