import { assert } from '../lib/assert.ts';

export interface NearestQuery {
  readonly lat: number;
  readonly lng: number;
  /** Inclusive; may be infinite. */
  readonly radiusM: number;
  readonly limit: number;
  /** Masks of 32 bits of which a candidate must have every bit; 0 asks for nothing. */
  readonly skills: number;
  readonly flags: number;
  /** A mask of skills of which a candidate must have at least one; 0 or absent asks for nothing. */
  readonly anyOf?: number;
}

/** The answer to a query: the first `count` entries count, nearest first. Longer arrays may be reused. */
export interface NearestResult {
  count: number;
  slots: Int32Array;
  distancesM: Float64Array;
}

export function emptyResult(limit: number): NearestResult {
  return { count: 0, slots: new Int32Array(limit), distancesM: new Float64Array(limit) };
}

export function assertMasks(skills: number, flags: number): void {
  assert(isMask(skills) && isMask(flags), 'traits are masks of 32 bits');
}

function isMask(value: number): boolean {
  return (value | 0) === value || value >>> 0 === value;
}
