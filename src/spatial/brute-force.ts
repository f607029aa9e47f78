import { squaredChordOf, writeUnitVector } from './chord.ts';
import type { NearestQuery } from './responder-index.ts';

export interface PlacedResponder {
  readonly id: string;
  readonly lat: number;
  readonly lng: number;
  readonly skills: number;
  readonly flags: number;
}

/** The ids that `ResponderIndex.nearest` has to answer, found by looking at everybody: the measure for tests. */
export function nearestByBruteForce(responders: Iterable<PlacedResponder>, query: NearestQuery): string[] {
  const from = unitVector(query.lat, query.lng);
  const bound = squaredChordOf(query.radiusM);
  const found: { id: string; distance: number }[] = [];
  for (const { id, lat, lng, skills, flags } of responders) {
    if (((skills & query.skills) ^ query.skills) !== 0 || ((flags & query.flags) ^ query.flags) !== 0)
      continue;
    if (query.anyOf && (skills & query.anyOf) === 0) continue;
    const distance = squaredChord(unitVector(lat, lng), from);
    if (distance <= bound) found.push({ id, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
  return found.slice(0, query.limit).map(({ id }) => id);
}

function unitVector(lat: number, lng: number): Float64Array {
  const vector = new Float64Array(3);
  writeUnitVector(lat, lng, vector, 0);
  return vector;
}

function squaredChord(a: Float64Array, b: Float64Array): number {
  const [ax = 0, ay = 0, az = 0] = a;
  const [bx = 0, by = 0, bz = 0] = b;
  return (ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2;
}
