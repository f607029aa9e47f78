import { CellLocator } from './cell-locator.ts';
import { CellTable } from './cell-table.ts';
import { RingTables } from './ring-tables.ts';

export interface CellSpaceLimits {
  /** Most integers in ring tables. */
  readonly ringTableLimit: number;
  /** Most cells to remember that nobody is in. */
  readonly emptyCellLimit: number;
}

/** The known cells and what is kept about them for speed; over a limit that is forgotten (invariant 8). */
export class CellSpace {
  readonly cells = new CellTable();
  readonly rings = new RingTables(this.cells);
  readonly #locator: CellLocator;
  readonly #limits: CellSpaceLimits;

  constructor(resolution: number, limits: CellSpaceLimits) {
    this.#locator = new CellLocator(this.cells, resolution);
    this.#limits = limits;
  }

  /** True when the point, a unit vector, is certainly in the cell. */
  isInside(cell: number, point: Float64Array): boolean {
    return this.#locator.isInside(cell, point);
  }

  /**
   * The cell of a point, given also as unit vector. Forgets first what has grown over its limit, so numbers of
   * empty cells and places of rings are good until the next call only.
   */
  cellAt(lat: number, lng: number, point: Float64Array): number {
    const { ringTableLimit, emptyCellLimit } = this.#limits;
    if (this.rings.used > ringTableLimit || this.cells.emptyCount > emptyCellLimit) this.#forget();
    return this.#locator.cellAt(lat, lng, point);
  }

  #forget(): void {
    this.rings.clear();
    this.#locator.forget();
    this.cells.forgetEmpty();
  }
}
