import { cellToBoundary, cellToLatLng } from 'h3-js';
import { writeUnitVector } from './chord.ts';

/** Numbers per cell: centre x, y, z, then circumradius and squared inradius as chords. */
export const SHAPE_STRIDE = 5;
export const CIRCUMRADIUS = 3;
export const SQUARED_INRADIUS = 4;

// Room for the rounding of H3's own projection, thousands of times larger than it is.
const OUTWARD = 1.0001;
const INWARD = 0.999;

/**
 * Writes the shape of an H3 cell to `out[at ..]`. Every point of the cell lies within the circumradius of the
 * centre; every point within the inradius lies in the cell. Edges are great circles, since H3 projects
 * gnomonically and breaks an edge where it crosses to another face of the icosahedron.
 */
export function writeCellShape(key: string, out: Float64Array, at: number): void {
  const [lat, lng] = cellToLatLng(key);
  const corners = cellToBoundary(key);
  const points = new Float64Array((corners.length + 1) * 3);
  writeUnitVector(lat, lng, points, 0);
  for (const [i, [cornerLat, cornerLng]] of corners.entries()) {
    writeUnitVector(cornerLat, cornerLng, points, (i + 1) * 3);
  }
  let circumradius = 0;
  let inAngle = Math.PI;
  for (let i = 1; i <= corners.length; i++) {
    const next = (i % corners.length) + 1;
    circumradius = Math.max(circumradius, chordToCentre(points, i));
    inAngle = Math.min(inAngle, centreToGreatCircle(points, i, next));
  }
  const inradius = 2 * Math.sin((inAngle * INWARD) / 2);
  out.set(points.subarray(0, 3), at);
  out[at + CIRCUMRADIUS] = circumradius * OUTWARD;
  out[at + SQUARED_INRADIUS] = inradius * inradius;
}

/** Chord between points 0 (the centre) and `i`. */
function chordToCentre(points: Float64Array, i: number): number {
  const dx = (points[i * 3] as number) - (points[0] as number);
  const dy = (points[i * 3 + 1] as number) - (points[1] as number);
  const dz = (points[i * 3 + 2] as number) - (points[2] as number);
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}

/** Angle between point 0 (the centre) and the whole great circle through points `i` and `j`. */
function centreToGreatCircle(points: Float64Array, i: number, j: number): number {
  const ax = points[i * 3] as number;
  const ay = points[i * 3 + 1] as number;
  const az = points[i * 3 + 2] as number;
  const bx = points[j * 3] as number;
  const by = points[j * 3 + 1] as number;
  const bz = points[j * 3 + 2] as number;
  const nx = ay * bz - az * by;
  const ny = az * bx - ax * bz;
  const nz = ax * by - ay * bx;
  const along = (points[0] as number) * nx + (points[1] as number) * ny + (points[2] as number) * nz;
  return Math.asin(Math.abs(along) / Math.sqrt(nx * nx + ny * ny + nz * nz));
}
