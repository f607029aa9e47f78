/** One value of a series. */
export interface SeriesPoint {
  readonly atMs: number;
  readonly value: number;
  /** It is kept, but not believed. */
  readonly isDoubted?: boolean;
}

/** A stretch of time: `fromMs` is in it, `toMs` is not. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is left of a bucket: its first, lowest, highest and last point. */
export const POINTS_PER_BUCKET = 4;

/** How wide a bucket is when a range is to be told in so many points. */
export function bucketMsFor({ fromMs, toMs }: TimeRange, most: number): number {
  return Math.max(1, (toMs - fromMs) / Math.floor(most / POINTS_PER_BUCKET));
}

/**
 * At most `most` (4 or more) of the points of a range, in order of time, which `points` must be in. The range is cut into
 * buckets of one width, and of each stay the first, the lowest, the highest and the last point, so that no peak and no gap
 * is lost to it: a line through them fills the same pixels as one through all, as in the M4 aggregation (Jugel, Jerzak,
 * Hackenbroich, Markl: "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014). As few as that already are
 * answered as they are.
 */
export function downsample(points: readonly SeriesPoint[], range: TimeRange, most: number): SeriesPoint[] {
  if (points.length <= most) return [...points];
  const buckets = Math.floor(most / POINTS_PER_BUCKET);
  const widthMs = bucketMsFor(range, most);
  const kept: SeriesPoint[] = [];
  let from = 0;
  while (from < points.length) {
    const bucket = bucketOf(points[from], range.fromMs, widthMs, buckets);
    let to = from + 1;
    while (to < points.length && bucketOf(points[to], range.fromMs, widthMs, buckets) === bucket) to += 1;
    kept.push(...corners(points, from, to));
    from = to;
  }
  return kept;
}

/** What lies outside of the range counts into the bucket at its end. */
function bucketOf(point: SeriesPoint | undefined, fromMs: number, widthMs: number, buckets: number): number {
  const bucket = Math.floor(((point?.atMs ?? fromMs) - fromMs) / widthMs);
  return Math.min(buckets - 1, Math.max(0, bucket));
}

/** The first, lowest, highest and last of `points[from..to)`, each once, in order. Of equal ones the earliest. */
function corners(points: readonly SeriesPoint[], from: number, to: number): SeriesPoint[] {
  let [lowest, highest] = [from, from];
  for (let i = from + 1; i < to; i++) {
    if (valueAt(points, i) < valueAt(points, lowest)) lowest = i;
    if (valueAt(points, i) > valueAt(points, highest)) highest = i;
  }
  const places = [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b);
  return places.flatMap((place) => points[place] ?? []);
}

const valueAt = (points: readonly SeriesPoint[], i: number): number => points[i]?.value ?? Number.NaN;
