import { bearingDeg } from '../geo/bearing.ts';
import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** A point of a scope: right and down of its middle, 1 is its edge. */
export interface Plotted<T> {
  readonly of: T;
  readonly x: number;
  readonly y: number;
  readonly distanceM: number;
}

export interface Scope<T> {
  /** How far the edge is. */
  readonly radiusM: number;
  readonly rings: readonly number[];
  readonly points: readonly Plotted<T>[];
}

const RADII_M = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/** Who is where around a place, north up, in the smallest of a few round sizes that holds everybody. */
export function scopeOf<T extends { readonly at: LatLng }>(middle: LatLng, around: readonly T[]): Scope<T> {
  const far = around.map((of) => ({ of, distanceM: distanceM(middle, of.at) }));
  const farthest = Math.max(0, ...far.map((one) => one.distanceM));
  const radiusM = RADII_M.find((radius) => radius >= farthest * 1.1) ?? farthest * 1.1;
  return {
    radiusM,
    rings: [radiusM / 2, radiusM],
    points: far.map(({ of, distanceM: away }) => {
      const angle = (bearingDeg(middle, of.at) * Math.PI) / 180;
      const out = away / radiusM;
      return { of, distanceM: away, x: out * Math.sin(angle), y: -out * Math.cos(angle) };
    }),
  };
}
