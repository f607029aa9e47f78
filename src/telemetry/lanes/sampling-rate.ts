import { distanceM, type LatLng } from '../../geo/lat-lng.ts';
import type { RatedLane } from './types.ts';

/** How a device stands: what its rate depends on besides load. Never changed in place. */
export interface Standing {
  readonly isMoving: boolean;
  /** Where it was when it was last seen to move, and when. */
  readonly from: LatLng | null;
  readonly movedAtMs: number;
  /** 0 enough, 1 low, 2 nearly empty. */
  readonly battery: Level;
}

export type Level = 0 | 1 | 2;

/** Nothing known: on the move, so that the first minute is not missed. */
export const NOTHING_SEEN: Standing = { isMoving: true, from: null, movedAtMs: Number.NaN, battery: 0 };

/** Slower, and within the error of its fixes, it stands. */
const MOVES_FROM_MPS = 1.5;
const MOVED_M_MIN = 30;
/** So long without a movement, it has come to rest. */
const RESTS_AFTER_MS = 60_000;
/** Below the first, until above the second: percent. */
const BATTERY: readonly Threshold[] = [
  { from: 20, to: 25 },
  { from: 10, to: 15 },
];
/** Above the first, until below the second: shares of the lane's room that are filled. */
const LOAD: readonly Threshold[] = [
  { from: 0.5, to: 0.3 },
  { from: 0.8, to: 0.6 },
];

interface Threshold {
  readonly from: number;
  readonly to: number;
}

export interface SeenFix extends LatLng {
  readonly accuracyM: number | null;
  readonly speedMps: number | null;
  readonly batteryPct: number | null;
}

/** One more live fix. */
export function seen(before: Standing, fix: SeenFix, nowMs: number): Standing {
  const battery =
    fix.batteryPct === null ? before.battery : levelOf(before.battery, -fix.batteryPct, BATTERY.map(negated));
  const movedM = before.from ? distanceM(before.from, fix) : 0;
  const moves =
    !before.from ||
    (fix.speedMps ?? 0) >= MOVES_FROM_MPS ||
    movedM > Math.max(MOVED_M_MIN, fix.accuracyM ?? 0);
  if (moves) return { isMoving: true, from: { lat: fix.lat, lng: fix.lng }, movedAtMs: nowMs, battery };
  return { ...before, isMoving: before.isMoving && nowMs - before.movedAtMs < RESTS_AFTER_MS, battery };
}

/** How loaded a lane is, given how full its room is (0 to 1) and how loaded it was. */
export const loadLevel = (before: Level, fill: number): Level => levelOf(before, fill, LOAD);

/**
 * How often a device is asked to take a sample. Whoever is in an open SOS is seen every second, whatever the battery: that
 * is what it was saved for. Everybody else gives way first, positions of who stands still before anything.
 */
export function intervalMs(
  lane: RatedLane,
  { isMoving, battery }: Standing,
  { load, isInvolved }: { readonly load: Level; readonly isInvolved: boolean },
): number {
  const { involvedMs, movingMs, stillMs, byBattery, byLoad, mostMs } = RATES[lane];
  if (isInvolved) return load === 2 ? involvedMs * 2 : involvedMs;
  return Math.min(mostMs, (isMoving ? movingMs : stillMs) * byBattery[battery] * byLoad[load]);
}

interface LaneRates {
  readonly involvedMs: number;
  readonly movingMs: number;
  readonly stillMs: number;
  readonly byBattery: readonly [number, number, number];
  readonly byLoad: readonly [number, number, number];
  /** Responders whose position is older than two minutes are asked nothing, and vital signs are missed after ten seconds. */
  readonly mostMs: number;
}

const RATES: Readonly<Record<RatedLane, LaneRates>> = {
  telemetry: {
    involvedMs: 1_000,
    movingMs: 5_000,
    stillMs: 30_000,
    byBattery: [1, 2, 4],
    byLoad: [1, 2, 4],
    mostMs: 60_000,
  },
  vitals: {
    involvedMs: 1_000,
    movingMs: 1_000,
    stillMs: 1_000,
    byBattery: [1, 2, 5],
    byLoad: [1, 2, 5],
    mostMs: 10_000,
  },
};

/** The highest level whose threshold is reached, or was reached and is not left yet. */
function levelOf(before: Level, value: number, thresholds: readonly Threshold[]): Level {
  let level = 0;
  thresholds.forEach(({ from, to }, i) => {
    if (value > from || (before > i && value >= to)) level = i + 1;
  });
  return level as Level;
}

const negated = ({ from, to }: Threshold): Threshold => ({ from: -from, to: -to });
