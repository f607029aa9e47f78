import {
  cellToBoundary,
  getHexagonAreaAvg,
  getHexagonEdgeLengthAvg,
  getResolution,
  gridDisk,
  isValidCell,
  latLngToCell,
  POLYGON_TO_CELLS_FLAGS,
  polygonToCellsExperimental,
  UNITS,
} from 'h3-js';
import pointInPolygon from 'point-in-polygon-hao';
import { ok, type Result, refused } from '../lib/result.ts';
import { distanceM, EARTH_RADIUS_M, isLatLng, type LatLng } from './lat-lng.ts';

type Position = number[];
type Ring = Position[];
type Polygon = Ring[];

/** GeoJSON (RFC 7946): positions are `[lng, lat]`, rings are closed, the first ring is the outer one. */
export type AreaShape =
  | { readonly type: 'Polygon'; readonly coordinates: Polygon }
  | { readonly type: 'MultiPolygon'; readonly coordinates: Polygon[] }
  /** H3 cells of any resolutions. */
  | { readonly cells: string[] };

/** A part of the earth: who is in it, and a circle around all of it for asking a spatial index. */
export interface Area {
  readonly center: LatLng;
  readonly radiusM: number;
  /** How many H3 cells are looked up before the exact test. */
  readonly cellCount: number;
  /** A point on the border is in it. */
  has(point: LatLng): boolean;
}

export const AREA_LIMITS = { positions: 2_000, cells: 2_000, radiusM: 500_000 } as const;

/** About as many cells cover an area: few enough for memory, fine enough to spare most of the exact tests. */
const COVER_CELLS = 1_000;
const COVER_FINEST = 10;

/**
 * An area out of its shape, or one sentence that says what is wrong with it. Edges are straight in longitude and
 * latitude, as in GeoJSON; one that crosses the antimeridian has to be cut there (RFC 7946, section 3.1.9).
 */
export function areaOf(shape: AreaShape): Result<Area, 'bad_request'> {
  if ('cells' in shape) return ofCells(shape.cells);
  return ofPolygons(shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates);
}

function ofCells(cells: readonly string[]): Result<Area, 'bad_request'> {
  if (cells.length === 0 || cells.length > AREA_LIMITS.cells)
    return wrong(`cells: 1 to ${AREA_LIMITS.cells} are expected`);
  if (!cells.every((cell) => isValidCell(cell))) return wrong('cells: one of them is no H3 cell');
  const circle = circleAround(
    cells.flatMap((cell) => cellToBoundary(cell).map(([lat, lng]) => ({ lat, lng }))),
  );
  if (!circle) return TOO_LARGE;
  const byResolution = new Map<number, Set<string>>();
  for (const cell of cells) {
    const resolution = getResolution(cell);
    byResolution.set(resolution, (byResolution.get(resolution) ?? new Set()).add(cell));
  }
  const has = ({ lat, lng }: LatLng) =>
    [...byResolution].some(([resolution, known]) => known.has(latLngToCell(lat, lng, resolution)));
  return ok({ ...circle, cellCount: cells.length, has });
}

function ofPolygons(polygons: readonly Polygon[]): Result<Area, 'bad_request'> {
  const problem = problemOf(polygons);
  if (problem) return wrong(problem);
  const circle = circleAround(
    polygons.flatMap((polygon) => (polygon[0] ?? []).slice(1).flatMap(alongEdge(polygon))),
  );
  if (!circle) return TOO_LARGE;
  const resolution = resolutionFor(polygons);
  const cover = coverOf(polygons, resolution);
  const has = ({ lat, lng }: LatLng) =>
    cover.has(latLngToCell(lat, lng, resolution)) &&
    polygons.some((polygon) => pointInPolygon([lng, lat], polygon as [number, number][][]) !== false);
  return ok({ ...circle, cellCount: cover.size, has });
}

const wrong = (detail: string) => refused('bad_request' as const, detail);
const TOO_LARGE = wrong(
  `area: it reaches farther than ${AREA_LIMITS.radiusM / 1_000} km from its middle; send several smaller ones`,
);

function problemOf(polygons: readonly Polygon[]): string | null {
  const rings = polygons.flat();
  const positions = rings.flat();
  if (polygons.length === 0 || polygons.some((polygon) => polygon.length === 0))
    return 'area: it has no ring';
  if (positions.length > AREA_LIMITS.positions)
    return `area: more than ${AREA_LIMITS.positions} positions; make it simpler`;
  if (!positions.every(([lng, lat]) => isLatLng(lat, lng)))
    return 'area: a position is not [lng, lat] in degrees';
  for (const ring of rings) {
    const [first, last] = [ring[0], ring.at(-1)];
    if (ring.length < 4) return 'area: a ring has fewer than four positions';
    if (first?.[0] !== last?.[0] || first?.[1] !== last?.[1])
      return 'area: a ring does not end where it begins';
    if (ring.some(([lng = 0], i) => i > 0 && Math.abs(lng - (ring[i - 1]?.[0] ?? 0)) > 180))
      return 'area: it crosses the antimeridian; cut it there into a MultiPolygon';
    if (ringKm2(ring) === 0) return 'area: a ring encloses nothing';
  }
  return null;
}

const STEPS_PER_EDGE = 16;

/** Points along the edge that ends at this position: on the globe a straight line of the map bulges. */
const alongEdge =
  ([ring = []]: Polygon) =>
  ([lng = 0, lat = 0]: Position, i: number): LatLng[] => {
    const [fromLng = 0, fromLat = 0] = ring[i] ?? [];
    return Array.from({ length: STEPS_PER_EDGE }, (_, step) => {
      const part = (step + 1) / STEPS_PER_EDGE;
      return { lat: fromLat + (lat - fromLat) * part, lng: fromLng + (lng - fromLng) * part };
    });
  };

/** Room for what lies between the points looked at, and between this sphere and the ellipsoid of others. */
const MARGIN = 1.02;
const MARGIN_M = 100;
const RAD = Math.PI / 180;

/** Null: too large. */
function circleAround(points: readonly LatLng[]): { center: LatLng; radiusM: number } | null {
  let [x, y, z] = [0, 0, 0];
  for (const { lat, lng } of points) {
    x += Math.cos(lat * RAD) * Math.cos(lng * RAD);
    y += Math.cos(lat * RAD) * Math.sin(lng * RAD);
    z += Math.sin(lat * RAD);
  }
  const center = { lat: Math.atan2(z, Math.hypot(x, y)) / RAD, lng: Math.atan2(y, x) / RAD };
  let farthestM = 0;
  for (const point of points) farthestM = Math.max(farthestM, distanceM(center, point));
  return farthestM > AREA_LIMITS.radiusM ? null : { center, radiusM: farthestM * MARGIN + MARGIN_M };
}

/** The finest resolution at which not too many cells cover it, border cells counted. */
function resolutionFor(polygons: readonly Polygon[]): number {
  const outer = polygons.map(([ring = []]) => ring);
  const km2 = outer.reduce((sum, ring) => sum + ringKm2(ring), 0);
  const km = polygons.flat().reduce((sum, ring) => sum + ringKm(ring), 0);
  let resolution = COVER_FINEST;
  const cells = () =>
    km2 / getHexagonAreaAvg(resolution, UNITS.km2) + (2 * km) / getHexagonEdgeLengthAvg(resolution, UNITS.km);
  while (resolution > 0 && cells() > COVER_CELLS) resolution -= 1;
  return resolution;
}

/** Area between a ring and the sphere it lies on, edges straight in longitude and sine of latitude. */
function ringKm2(ring: Ring): number {
  let sum = 0;
  for (const [i, [lng = 0, lat = 0]] of ring.entries()) {
    const [nextLng = 0, nextLat = 0] = ring[(i + 1) % ring.length] ?? [];
    sum += (nextLng - lng) * RAD * (Math.sin(lat * RAD) + Math.sin(nextLat * RAD));
  }
  return (Math.abs(sum) / 2) * (EARTH_RADIUS_M / 1_000) ** 2;
}

const ringKm = (ring: Ring): number =>
  ring.slice(1).reduce((sum, [lng = 0, lat = 0], i) => {
    const [fromLng = 0, fromLat = 0] = ring[i] ?? [];
    return sum + distanceM({ lat, lng }, { lat: fromLat, lng: fromLng }) / 1_000;
  }, 0);

/** Every cell that touches it, and their neighbours: a border of H3 is not quite the line that a map draws. */
function coverOf(polygons: readonly Polygon[], resolution: number): Set<string> {
  const { containmentOverlapping } = POLYGON_TO_CELLS_FLAGS;
  const touched = polygons.flatMap((polygon) =>
    polygonToCellsExperimental(polygon, resolution, containmentOverlapping, true),
  );
  return new Set(touched.flatMap((cell) => gridDisk(cell, 1)));
}
