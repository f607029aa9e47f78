import { distanceM, type LatLng } from '../geo/lat-lng.ts';
import type { SosState } from './machine/state.ts';

/** Two people who call about the same emergency stand within this of each other and call within this time. */
const WITHIN_M = 50;
const WITHIN_MS = 120_000;
const MOST_NAMED = 5;

/** Open SOS that may be the same emergency as one raised here now, the newest first. They are named and never merged. */
export function duplicatesOf(open: Iterable<SosState>, point: LatLng, nowMs: number): string[] {
  const near: SosState[] = [];
  for (const state of open) {
    const isRecent = !state.isDrill && nowMs - state.createdAtMs <= WITHIN_MS;
    if (isRecent && distanceM(state.point, point) <= WITHIN_M) near.push(state);
  }
  return near
    .sort((a, b) => b.createdAtMs - a.createdAtMs)
    .slice(0, MOST_NAMED)
    .map((state) => state.id);
}
