import { bearingDeg } from '../geo/bearing.ts';
import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** Where somebody was, by the clock of the device that shows it. */
export interface Sighting extends LatLng {
  readonly atMs: number;
}

export interface Approach {
  readonly distanceM: number;
  /** Clockwise from north; null: they are there. */
  readonly bearingDeg: number | null;
  /** Null: not known, or no longer worth a number. */
  readonly etaMs: number | null;
}

/** So close that a direction only confuses. */
export const THERE_M = 25;
/** What a city allows, of streets and turns, until it is seen how fast somebody comes. */
const USUAL_MPS = 4;
const SLOWEST_MPS = 0.5;
const FASTEST_MPS = 40;
/** How far back speeds are looked at. */
const LOOK_BACK_MS = 90_000;
const MOVED_M = 30;

/**
 * How somebody comes to a place, from where they were seen lately, the newest last. The time is the distance as the crow
 * flies by how fast that has shrunk in the last minute and a half, or by a usual speed as long as it has not.
 */
export function approachTo(place: LatLng, seen: readonly Sighting[]): Approach | null {
  const last = seen.at(-1);
  if (!last) return null;
  const left = distanceM(last, place);
  if (left <= THERE_M) return { distanceM: left, bearingDeg: null, etaMs: 0 };
  return { distanceM: left, bearingDeg: bearingDeg(last, place), etaMs: (left / speed(place, seen)) * 1_000 };
}

function speed(place: LatLng, seen: readonly Sighting[]): number {
  const last = seen.at(-1);
  const first = last && seen.find(({ atMs }) => last.atMs - atMs <= LOOK_BACK_MS);
  if (!last || !first || first === last) return USUAL_MPS;
  const closer = distanceM(first, place) - distanceM(last, place);
  const seconds = (last.atMs - first.atMs) / 1_000;
  if (closer < MOVED_M || seconds <= 0) return USUAL_MPS;
  return Math.min(FASTEST_MPS, Math.max(SLOWEST_MPS, closer / seconds));
}

/** Adds a sighting; what is too old to tell a speed from is forgotten. */
export function sighted(seen: readonly Sighting[], next: Sighting): Sighting[] {
  const last = seen.at(-1);
  if (last && next.atMs <= last.atMs) return [...seen];
  return [...seen.filter(({ atMs }) => next.atMs - atMs <= LOOK_BACK_MS), next];
}

export const WINDS = [
  'north',
  'north_east',
  'east',
  'south_east',
  'south',
  'south_west',
  'west',
  'north_west',
] as const;
export type Wind = (typeof WINDS)[number];

/** The nearest of eight winds. */
export const windOf = (deg: number): Wind =>
  WINDS[Math.round((((deg % 360) + 360) % 360) / 45) % 8] ?? 'north';

/** Whole minutes, at least one: nobody knows better. Null stays null. */
export const etaMinutes = (etaMs: number | null): number | null =>
  etaMs === null ? null : Math.max(1, Math.round(etaMs / 60_000));

/** Where an arrow has to point on a phone that is held with its top towards `headingDeg`; unknown: the map's north is up. */
export const arrowDeg = (bearing: number, headingDeg: number | null): number =>
  (bearing - (headingDeg ?? 0) + 360) % 360;
