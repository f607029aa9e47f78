import type { CellTable } from './cell-table.ts';
import type { RingTables } from './ring-tables.ts';

const SWEEP_ONLY_BELOW_CELLS = 64;
const LEAST_RINGS = 2;
const CELLS_PER_FURTHER_RING = 512;
const MOST_RINGS = 24;

/**
 * Whether to search ring `k + 1` next, or to sweep over all occupied cells instead. A cell never seen before
 * costs microseconds, a sweep nanoseconds per occupied cell: so rings pay where people are and when many
 * cells are occupied, and the cap keeps one query from building the globe. `ring` is the place of ring `k`.
 */
export function ringsGoOn(cells: CellTable, rings: RingTables, ring: number, k: number): boolean {
  if (cells.occupiedCount < SWEEP_ONLY_BELOW_CELLS) return false;
  if (k < LEAST_RINGS) return true;
  const reach = LEAST_RINGS + cells.occupiedCount / CELLS_PER_FURTHER_RING;
  return k < Math.min(MOST_RINGS, reach) && !rings.isDeserted(ring);
}
