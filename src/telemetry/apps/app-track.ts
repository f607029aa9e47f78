import type { RefusedReason } from '../lanes/types.ts';
import type { TimedFix } from '../positions/fix.ts';
import { judgeFix, NOTHING_KNOWN, type Rules, type Track } from '../positions/pipeline.ts';
import type { AppFix } from './app-message.ts';
import { clockAfter, clockOf, type DeviceClock, RIGHT } from './device-clock.ts';

/** What is remembered of a device without numbers to judge its next fix. Never changed in place. */
export interface AppTrack {
  readonly track: Track;
  readonly clock: DeviceClock;
}

export const NO_TRACK: AppTrack = { track: NOTHING_KNOWN, clock: RIGHT };

export type AppJudgement =
  | { readonly kind: 'refused'; readonly reason: RefusedReason; readonly after: AppTrack }
  | {
      readonly kind: 'kept';
      readonly fix: TimedFix;
      readonly late: boolean;
      readonly result: 'accepted' | 'late' | 'stale';
      readonly after: AppTrack;
    };

export const trackFrom = (last: TimedFix | null, rules: Rules): AppTrack =>
  last ? { track: { last, dissenters: [] }, clock: clockOf(last, rules) } : NO_TRACK;

/**
 * Judges one fix by the pipeline that judges all others. The app does not say when it sent it, so the age is the
 * difference to its arrival, less what is believed of the device's clock. One that was made up is kept, moves nobody, and
 * vouches for none that comes after it.
 */
export function judgeAppFix(before: AppTrack, fix: AppFix, receivedAtMs: number, rules: Rules): AppJudgement {
  const clock = clockAfter(before.clock, { atMs: fix.atMs, receivedAtMs }, rules);
  const { atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct } = fix;
  const row = [atMs, lat, lng, accuracyM, speedMps, headingDeg, altitudeM, batteryPct];
  const sentAtMs = receivedAtMs + clock.aheadMs;
  const judgement = judgeFix(before.track, { row, sentAtMs, receivedAtMs }, rules);
  if (fix.isMock && judgement.kind === 'kept')
    return { kind: 'kept', fix: judgement.fix, late: true, result: 'late', after: before };
  const after = { track: judgement.track, clock };
  if (judgement.kind === 'refused') return { kind: 'refused', reason: judgement.reason, after };
  const { late, stale } = judgement;
  const result = stale ? 'stale' : late ? 'late' : 'accepted';
  return { kind: 'kept', fix: judgement.fix, late, result, after };
}

/** How what comes without numbers is judged. */
export interface Judging {
  /** Where judging begins, given the newest fix in the store; null: there is none. */
  begin(last: TimedFix | null): AppTrack;
  judge(before: AppTrack, fix: AppFix, receivedAtMs: number): AppJudgement;
}

export const judgingBy = (rules: Rules): Judging => ({
  begin: (last) => trackFrom(last, rules),
  judge: (before, fix, receivedAtMs) => judgeAppFix(before, fix, receivedAtMs, rules),
});
