import { distanceM, type LatLng } from '../geo/lat-lng.ts';
import type { SosState } from './machine/state.ts';

/** Two people who call about the same emergency stand within this of each other and call within this time. */
const WITHIN_M = 50;
const WITHIN_MS = 120_000;
const MOST_NAMED = 5;

/** Open SOS that may be the same emergency as one raised here now. They are named and never merged by themselves. */
export function duplicatesOf(open: Iterable<SosState>, point: LatLng, nowMs: number): string[] {
  const found: string[] = [];
  for (const state of open) {
    if (found.length === MOST_NAMED) break;
    const isNear =
      !state.isDrill && nowMs - state.createdAtMs <= WITHIN_MS && distanceM(state.point, point) <= WITHIN_M;
    if (isNear) found.push(state.id);
  }
  return found;
}
