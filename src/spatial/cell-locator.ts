import { getHexagonEdgeLengthAvg, latLngToCell } from 'h3-js';
import { EARTH_RADIUS_M } from '../geo/lat-lng.ts';
import { SHAPE_STRIDE, SQUARED_INRADIUS } from './cell-shape.ts';
import type { CellTable } from './cell-table.ts';

const REMEMBERED_BITS = 16;
const NONE = -1;

/**
 * Finds the cell of a point. The H3 call dominates a query, so the last cell seen in each small cube of space
 * is remembered and taken when the point lies in its inscribed circle, which is certain to be right.
 */
export class CellLocator {
  readonly #cells: CellTable;
  readonly #resolution: number;
  readonly #cubesPerUnit: number;
  readonly #remembered: Int32Array = new Int32Array(1 << REMEMBERED_BITS).fill(NONE);

  constructor(cells: CellTable, resolution: number) {
    this.#cells = cells;
    this.#resolution = resolution;
    this.#cubesPerUnit = (2 * EARTH_RADIUS_M) / getHexagonEdgeLengthAvg(resolution, 'm');
  }

  /** The cell of a point, given also as unit vector. */
  cellAt(lat: number, lng: number, point: Float64Array): number {
    const place = this.#placeOf(point);
    const remembered = this.#remembered[place] as number;
    if (remembered !== NONE && this.isInside(remembered, point)) return remembered;
    const cell = this.#cells.cellOf(latLngToCell(lat, lng, this.#resolution));
    this.#remembered[place] = cell;
    return cell;
  }

  /** True when the point is within the inscribed circle of the cell; false says nothing. */
  isInside(cell: number, point: Float64Array): boolean {
    const shapes = this.#cells.shapes;
    const at = cell * SHAPE_STRIDE;
    const dx = (shapes[at] as number) - (point[0] as number);
    const dy = (shapes[at + 1] as number) - (point[1] as number);
    const dz = (shapes[at + 2] as number) - (point[2] as number);
    return dx * dx + dy * dy + dz * dz < (shapes[at + SQUARED_INRADIUS] as number);
  }

  /** To be called when cell numbers are about to be given out again. */
  forget(): void {
    this.#remembered.fill(NONE);
  }

  #placeOf(point: Float64Array): number {
    const perUnit = this.#cubesPerUnit;
    const hash =
      Math.imul(Math.floor((point[0] as number) * perUnit), 0x9e3779b1) ^
      Math.imul(Math.floor((point[1] as number) * perUnit), 0x85ebca77) ^
      Math.imul(Math.floor((point[2] as number) * perUnit), 0xc2b2ae3d);
    return Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f) >>> (32 - REMEMBERED_BITS);
  }
}
