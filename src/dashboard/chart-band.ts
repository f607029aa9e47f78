import type { SeriesView, TailState } from '../client/index.ts';

type SeriesPoint = SeriesView['series'][number]['points'][number];

/** What a chart draws of one vital sign: by column of time the lowest, the highest and the last value; null: a gap. */
export interface Band {
  /** Seconds since 1970, rising, as uPlot wants them. */
  readonly x: number[];
  readonly low: (number | null)[];
  readonly high: (number | null)[];
  readonly last: (number | null)[];
  /** Kept and not believed, where one falls into this column. */
  readonly doubted: (number | null)[];
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** About as many as the chart has pixels to draw them with. */
  readonly columns: number;
}

interface Column {
  atMs: number;
  low: number;
  high: number;
  last: number;
  doubted: number | null;
  believed: number;
}

/** More empty columns in a row than this are a gap; fewer are how far apart the samples are. */
const GAP_COLUMNS = 8;

/**
 * Points of a series in columns of equal width. The server tells of each of its steps the first, lowest, highest and last
 * value, so however few columns there are, every peak is in them.
 */
export function bandOf(points: readonly SeriesPoint[], { fromMs, toMs, columns }: Window): Band {
  const widthMs = Math.max(1, (toMs - fromMs) / Math.max(1, columns));
  const byColumn = new Map<number, Column>();
  for (const [atMs, value, doubt] of points) {
    if (atMs < fromMs || atMs > toMs) continue;
    const index = Math.min(columns - 1, Math.floor((atMs - fromMs) / widthMs));
    const column = byColumn.get(index) ?? emptyColumn(fromMs + (index + 0.5) * widthMs);
    byColumn.set(index, column);
    if (doubt === undefined) take(column, value);
    else column.doubted = value;
  }
  return drawn(byColumn);
}

const emptyColumn = (atMs: number): Column => ({
  atMs,
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
  last: 0,
  doubted: null,
  believed: 0,
});

function take(column: Column, value: number): void {
  column.low = Math.min(column.low, value);
  column.high = Math.max(column.high, value);
  column.last = value;
  column.believed += 1;
}

function drawn(byColumn: ReadonlyMap<number, Column>): Band {
  const band: Band = { x: [], low: [], high: [], last: [], doubted: [] };
  const push = (
    atMs: number,
    low: number | null,
    high: number | null,
    last: number | null,
    no: number | null,
  ) => {
    band.x.push(atMs / 1_000);
    band.low.push(low);
    band.high.push(high);
    band.last.push(last);
    band.doubted.push(no);
  };
  const order = [...byColumn.entries()].sort(([a], [b]) => a - b);
  const gap = usualDistance(order.map(([index]) => index)) * 3 + GAP_COLUMNS;
  let before: readonly [number, Column] | undefined;
  for (const [index, column] of order) {
    if (before && index - before[0] > gap) push((before[1].atMs + column.atMs) / 2, null, null, null, null);
    const { atMs, low, high, last, doubted, believed } = column;
    if (believed === 0) push(atMs, null, null, null, doubted);
    else push(atMs, low, high, last, doubted);
    before = [index, column];
  }
  return band;
}

/** The median distance of neighbours; 1 where there are none. */
function usualDistance(indices: readonly number[]): number {
  const distances = indices.slice(1).map((index, i) => index - (indices[i] ?? index));
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? 1;
}

/** What came in since, as points behind those of a series; a spike within it is in them. */
export function tailPoints({ values }: TailState): Map<string, SeriesPoint[]> {
  const byVital = new Map<string, SeriesPoint[]>();
  for (const { vital, atMs, last, lowest, highest } of values) {
    const points = byVital.get(vital) ?? [];
    byVital.set(vital, points);
    if (lowest < last) points.push([atMs - 1, lowest]);
    if (highest > last) points.push([atMs - 1, highest]);
    points.push([atMs, last]);
  }
  return byVital;
}

/** A chart as rows of a table, at most so many, each with the lowest, highest and last of its part of the time. */
export interface ChartRow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly low: number;
  readonly high: number;
  readonly last: number;
  readonly samples: number;
}

export function chartRows(
  points: readonly SeriesPoint[],
  window: Omit<Window, 'columns'>,
  most: number,
): ChartRow[] {
  const widthMs = (window.toMs - window.fromMs) / most;
  const rows = new Map<number, Column>();
  for (const [atMs, value, doubt] of points) {
    if (doubt !== undefined || atMs < window.fromMs || atMs > window.toMs) continue;
    const index = Math.min(most - 1, Math.floor((atMs - window.fromMs) / widthMs));
    const column = rows.get(index) ?? emptyColumn(index);
    rows.set(index, column);
    take(column, value);
  }
  return [...rows.entries()]
    .sort(([a], [b]) => a - b)
    .map(([index, { low, high, last, believed }]) => ({
      fromMs: window.fromMs + index * widthMs,
      toMs: window.fromMs + (index + 1) * widthMs,
      low,
      high,
      last,
      samples: believed,
    }));
}

/**
 * The axis of values: what is believed and the limits near it, with a little room. What is not believed may be anywhere, and
 * would flatten everything else.
 */
export function valueRange(band: Band, limits: readonly number[]): [number, number] {
  const values = [...band.low, ...band.high].filter((one) => one !== null);
  const all = [...values, ...limits];
  if (all.length === 0) return [0, 1];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const room = Math.max(1, (high - low) * 0.06);
  return [Math.max(0, low - room), high + room];
}
