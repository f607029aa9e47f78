import { type Area, areaOf } from '../../geo/area.ts';
import { destination, distanceM, type LatLng } from '../../geo/lat-lng.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { FenceShape } from './fence.ts';

/** What is within a fence, and a circle around all of it. */
export type Place = Pick<Area, 'center' | 'radiusM' | 'has'>;

/** A place out of its shape, or one sentence that says what is wrong with it. */
export function placeOf(shape: FenceShape): Result<Place, 'bad_request'> {
  if (!('center' in shape)) {
    // A masked copy of a database has lost it.
    const isShape = 'cells' in shape || 'type' in shape;
    return isShape ? areaOf(shape) : refused('bad_request', 'shape: there is none');
  }
  const { center, radiusM } = shape;
  return ok({ center, radiusM, has: (point) => distanceM(center, point) <= radiusM });
}

/** How a fix lies to a place. */
export interface Seen extends LatLng {
  /** Null: not known. */
  readonly accuracyM: number | null;
}

export type Side = 'in' | 'out';

const RULES = {
  /** What phones are that do not say. */
  accuracyUnknownM: 30,
  /** Whoever is said to be inside to this accuracy is: a home is small, and indoors nothing is exact. */
  accuracyForgivenM: 50,
  /** Whoever is out is so by at least this: a receiver that wanders does not carry anybody over a line and back. */
  outByM: 30,
} as const;

/**
 * On which side of a place a fix says that somebody is; null: it could be either. In and out are not the same line: out is
 * farther than the fix can be wrong, so somebody who stands on the line and wanders stays where they were.
 */
export function sideOf(place: Place, fix: Seen): Side | null {
  const accuracyM = fix.accuracyM ?? RULES.accuracyUnknownM;
  if (isWithin(place, fix, Math.max(0, accuracyM - RULES.accuracyForgivenM))) return 'in';
  return touches(place, fix, Math.max(accuracyM, RULES.outByM)) ? null : 'out';
}

/** Bearings that stand for a circle. */
const BEARINGS = Array.from({ length: 16 }, (_, i) => i * 22.5);

/** Whether a point and the circle around it lie in the place, as far as sixteen of its points say. */
function isWithin(place: Place, point: LatLng, meters: number): boolean {
  if (!place.has(point)) return false;
  return meters === 0 || BEARINGS.every((bearing) => place.has(destination(point, bearing, meters)));
}

/** Whether any of the disc around a point lies in the place, as far as its middle and two rings of points say. */
function touches(place: Place, point: LatLng, meters: number): boolean {
  if (distanceM(place.center, point) > place.radiusM + meters) return false;
  if (place.has(point)) return true;
  return [meters, meters / 2].some((ring) =>
    BEARINGS.some((bearing) => place.has(destination(point, bearing, ring))),
  );
}
