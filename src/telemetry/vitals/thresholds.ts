import type { LimitedVital, VitalLimits } from './default-limits.ts';
import type { Spo2Scale } from './news2.ts';
import type { VitalName } from './vitals.ts';

/** What is set for one vital sign of one person; its limits stand in place of all four defaults. */
export interface PersonalLimits extends VitalLimits {
  /** Null: the default. */
  readonly margin: number | null;
  readonly durationMs: number | null;
  readonly repeatMs: number | null;
}

/** Ends of a range that treatment aims for; null: open. */
export interface PressureGoal {
  readonly systolicLow: number | null;
  readonly systolicHigh: number | null;
  readonly diastolicLow: number | null;
  readonly diastolicHigh: number | null;
}

/** What those who care for somebody may set for them. Null: nothing is set, and the default counts. */
export interface ThresholdSettings {
  readonly restingHeartRateBpm: number | null;
  /** What exercise aims for. */
  readonly targetHeartRateBpm: number | null;
  /** Never to be exceeded. */
  readonly maxHeartRateBpm: number | null;
  readonly bloodPressureGoal: PressureGoal | null;
  /** Shown beside what is measured; judged by nobody. */
  readonly weightGoalKg: number | null;
  /** Gain within three days that is reported; 0: none is. */
  readonly weightGainKg: number | null;
  readonly spo2Scale: Spo2Scale;
  readonly isPregnant: boolean;
  /** Why scale 2, or why there is no score. */
  readonly reason: string | null;
  readonly limits: { readonly [N in LimitedVital]?: PersonalLimits };
  readonly durationMs: number | null;
  readonly repeatMs: number | null;
  readonly noDataAfterMs: number | null;
  /** Of which vital signs data have to come; empty: of none. Null: of whatever comes as a stream. */
  readonly expected: readonly VitalName[] | null;
}

/** Settings as they were put on record; every change is a new version. */
export interface Thresholds extends ThresholdSettings {
  readonly version: number;
  readonly changedBy: string;
  readonly changedAtMs: number;
  /** Who ordered scale 2 and when; null on scale 1. */
  readonly scaleOrder: { readonly by: string; readonly atMs: number } | null;
}

export const NOTHING_SET: ThresholdSettings = {
  restingHeartRateBpm: null,
  targetHeartRateBpm: null,
  maxHeartRateBpm: null,
  bloodPressureGoal: null,
  weightGoalKg: null,
  weightGainKg: null,
  spo2Scale: 1,
  isPregnant: false,
  reason: null,
  limits: {},
  durationMs: null,
  repeatMs: null,
  noDataAfterMs: null,
  expected: null,
};
