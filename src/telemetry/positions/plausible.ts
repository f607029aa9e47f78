import { distanceM } from '../../geo/lat-lng.ts';
import type { Fix, TimedFix } from './fix.ts';

/** What two fixes may be apart without any movement, when neither states its accuracy. */
const SLACK_M_MIN = 50;
/** A stated accuracy excuses no more than this, or a device could excuse any jump. */
const SLACK_M_MAX = 10_000;

/** The same instant and the same point: the receiver repeated itself under a new number. */
export function isRepeat(a: Fix, b: Fix): boolean {
  return a.atMs === b.atMs && a.lat === b.lat && a.lng === b.lng;
}

/**
 * Whether one device can have been at both: the distance that the accuracies don't explain, over the difference of
 * the two *device* times. At the same device time only the accuracies may explain a distance.
 */
export function isPossible(a: Fix, b: Fix, maxSpeedMps: number): boolean {
  const stated = (a.accuracyM ?? 0) + (b.accuracyM ?? 0);
  const slackM = Math.min(SLACK_M_MAX, Math.max(SLACK_M_MIN, stated));
  return distanceM(a, b) - slackM <= (maxSpeedMps * Math.abs(b.atMs - a.atMs)) / 1000;
}

/**
 * Whether `fix` is older than `known`. Both clocks must say so: by the device's alone, a clock set back would freeze
 * its owner until it has caught up; by the corrected time alone, the jitter of the network would.
 */
export function isOlder(fix: TimedFix, known: TimedFix): boolean {
  return fix.atMs < known.atMs && fix.fixAtMs < known.fixAtMs;
}
