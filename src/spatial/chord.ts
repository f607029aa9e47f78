import { EARTH_RADIUS_M } from '../geo/lat-lng.ts';

// Points are compared by the squared straight line ("chord") between their unit vectors: it rises with the
// great-circle distance, obeys the triangle inequality before squaring, and needs no trigonometry per point.

const RAD = Math.PI / 180;

/**
 * Writes the unit vector of a point to `out[at .. at + 2]`. Each pole is one vector and so is each point of
 * the antimeridian, whichever longitude or sign it is written with.
 */
export function writeUnitVector(lat: number, lng: number, out: Float64Array, at: number): void {
  const cosLat = lat === 90 || lat === -90 ? 0 : Math.cos(lat * RAD);
  const sinLng = lng === 180 || lng === -180 ? 0 : Math.sin(lng * RAD);
  out[at] = cosLat * Math.cos(lng * RAD);
  out[at + 1] = cosLat * sinLng;
  out[at + 2] = Math.sin(lat * RAD);
}

/** The squared chord of a great-circle distance; infinite from half way round the earth. */
export function squaredChordOf(distanceM: number): number {
  const angle = distanceM / EARTH_RADIUS_M;
  if (angle >= Math.PI) return Number.POSITIVE_INFINITY;
  const chord = 2 * Math.sin(angle / 2);
  return chord * chord;
}

/**
 * The great-circle distance of a squared chord, metres. Off by nanometres; only within metres of the antipode,
 * where the chord hardly changes any more, by up to 0.3 m, like every formula through an arcsine there.
 */
export function distanceOfSquaredChordM(squaredChord: number): number {
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(squaredChord) / 2));
}
