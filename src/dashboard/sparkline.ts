export type Point = readonly [atMs: number, value: number];

interface Box {
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** A pause as long as this is a gap in the line: nothing is known of it. */
  readonly gapMs: number;
  /** At least so much from bottom to top, so that noise stays small. */
  readonly leastSpan?: number;
}

/** A line as the `d` of an SVG path, from the lowest value at the bottom to the highest on top; empty where there is none. */
export function sparkPath(points: readonly Point[], box: Box): string {
  const { width, height, fromMs, toMs, gapMs, leastSpan = 0 } = box;
  const inside = points.filter(([atMs]) => atMs >= fromMs && atMs <= toMs);
  if (inside.length === 0) return '';
  const values = inside.map(([, value]) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(leastSpan, highest - lowest);
  const low = (lowest + highest - span) / 2;
  const x = (atMs: number) => round(((atMs - fromMs) / (toMs - fromMs)) * width);
  // A flat line runs through the middle.
  const y = (value: number) => round(span === 0 ? height / 2 : height - ((value - low) / span) * height);
  let d = '';
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const [atMs, value] of inside) {
    d += `${atMs - lastMs > gapMs ? 'M' : 'L'}${x(atMs)} ${y(value)}`;
    lastMs = atMs;
  }
  return d;
}

const round = (n: number) => Math.round(n * 10) / 10;

/** The newest points behind those that are known, without what has left the window. Out of order or known: left out. */
export function withPoint(points: readonly Point[], point: Point, fromMs: number): readonly Point[] {
  const last = points.at(-1);
  if (last && point[0] <= last[0]) return points;
  return [...points.filter(([atMs]) => atMs >= fromMs), point];
}
