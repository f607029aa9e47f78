/** The middle value; of an even number of values the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** Times per second that `work` can be done, over at least `atLeastMs` and one call. `work` answers how often it did it. */
export function perSecond(work: () => number, atLeastMs: number): number {
  const startMs = performance.now();
  let done = 0;
  let tookMs = 0;
  do {
    done += work();
    tookMs = performance.now() - startMs;
  } while (tookMs < atLeastMs);
  return (done * 1_000) / tookMs;
}

/**
 * Measures two things in turn, A B A B, so that a disturbance of the machine meets both. Rates are medians;
 * the ratio is the median of the ratios of neighbours.
 */
export function alternate(
  a: () => number,
  b: () => number,
  rounds: number,
  atLeastMs: number,
): { a: number; b: number; ratio: number } {
  const rates: { a: number; b: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    rates.push({ a: perSecond(a, atLeastMs), b: perSecond(b, atLeastMs) });
  }
  return {
    a: median(rates.map((rate) => rate.a)),
    b: median(rates.map((rate) => rate.b)),
    ratio: median(rates.map((rate) => rate.a / rate.b)),
  };
}
