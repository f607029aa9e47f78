import type { TimeRange } from './downsample.ts';
import type { Grain } from './store.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A store is asked for single samples of no more than this at once: a device at one a second has 86,400 of them. */
export const SAMPLES_SPAN_MS = DAY_MS;
/** What was received shortly before the newest that is counted may still be on its way to the store. */
const UNSETTLED_MS = 600_000;

export interface Kept {
  /** Every sample that was received up to this is in the figures of hours and days. */
  readonly countedUpToMs: number;
  /** From here on single samples are kept. */
  readonly samplesFromMs: number;
}

export type RangePart = TimeRange & { readonly grain: Grain };

/** How coarse a series is that is told in steps of `widthMs`: no coarser than it has to be. */
export function grainFor({ fromMs, toMs }: TimeRange, widthMs: number, kept: Kept): Grain {
  if (widthMs >= DAY_MS) return 'day';
  if (widthMs >= HOUR_MS) return 'hour';
  return toMs - Math.max(fromMs, kept.samplesFromMs) > SAMPLES_SPAN_MS ? 'hour' : 'sample';
}

/**
 * Cuts a range into what is read of it as whole days, whole hours and single samples, in order of time. Its ends are read
 * from what is finer, as long as that is kept, because a day that is only half in it has its lowest value anywhere; what is
 * not counted yet is read from samples.
 */
export function planRange(range: TimeRange, grain: Grain, kept: Kept): RangePart[] {
  const countedMs = kept.countedUpToMs - UNSETTLED_MS;
  const ofSamples = ({ fromMs, toMs }: TimeRange): RangePart[] => {
    const cutMs = Math.min(toMs, Math.max(fromMs, kept.samplesFromMs));
    return parts([fromMs, cutMs, 'hour'], [cutMs, toMs, 'sample']);
  };
  const whole =
    (unitMs: number, unit: Grain, finer: (rest: TimeRange) => RangePart[]) => (rest: TimeRange) => {
      const fromMs = Math.ceil(rest.fromMs / unitMs) * unitMs;
      const toMs = Math.floor(Math.min(rest.toMs, countedMs) / unitMs) * unitMs;
      if (fromMs >= toMs) return finer(rest);
      return [
        ...finer({ fromMs: rest.fromMs, toMs: fromMs }),
        ...parts([fromMs, toMs, unit]),
        ...finer({ fromMs: toMs, toMs: rest.toMs }),
      ];
    };
  const ofHours = whole(HOUR_MS, 'hour', ofSamples);
  if (grain === 'day') return whole(DAY_MS, 'day', ofHours)(range);
  if (grain === 'hour') return ofHours(range);
  const keptFromMs = Math.min(range.toMs, Math.max(range.fromMs, kept.samplesFromMs));
  return [
    ...ofHours({ fromMs: range.fromMs, toMs: keptFromMs }),
    ...ofSamples({ fromMs: keptFromMs, toMs: range.toMs }),
  ];
}

const parts = (...cuts: readonly (readonly [number, number, Grain])[]): RangePart[] =>
  cuts.flatMap(([fromMs, toMs, grain]) => (fromMs < toMs ? [{ fromMs, toMs, grain }] : []));
