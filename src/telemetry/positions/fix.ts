import { isLatLng, type LatLng } from '../../geo/lat-lng.ts';
import { isAtMs, onServerClock } from '../lanes/row-times.ts';
import type { FrameTimes } from '../lanes/types.ts';

/** One fix as the device sent it. What is not known is null. */
export interface Fix extends LatLng {
  /** When it was taken, by the device's own clock. Only differences between two of these mean anything. */
  readonly atMs: number;
  readonly accuracyM: number | null;
  readonly speedMps: number | null;
  readonly headingDeg: number | null;
  readonly altitudeM: number | null;
  readonly batteryPct: number | null;
}

/** A fix placed on the server's clock. */
export interface TimedFix extends Fix {
  /** When it was taken by the server's clock: the time of receipt less the age that the device states. */
  readonly fixAtMs: number;
}

/**
 * Reads a row `[atMs, lat, lng, accuracyM?, speedMps?, headingDeg?, altitudeM?, batteryPct?]`; the same bounds as the
 * wire schema. Answers null when any value is unusable, or when the stated age would place the fix before 1970.
 */
export function readFix(row: unknown, times: FrameTimes): TimedFix | null {
  if (!Array.isArray(row)) return null;
  const [atMs, lat, lng]: readonly unknown[] = row;
  if (!isAtMs(atMs)) return null;
  if (typeof lat !== 'number' || typeof lng !== 'number' || !isLatLng(lat, lng)) return null;
  const accuracyM = within(row[3], 0, 100_000);
  const speedMps = within(row[4], 0, 1_000);
  const headingDeg = within(row[5], 0, 360);
  const altitudeM = within(row[6], -1_000, 20_000);
  const batteryPct = within(row[7], 0, 100);
  if (
    accuracyM === undefined ||
    speedMps === undefined ||
    headingDeg === undefined ||
    altitudeM === undefined ||
    batteryPct === undefined
  ) {
    return null;
  }
  const fixAtMs = onServerClock(atMs, times);
  if (fixAtMs < 0) return null;
  // An accuracy of 0 is how some devices say that they don't know it.
  return {
    atMs,
    lat,
    lng,
    accuracyM: accuracyM || null,
    speedMps,
    headingDeg,
    altitudeM,
    batteryPct,
    fixAtMs,
  };
}

/** The number, null when nothing was stated, undefined when what was stated is unusable. */
function within(value: unknown, min: number, max: number): number | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

/** A fix that is kept. */
export interface KeptFix {
  readonly fix: TimedFix;
  /** It never counts as "where this person is now". */
  readonly late: boolean;
}
