import { assert } from '../lib/assert.ts';
import { grownFloats, grownInts } from './grown.ts';

/**
 * What a walk has seen but not visited yet: a binary heap of cells (by the least squared chord anything in
 * them can have) and points. Cells come before points of equal distance, points of equal distance by id.
 */
export class Frontier {
  size = 0;
  #distances: Float64Array = new Float64Array(256);
  /** A slot, or the bitwise complement of a cell. */
  #items: Int32Array = new Int32Array(256);
  readonly #ids: readonly (string | undefined)[];

  constructor(ids: readonly (string | undefined)[]) {
    this.#ids = ids;
  }

  clear(): void {
    this.size = 0;
  }

  pushSlot(distance: number, slot: number): void {
    this.#push(distance, slot);
  }

  pushCell(distance: number, cell: number): void {
    this.#push(distance, ~cell);
  }

  /** Distance of the first item; infinite when there is none. */
  get firstDistance(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.#distances[0] as number);
  }

  /** Takes the first item: a slot, or the bitwise complement of a cell. */
  pop(): number {
    assert(this.size > 0, 'the frontier is not empty');
    const item = this.#items[0] as number;
    this.size -= 1;
    if (this.size > 0) this.#sink(this.#distanceAt(this.size), this.#itemAt(this.size));
    return item;
  }

  #push(distance: number, item: number): void {
    this.#distances = grownFloats(this.#distances, this.size + 1);
    this.#items = grownInts(this.#items, this.size + 1);
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(distance, item, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#place(distance, item, at);
  }

  #sink(distance: number, item: number): void {
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && this.#isAfter(this.#distanceAt(child), this.#itemAt(child), child + 1)) {
        child += 1;
      }
      if (!this.#isAfter(distance, item, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#place(distance, item, at);
  }

  #isAfter(distance: number, item: number, other: number): boolean {
    return isBefore(this.#distanceAt(other), this.#itemAt(other), distance, item, this.#ids);
  }

  #isBefore(distance: number, item: number, other: number): boolean {
    return isBefore(distance, item, this.#distanceAt(other), this.#itemAt(other), this.#ids);
  }

  #distanceAt(at: number): number {
    return this.#distances[at] as number;
  }

  #itemAt(at: number): number {
    return this.#items[at] as number;
  }

  #move(from: number, to: number): void {
    this.#place(this.#distanceAt(from), this.#itemAt(from), to);
  }

  #place(distance: number, item: number, at: number): void {
    this.#distances[at] = distance;
    this.#items[at] = item;
  }
}

function isBefore(
  distanceA: number,
  itemA: number,
  distanceB: number,
  itemB: number,
  ids: readonly (string | undefined)[],
): boolean {
  if (distanceA !== distanceB) return distanceA < distanceB;
  if (itemA < 0 || itemB < 0) return itemA < itemB;
  const a = ids[itemA];
  const b = ids[itemB];
  assert(a !== undefined && b !== undefined, 'slots on the frontier are in use');
  return a < b;
}
