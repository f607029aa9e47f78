import type { Severity } from './finding.ts';
import type { Spo2Scale } from './news2.ts';
import type { News2Ages } from './score.ts';
import type { VitalName } from './vitals.ts';

/** How much it matters that a limit is crossed. */
export type Level = 'goal' | 'warning' | 'serious' | 'critical';

/** The one table of what a level, or a risk by NEWS2, is worth. */
export const SEVERITY_OF = {
  /** A goal of treatment is missed: for the next conversation. */
  goal: 'LOW',
  warning: 'MEDIUM',
  serious: 'HIGH',
  critical: 'CRITICAL',
  news2_low_medium: 'MEDIUM',
  news2_medium: 'HIGH',
  news2_high: 'CRITICAL',
  /** A device that measures what can't be. */
  implausible: 'LOW',
  /** A stream stopped by itself, and one that was asked for by name. */
  no_data: 'MEDIUM',
  no_data_expected: 'HIGH',
} as const satisfies Readonly<Record<string, Severity>>;

/** What a rule looks at: a number, or how far from alert somebody is (see `WAKEFULNESS`). */
export type Judged = VitalName | 'consciousness';

export interface RuleStep {
  readonly level: Level;
  /** Crossed by a value that is equal or farther out, after rounding to what is charted. */
  readonly at: number;
  /** Values on the good side of this are clear of it: the limit with its margin. */
  readonly clearOf: number;
}

/** One side of one vital sign, with its levels from the mildest outward. */
export interface Rule {
  /** As a finding says it, such as `heart_rate_high`. */
  readonly condition: string;
  readonly judged: Judged;
  readonly side: 'low' | 'high';
  readonly steps: readonly RuleStep[];
  /** By the times of samples: for so long it must hold before it is found, and be gone before it is over. */
  readonly durationMs: number;
  /** It is found again after so long while it holds. */
  readonly repeatMs: number;
  /** Only while oxygen is known to be given. */
  readonly onOxygenOnly: boolean;
}

/** Everything that one person is judged by at one moment. Data: the same for whoever judges again. */
export interface Limits {
  /** Of the thresholds that somebody set for this person; 0: none, the defaults alone. */
  readonly version: number;
  readonly rules: readonly Rule[];
  readonly weightGain: WeightGain | null;
  readonly news2: News2Rule;
  readonly noData: NoDataRule;
}

/** More than so much more than the least within so long. */
export interface WeightGain {
  readonly kg: number;
  readonly withinMs: number;
  readonly marginKg: number;
  readonly repeatMs: number;
}

export interface News2Rule {
  readonly scale: Spo2Scale;
  readonly isPregnant: boolean;
  readonly durationMs: number;
  readonly repeatMs: number;
  readonly maxAgeMs: News2Ages;
}

export interface NoDataRule {
  readonly afterMs: number;
  /** When this was set; data that are asked for by name are awaited from then on. */
  readonly setAtMs: number;
  /** Null: whatever comes as a stream. */
  readonly expected: readonly VitalName[] | null;
}
