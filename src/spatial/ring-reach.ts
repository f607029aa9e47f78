const SWEEP_ONLY_BELOW_CELLS = 64;
const LEAST_RINGS = 2;
const CELLS_PER_FURTHER_RING = 512;
const MOST_RINGS = 24;

/**
 * How many rings to search before sweeping over all occupied cells instead. A ring that was never needed
 * before is costly to build and a sweep is a few nanoseconds per occupied cell, so the more cells are
 * occupied the farther rings pay; the cap keeps one query from building the globe.
 */
export function ringReach(occupiedCells: number): number {
  if (occupiedCells < SWEEP_ONLY_BELOW_CELLS) return 0;
  return Math.min(MOST_RINGS, LEAST_RINGS + Math.floor(occupiedCells / CELLS_PER_FURTHER_RING));
}
