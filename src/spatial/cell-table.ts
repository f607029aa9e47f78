import { assert, must } from '../lib/assert.ts';
import { SHAPE_STRIDE, writeCellShape } from './cell-shape.ts';
import { grownFloats, grownInts } from './grown.ts';

/**
 * The H3 cells known so far as small integers, with their shapes, and which of them are occupied. Cells stay
 * known when they become empty, because ring tables refer to them, until `forgetEmpty`.
 */
export class CellTable {
  /** `SHAPE_STRIDE` numbers per cell, see `writeCellShape`. Replaced when the table grows. */
  shapes: Float64Array = new Float64Array(64 * SHAPE_STRIDE);
  /** The occupied cells, in no order; the first `occupiedCount` count. Replaced when the table grows. */
  occupied: Int32Array = new Int32Array(64);
  occupiedCount = 0;
  /**
   * Where `Slabs` keeps the points of each cell: first entry, entries in use,
   * eligible ones among them (which come first), entries in the block.
   */
  start: Int32Array = new Int32Array(64);
  count: Int32Array = new Int32Array(64);
  eligible: Int32Array = new Int32Array(64);
  capacity: Int32Array = new Int32Array(64);
  readonly #cellOfKey = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  readonly #free: number[] = [];
  /** Place in `occupied` plus one; 0 for an empty cell. */
  #placeOf: Int32Array = new Int32Array(64);

  get emptyCount(): number {
    return this.#cellOfKey.size - this.occupiedCount;
  }

  keyOf(cell: number): string {
    return must(this.#keys[cell], 'a known cell');
  }

  /** The number of a cell, made on first sight. */
  cellOf(key: string): number {
    return this.#cellOfKey.get(key) ?? this.#add(key);
  }

  #add(key: string): number {
    const cell = this.#free.pop() ?? this.#keys.length;
    this.shapes = grownFloats(this.shapes, (cell + 1) * SHAPE_STRIDE);
    this.start = grownInts(this.start, cell + 1);
    this.count = grownInts(this.count, cell + 1);
    this.eligible = grownInts(this.eligible, cell + 1);
    this.capacity = grownInts(this.capacity, cell + 1);
    this.#placeOf = grownInts(this.#placeOf, cell + 1);
    writeCellShape(key, this.shapes, cell * SHAPE_STRIDE);
    this.#keys[cell] = key;
    this.#cellOfKey.set(key, cell);
    return cell;
  }

  occupy(cell: number): void {
    this.occupied = grownInts(this.occupied, this.occupiedCount + 1);
    this.occupied[this.occupiedCount++] = cell;
    this.#placeOf[cell] = this.occupiedCount;
  }

  vacate(cell: number): void {
    const place = (this.#placeOf[cell] as number) - 1;
    assert(place >= 0, 'a cell is vacated once');
    const last = this.occupied[--this.occupiedCount] as number;
    this.occupied[place] = last;
    this.#placeOf[last] = place + 1;
    this.#placeOf[cell] = 0;
  }

  /** Forgets every empty cell; their numbers are given out again. Nothing may refer to them any more. */
  forgetEmpty(): void {
    for (const [key, cell] of this.#cellOfKey) {
      if (this.#placeOf[cell] !== 0) continue;
      this.#cellOfKey.delete(key);
      this.#keys[cell] = undefined;
      this.#free.push(cell);
    }
  }
}
