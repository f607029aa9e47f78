/** A histogram of the metrics page: how many were at most so long, by the bound in milliseconds. */
export type Histogram = ReadonlyMap<number, number>;

/** Reads a histogram without labels off the page. */
export function histogramIn(page: string, name: string): Histogram {
  const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, 'gm');
  const bounds = [...page.matchAll(line)].map(
    ([, le, count]) => [le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(count)] as const,
  );
  return new Map(bounds);
}

/** What came between two readings. */
export function since(before: Histogram, after: Histogram): Histogram {
  return new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

export const countOf = (histogram: Histogram) => histogram.get(Number.POSITIVE_INFINITY) ?? 0;

/** The least bound that so large a share does not exceed. */
export function boundOf(histogram: Histogram, share: number): number {
  const wanted = share * countOf(histogram);
  return [...histogram].find(([, count]) => count >= wanted)?.[0] ?? Number.NaN;
}
