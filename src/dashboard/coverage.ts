import {
  cellToBoundary,
  getHexagonEdgeLengthAvg,
  gridDisk,
  latLngToCell,
  polygonToCells,
  UNITS,
} from 'h3-js';
import type { LatLng } from '../geo/lat-lng.ts';
import { type Fleet, stateOf } from './fleet.ts';
import { placeOn } from './mercator.ts';

const EDGE_PX = 56;
const FINEST = 10;
/** Of the square of the map to metres at the equator, per pixel at zoom 0. */
const METRES_PER_PX = 78_271.517;
/** More cells than any screen shows at these sizes. */
const CELLS_MAX = 3_000;

/** The resolution of H3 whose cells have edges of about half a hundred pixels. */
export function resolutionAt(zoom: number, lat: number): number {
  const edgeM = (EDGE_PX * METRES_PER_PX * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom;
  for (let res = 0; res < FINEST; res += 1) if (getHexagonEdgeLengthAvg(res, UNITS.m) <= edgeM) return res;
  return FINEST;
}

export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The cells of a part of the map, those at its rim included; none where it is too large for cells to make sense. */
export function cellsIn({ west, south, east, north }: Bounds, resolution: number): string[] {
  if (east - west > 90 || north - south > 90) return [];
  const ring: [number, number][] = [
    [south, west],
    [south, east],
    [north, east],
    [north, west],
  ];
  const cells = new Set(polygonToCells(ring, resolution));
  for (const corner of ring)
    for (const cell of gridDisk(latLngToCell(corner[0], corner[1], resolution), 1)) cells.add(cell);
  return cells.size > CELLS_MAX ? [] : [...cells];
}

/** The outline of a cell as GeoJSON has it, closed. */
export const outlineOf = (cell: string): [lng: number, lat: number][] =>
  cellToBoundary(cell, true) as [number, number][];

/**
 * How many are available in each cell, a slice at a time: `yield`ed to whenever so many have been counted, so that nothing
 * else waits for it. The last value is the result.
 */
export function* countAvailable(
  fleet: Fleet,
  resolution: number,
  sliceOf = 500,
): Generator<void, Map<string, number>> {
  const counts = new Map<string, number>();
  let looked = 0;
  const places: LatLng[] = [];
  for (const { flags, x, y } of fleet.each())
    if (stateOf(flags) === 'available') places.push(placeOn({ x, y }));
  for (const { lat, lng } of places) {
    const cell = latLngToCell(lat, lng, resolution);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
    looked += 1;
    if (looked % sliceOf === 0) yield;
  }
  return counts;
}
