import type { Current } from './current.ts';
import type { AlertType, Severity } from './finding.ts';
import type { Latch } from './latch.ts';
import type { News2Risk } from './news2.ts';
import type { VitalName } from './vitals.ts';

/** Whom a sample is of, as much as judging has to know. */
export interface JudgedPerson {
  /** `YYYY-MM-DD`; null: not known. */
  readonly dateOfBirth: string | null;
}

/** What is known of one person. Plain data, so that it can be put away and taken up again as it is. */
export interface JudgeState {
  readonly current: Current;
  /** When the newest of it was measured. */
  readonly newestMs: number;
  /** Of the thresholds that it was judged by last. */
  readonly version: number;
  /** By condition and level; what is not there is off. */
  readonly latches: Readonly<Record<string, Latch>>;
  /** Conditions that hold, as they were found last. */
  readonly told: Readonly<Record<string, Told>>;
  /** The least of each hour, the oldest first, as far back as a gain is looked for. */
  readonly weights: readonly Weight[];
  /** Vital signs whose newest values are not believed. */
  readonly doubtful: { readonly [N in VitalName]?: Doubtful };
  /** What came when: of what is missed when it stops. */
  readonly streams: { readonly [N in VitalName]?: Stream };
  /** The score that was kept last. */
  readonly kept: KeptScore | null;
}

export interface Told {
  readonly type: AlertType;
  /** As it is now. */
  readonly severity: Severity;
  /** When it was found last. */
  readonly atMs: number;
}

export interface Weight {
  readonly atMs: number;
  readonly kg: number;
}

export interface Doubtful {
  /** So many values in a row were not believed. */
  readonly run: number;
  readonly sinceMs: number;
  /** When the last one that was counted was measured: one that comes again is not counted again. */
  readonly lastMs: number;
  /** So many in a row were believed since. */
  readonly believed: number;
}

/** By the times of receipt. */
export interface Stream {
  /** When a device sent it last; null: none has. */
  readonly deviceMs: number | null;
  /** So many times of receipt from devices in a row, counted up to what makes a stream. */
  readonly run: number;
  /** When anybody sent it last. */
  readonly heardMs: number;
}

export interface KeptScore {
  /** Everything of it but its time, as text. */
  readonly key: string;
  readonly risk: News2Risk;
  readonly complete: boolean;
  readonly atMs: number;
}

/** Raised whenever a state that was put away by an older program can't be taken up. */
export const STATE_SHAPE = 2;

export const NOTHING_KNOWN: JudgeState = {
  current: {},
  newestMs: 0,
  version: 0,
  latches: {},
  told: {},
  weights: [],
  doubtful: {},
  streams: {},
  kept: null,
};
