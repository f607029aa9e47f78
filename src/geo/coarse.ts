import { latLngToCell } from 'h3-js';
import type { LatLng } from './lat-lng.ts';

/** H3 resolution of what somebody may know before accepting: hexagons of about 1.2 km edge. */
export const COARSE_RESOLUTION = 7;

/** The H3 cell that stands for a place whose exact point is not to be told. */
export function coarseCell(point: LatLng): string {
  return latLngToCell(point.lat, point.lng, COARSE_RESOLUTION);
}

const BANDS_M = [250, 500, 1_000, 2_000, 5_000, 10_000, 25_000] as const;

/** The upper end in metres of the band a distance falls into; beyond the last band, null. */
export function distanceBandM(meters: number): number | null {
  return BANDS_M.find((band) => meters <= band) ?? null;
}
