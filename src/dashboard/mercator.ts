import type { LatLng } from '../geo/lat-lng.ts';

/** A place on the square of the Web Mercator map: 0 to 1 from west to east and from north to south. */
export interface Square {
  readonly x: number;
  readonly y: number;
}

const LAT_MAX = 85.051129;

export const squareX = (lng: number): number => (180 + lng) / 360;

export function squareY(lat: number): number {
  const bounded = Math.min(LAT_MAX, Math.max(-LAT_MAX, lat));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (bounded * Math.PI) / 360)) / (2 * Math.PI);
}

export function placeOn({ x, y }: Square): LatLng {
  const lat = (360 / Math.PI) * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - 90;
  return { lat, lng: x * 360 - 180 };
}
