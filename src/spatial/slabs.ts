import type { CellTable } from './cell-table.ts';
import { grownFloats, grownInts } from './grown.ts';

const SMALLEST_BLOCK = 2;

/**
 * The points of each cell side by side in one block, so that a query reads memory in order, the eligible ones
 * first, so that it need not read the others. Blocks have power-of-two sizes and are handed round by size;
 * they double when full and halve when three quarters empty.
 */
export class Slabs {
  /** Three numbers per entry: the unit vector. Replaced on growth, like the arrays below. */
  xyz: Float64Array = new Float64Array(3 * 64);
  /** Two masks per entry: skills, flags. */
  traits: Int32Array = new Int32Array(2 * 64);
  /** The slot of each entry. */
  slots: Int32Array = new Int32Array(64);
  /** The cell of each slot. */
  cellOf: Int32Array = new Int32Array(64);
  readonly #eligibleFlags: number;
  readonly #cells: CellTable;
  /** The place of each slot in the block of its cell. */
  #offsetOf: Int32Array = new Int32Array(64);
  #used = 0;
  /** Free blocks by the exponent of their size. */
  readonly #free: number[][] = Array.from({ length: 31 }, () => []);

  /** Points with all bits of `eligibleFlags` are the eligible ones. */
  constructor(cells: CellTable, eligibleFlags: number) {
    this.#cells = cells;
    this.#eligibleFlags = eligibleFlags | 0;
  }

  /** True when only eligible points can have all bits of `flags`. */
  asksForEligible(flags: number): boolean {
    return (flags & this.#eligibleFlags) === this.#eligibleFlags;
  }

  /** The entry of a slot that was put somewhere. */
  entryOf(slot: number): number {
    return (this.#cells.start[this.cellOf[slot] as number] as number) + (this.#offsetOf[slot] as number);
  }

  /** Puts a slot that is nowhere into a cell. Its vector is left to the caller. */
  put(slot: number, cell: number, skills: number, flags: number): void {
    const { count, capacity } = this.#cells;
    this.cellOf = grownInts(this.cellOf, slot + 1);
    this.#offsetOf = grownInts(this.#offsetOf, slot + 1);
    const offset = count[cell] as number;
    if (offset === 0) this.#cells.occupy(cell);
    if (offset === capacity[cell]) this.#resize(cell, Math.max(SMALLEST_BLOCK, offset * 2));
    count[cell] = offset + 1;
    const entry = (this.#cells.start[cell] as number) + offset;
    this.slots[entry] = slot;
    this.cellOf[slot] = cell;
    this.#offsetOf[slot] = offset;
    this.#writeTraits(entry, skills, flags);
    if (this.asksForEligible(flags)) this.#becomeEligible(slot);
  }

  /** Takes a slot out of its cell. */
  take(slot: number): void {
    const { start, count, capacity } = this.#cells;
    const cell = this.cellOf[slot] as number;
    if (this.#isEligible(slot)) this.#becomeIneligible(slot);
    const left = (count[cell] as number) - 1;
    this.#swap(this.entryOf(slot), (start[cell] as number) + left);
    count[cell] = left;
    if (left === 0) {
      this.#release(cell);
      this.#cells.vacate(cell);
    } else if (left * 4 <= (capacity[cell] as number)) this.#resize(cell, (capacity[cell] as number) / 2);
  }

  setTraits(slot: number, skills: number, flags: number): void {
    this.#writeTraits(this.entryOf(slot), skills, flags);
    const isEligible = this.asksForEligible(flags);
    if (isEligible === this.#isEligible(slot)) return;
    if (isEligible) this.#becomeEligible(slot);
    else this.#becomeIneligible(slot);
  }

  #writeTraits(entry: number, skills: number, flags: number): void {
    this.traits[entry * 2] = skills;
    this.traits[entry * 2 + 1] = flags;
  }

  #isEligible(slot: number): boolean {
    const eligible = this.#cells.eligible[this.cellOf[slot] as number] as number;
    return (this.#offsetOf[slot] as number) < eligible;
  }

  #becomeEligible(slot: number): void {
    const { start, eligible } = this.#cells;
    const cell = this.cellOf[slot] as number;
    const border = eligible[cell] as number;
    this.#swap(this.entryOf(slot), (start[cell] as number) + border);
    eligible[cell] = border + 1;
  }

  #becomeIneligible(slot: number): void {
    const { start, eligible } = this.#cells;
    const cell = this.cellOf[slot] as number;
    const border = (eligible[cell] as number) - 1;
    this.#swap(this.entryOf(slot), (start[cell] as number) + border);
    eligible[cell] = border;
  }

  #resize(cell: number, capacity: number): void {
    const { start, count } = this.#cells;
    const from = start[cell] as number;
    const to = this.#allocate(capacity);
    const end = from + (count[cell] as number);
    this.xyz.copyWithin(to * 3, from * 3, end * 3);
    this.traits.copyWithin(to * 2, from * 2, end * 2);
    this.slots.copyWithin(to, from, end);
    this.#release(cell);
    start[cell] = to;
    this.#cells.capacity[cell] = capacity;
  }

  #allocate(capacity: number): number {
    const reused = this.#free[exponentOf(capacity)]?.pop();
    if (reused !== undefined) return reused;
    const start = this.#used;
    this.#used += capacity;
    this.xyz = grownFloats(this.xyz, this.#used * 3);
    this.traits = grownInts(this.traits, this.#used * 2);
    this.slots = grownInts(this.slots, this.#used);
    return start;
  }

  #release(cell: number): void {
    const { start, capacity } = this.#cells;
    const size = capacity[cell] as number;
    if (size > 0) this.#free[exponentOf(size)]?.push(start[cell] as number);
    capacity[cell] = 0;
  }

  /** Exchanges two entries of one cell. */
  #swap(a: number, b: number): void {
    if (a === b) return;
    const slotA = this.slots[a] as number;
    const slotB = this.slots[b] as number;
    const offsetA = this.#offsetOf[slotA] as number;
    this.#offsetOf[slotA] = this.#offsetOf[slotB] as number;
    this.#offsetOf[slotB] = offsetA;
    swapInts(this.slots, a, b);
    for (let i = 0; i < 2; i++) swapInts(this.traits, a * 2 + i, b * 2 + i);
    for (let i = 0; i < 3; i++) swapFloats(this.xyz, a * 3 + i, b * 3 + i);
  }
}

function swapInts(array: Int32Array, a: number, b: number): void {
  const value = array[a] as number;
  array[a] = array[b] as number;
  array[b] = value;
}

function swapFloats(array: Float64Array, a: number, b: number): void {
  const value = array[a] as number;
  array[a] = array[b] as number;
  array[b] = value;
}

function exponentOf(powerOfTwo: number): number {
  return 31 - Math.clz32(powerOfTwo);
}
