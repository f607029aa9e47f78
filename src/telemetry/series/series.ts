import type { Clock } from '../../lib/clock.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { VITAL_SIGNS, type VitalName } from '../vitals/vitals.ts';
import {
  bucketMsFor,
  downsample,
  POINTS_PER_BUCKET,
  type SeriesPoint,
  type TimeRange,
} from './downsample.ts';
import {
  DAY_MS,
  grainFor,
  HOUR_MS,
  type Kept,
  planRange,
  type RangePart,
  SAMPLES_SPAN_MS,
} from './plan-range.ts';
import type { Figures, Grain, SeriesPart, SeriesStore } from './store.ts';

/** One vital sign of one person over some time. */
export interface Series {
  readonly vital: VitalName;
  readonly unit: string;
  /** What it was read from: single values, or what they come to by hour or day, whichever is the coarsest in it. */
  readonly grain: Grain;
  /** How many values stand behind it. Where hours or days are read, those of the whole ones that it touches. */
  readonly samples: number;
  /** How many of them are not believed; of these none is in `points` unless asked for. */
  readonly doubted: number;
  /** In order of time. Of every bucket the first, the lowest, the highest and the last. */
  readonly points: readonly SeriesPoint[];
}

export interface SeriesAsked {
  readonly personId: string;
  readonly vital: VitalName;
  readonly range: TimeRange;
  /** Points at most, 4 or more. */
  readonly points: number;
  /** Also what is kept and not believed. It is only in single samples. */
  readonly withDoubted: boolean;
}

export interface SeriesParts {
  readonly store: SeriesStore;
  readonly clock: Clock;
  /** How long single samples are kept. */
  readonly samplesKeptMs: number;
}

const DOUBTED_TOO_LONG = refused(
  'too_large',
  'what is not believed is only in single values, and there are too many: ask for a day or less',
);

/** Kept rather longer than promised is not to be counted on: a day of samples leaves when it is all old. */
const MARGIN_MS = 3_600_000;

/** Reads series: whole where there are few values, else drawn together by the store, in bounded memory here and there. */
export function openSeries({ store, clock, samplesKeptMs }: SeriesParts) {
  return async (asked: SeriesAsked): Promise<Result<Series, 'too_large'>> => {
    const { range, points: most, withDoubted } = asked;
    const samplesFromMs = clock.nowMs() - samplesKeptMs + MARGIN_MS;
    const whole = range.fromMs >= samplesFromMs ? await wholeOf(store, asked) : null;
    if (whole) return ok(whole);
    if (withDoubted && range.toMs - range.fromMs > SAMPLES_SPAN_MS) return DOUBTED_TOO_LONG;
    const kept: Kept = { countedUpToMs: await store.countedUpToMs(), samplesFromMs };
    const grain = withDoubted ? 'sample' : grainFor(range, bucketMsFor(range, most), kept);
    const plan = planRange(range, grain, kept);
    const grid = gridFor(range, most, coarsest(plan));
    const buckets = { fromMs: grid.fromMs, widthMs: bucketMsFor(grid, most) };
    const figures: Figures[] = [];
    for (const part of plan) figures.push(...(await figuresOf(store, asked, part, buckets)));
    return ok(summed(asked, grid, coarsest(plan), figures));
  };
}

const UNIT_MS = { hour: HOUR_MS, day: DAY_MS } as const;

/**
 * The range as it is cut into buckets: where hours or days are read, between whole ones, so that each is in one bucket and
 * takes its lowest and its highest there.
 */
export function gridFor({ fromMs, toMs }: TimeRange, most: number, grain: Grain): TimeRange {
  if (grain === 'sample') return { fromMs, toMs };
  const unitMs = UNIT_MS[grain];
  const buckets = Math.floor(most / POINTS_PER_BUCKET);
  const gridMs = Math.floor(fromMs / unitMs) * unitMs;
  const widthMs = Math.ceil((toMs - gridMs) / (buckets * unitMs)) * unitMs;
  return { fromMs: gridMs, toMs: gridMs + buckets * widthMs };
}

/** Every single value; null: too many. */
async function wholeOf(store: SeriesStore, asked: SeriesAsked): Promise<Series | null> {
  const { vital, points: most, withDoubted } = asked;
  const rows = await store.samples(asked, most + 1);
  if (rows.length > most) return null;
  const doubted = rows.filter(({ isDoubted }) => isDoubted).length;
  return {
    vital,
    unit: VITAL_SIGNS[vital].unit,
    grain: 'sample',
    samples: rows.length - doubted,
    doubted,
    points: rows.flatMap(({ atMs, value, isDoubted }) =>
      isDoubted ? (withDoubted ? [{ atMs, value, isDoubted }] : []) : [{ atMs, value }],
    ),
  };
}

async function figuresOf(
  store: SeriesStore,
  { personId, vital, withDoubted }: SeriesAsked,
  { grain, ...part }: RangePart,
  buckets: { readonly fromMs: number; readonly widthMs: number },
): Promise<Figures[]> {
  const of: SeriesPart = { personId, vital, range: part };
  const recordsOnly = grain !== 'sample';
  const found = await store.buckets(of, buckets, { withDoubted, recordsOnly });
  return grain === 'sample' ? [...found] : [...found, ...(await store.figures(of, grain))];
}

function summed(
  { vital, range, points: most }: SeriesAsked,
  grid: TimeRange,
  grain: Grain,
  figures: readonly Figures[],
): Series {
  const points = figures
    .flatMap((one) => one.points)
    .filter(({ atMs }) => atMs >= range.fromMs && atMs < range.toMs)
    .sort((a, b) => a.atMs - b.atMs);
  return {
    vital,
    unit: VITAL_SIGNS[vital].unit,
    grain,
    samples: figures.reduce((sum, { samples }) => sum + samples, 0),
    doubted: figures.reduce((sum, { doubted }) => sum + doubted, 0),
    points: downsample(unique(points), grid, most),
  };
}

/** The first, lowest, highest and last of a bucket can be one and the same. */
function unique(points: readonly SeriesPoint[]): SeriesPoint[] {
  const seen = new Set<string>();
  return points.filter(({ atMs, value }) => {
    const key = `${atMs} ${value}`;
    return !seen.has(key) && seen.add(key);
  });
}

const coarsest = (plan: readonly RangePart[]): Grain =>
  (['day', 'hour'] as const).find((grain) => plan.some((part) => part.grain === grain)) ?? 'sample';
