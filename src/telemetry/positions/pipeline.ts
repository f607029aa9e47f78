import type { Arrival } from '../lanes/steps.ts';
import type { RefusedReason } from '../lanes/types.ts';
import { readFix, type TimedFix } from './fix.ts';
import { isOlder, isPossible, isRepeat } from './plausible.ts';

export interface Rules {
  /** Faster than this between two fixes is a fault of the receiver. */
  readonly maxSpeedMps: number;
  /** A fix older than this when it arrives goes to history only. */
  readonly maxFixAgeLiveMs: number;
  /** How far a fix may lie after the sending of its frame, by the same device clock, before it is refused. */
  readonly futureToleranceMs: number;
}

export const DEFAULT_RULES: Rules = { maxSpeedMps: 100, maxFixAgeLiveMs: 60_000, futureToleranceMs: 60_000 };

/** What is remembered to judge the next fix. Never changed in place. */
export interface Track {
  /** The newest fix that was accepted. */
  readonly last: TimedFix | null;
  /** Fixes in a row that are impossible after `last` but agree with each other. */
  readonly dissenters: readonly TimedFix[];
}

export const NOTHING_KNOWN: Track = { last: null, dissenters: [] };

/** So many fixes that agree with each other outvote the one accepted before them. */
const DISSENTERS_NEEDED = 3;

export type FixJudgement =
  | { readonly kind: 'refused'; readonly reason: RefusedReason; readonly track: Track }
  /** Goes to history; `late` ones never move the live index. `stale`: late because something newer is known. */
  | {
      readonly kind: 'kept';
      readonly fix: TimedFix;
      readonly late: boolean;
      readonly stale: boolean;
      readonly track: Track;
    };

/**
 * Judges one fix, in the order of numbers. Device clocks order nothing: the age of a fix is the difference of two
 * times of one device clock, so a clock that is years off changes nothing.
 */
export function judgeFix(track: Track, arrival: Arrival, rules: Rules): FixJudgement {
  const fix = readFix(arrival.row, arrival);
  if (!fix) return refused('invalid', track);

  const { last } = track;
  if (last && isRepeat(last, fix)) return refused('duplicate', track);

  const ageMs = arrival.sentAtMs - fix.atMs;
  if (ageMs < -rules.futureToleranceMs) return refused('future', track);

  const late = ageMs > rules.maxFixAgeLiveMs;
  if (last && !isPossible(last, fix, rules.maxSpeedMps)) {
    const dissenters = dissentersWith(fix, track.dissenters, rules);
    if (dissenters.length < DISSENTERS_NEEDED) return refused('impossible', { last, dissenters });
    return kept(fix, late);
  }

  if (last && isOlder(fix, last)) {
    return { kind: 'kept', fix, late: true, stale: true, track: { last, dissenters: [] } };
  }
  return kept(fix, late);
}

function kept(fix: TimedFix, late: boolean): FixJudgement {
  return { kind: 'kept', fix, late, stale: false, track: { last: fix, dissenters: [] } };
}

function refused(reason: RefusedReason, track: Track): FixJudgement {
  return { kind: 'refused', reason, track };
}

function dissentersWith(fix: TimedFix, before: readonly TimedFix[], rules: Rules): readonly TimedFix[] {
  const agrees = before.every((other) => !isRepeat(other, fix) && isPossible(other, fix, rules.maxSpeedMps));
  return agrees ? [...before, fix] : [fix];
}
