import type { VitalName } from '../vitals/vitals.ts';
import type { SeriesPoint, TimeRange } from './downsample.ts';

/** What a stretch of time of one vital sign comes to. */
export interface Figures {
  /** Values that are believed. */
  readonly samples: number;
  readonly doubted: number;
  /** The first, lowest, highest and last of them, in any order; none when there is none. */
  readonly points: readonly SeriesPoint[];
}

/** A value as it was measured. */
export type SeriesRow = SeriesPoint & { readonly isDoubted: boolean };

/** What a part of a series is made of: samples of devices and records, or what samples come to and the records. */
export type Grain = 'sample' | 'hour' | 'day';

/** What is asked of one vital sign of one person. */
export interface SeriesPart {
  readonly personId: string;
  readonly vital: VitalName;
  readonly range: TimeRange;
}

/** The room's store of what was measured. Rejects with `StoreUnavailable`. */
export interface SeriesStore {
  /** Single values in order of time, at most `limit`: of devices and of people. */
  samples(part: SeriesPart, limit: number): Promise<readonly SeriesRow[]>;
  /** The same in buckets of `widthMs` counted from `fromMs`, at the store; only what is believed unless told otherwise. */
  buckets(
    part: SeriesPart,
    grid: { readonly fromMs: number; readonly widthMs: number },
    what: { readonly withDoubted: boolean; readonly recordsOnly: boolean },
  ): Promise<readonly Figures[]>;
  /** What samples of devices come to in the hours or days that the range touches. */
  figures(part: SeriesPart, grain: 'hour' | 'day'): Promise<readonly Figures[]>;
  /** Everything that was received up to this is in the figures, but for what the store was late to commit. */
  countedUpToMs(): Promise<number>;
}
