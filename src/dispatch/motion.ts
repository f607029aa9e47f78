import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** Two positions closer in time say more about the receiver's error than about speed. */
const LEAST_APART_MS = 5_000;
/** After so long what was seen before says nothing about now. */
const FORGOTTEN_AFTER_MS = 120_000;
/** Slower than that is standing: what a receiver indoors wanders by itself. */
const MOVES_FROM_MPS = 1;

/** How somebody moves, from positions in the order in which they were received. */
export interface Motion {
  /** The position that the next one is measured from. */
  readonly from: { readonly point: LatLng; readonly atMs: number } | null;
  readonly speedMps: number | null;
  readonly isMoving: boolean;
}

export const STILL: Motion = { from: null, speedMps: null, isMoving: false };

/** One more position. The speed is the mean of the newest and what was known, so that one jump does not decide. */
export function seenAt(motion: Motion, point: LatLng, receivedAtMs: number): Motion {
  const { from } = motion;
  if (!from || receivedAtMs - from.atMs > FORGOTTEN_AFTER_MS || receivedAtMs < from.atMs)
    return { from: { point, atMs: receivedAtMs }, speedMps: null, isMoving: false };
  const apartMs = receivedAtMs - from.atMs;
  if (apartMs < LEAST_APART_MS) return motion;
  const newestMps = (distanceM(from.point, point) / apartMs) * 1_000;
  const speedMps = motion.speedMps === null ? newestMps : (motion.speedMps + newestMps) / 2;
  return { from: { point, atMs: receivedAtMs }, speedMps, isMoving: speedMps > MOVES_FROM_MPS };
}

/** The speed at this time; null: standing, or not seen for too long. */
export function speedOf({ from, speedMps, isMoving }: Motion, nowMs: number): number | null {
  return isMoving && from && nowMs - from.atMs <= FORGOTTEN_AFTER_MS ? speedMps : null;
}
