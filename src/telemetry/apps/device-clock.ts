/** How far the clock of a device is ahead of ours. It says nowhere when it sends, so that is found out from its fixes. */
export interface DeviceClock {
  /** Milliseconds ahead; below zero behind. */
  readonly aheadMs: number;
  /** Fixes in a row that do not fit that but agree with each other, and when the first of them came. */
  readonly dissenters: number;
  readonly dissentMs: number;
  readonly dissentSinceMs: number;
}

export const RIGHT: DeviceClock = { aheadMs: 0, dissenters: 0, dissentMs: 0, dissentSinceMs: 0 };

export interface ClockLimits {
  /** A fix this much older than its arrival is late. */
  readonly maxFixAgeLiveMs: number;
  /** A fix this much after its arrival is from the future. */
  readonly futureToleranceMs: number;
}

/** So many that agree with each other outvote what is believed of the clock. */
const DISSENTERS_NEEDED = 3;
const AGREE_WITHIN_MS = 5_000;
/**
 * Fixes that look old can be old: a phone that was without network sends them one after the other, as fast as it can.
 * Only a clock that is behind makes them look equally old for as long as this.
 */
const BEHIND_FOR_MS = 60_000;

/**
 * What to believe of a clock once a fix came in. A fix that is fresh by our own clock proves that the clock is right, so
 * one that was set right counts at once. One beyond what is believed must be joined by others: a single wrong time shifts
 * nothing.
 */
export function clockAfter(
  known: DeviceClock,
  { atMs, receivedAtMs }: { readonly atMs: number; readonly receivedAtMs: number },
  { maxFixAgeLiveMs, futureToleranceMs }: ClockLimits,
): DeviceClock {
  const leadMs = atMs - receivedAtMs;
  const fits = (aheadMs: number) =>
    leadMs - aheadMs >= -maxFixAgeLiveMs && leadMs - aheadMs <= futureToleranceMs;
  if (fits(0)) return RIGHT;
  if (fits(known.aheadMs)) return { ...RIGHT, aheadMs: known.aheadMs };
  const agrees = known.dissenters > 0 && Math.abs(leadMs - known.dissentMs) <= AGREE_WITHIN_MS;
  const dissenters = agrees ? known.dissenters + 1 : 1;
  const dissentSinceMs = agrees ? known.dissentSinceMs : receivedAtMs;
  const isAhead = leadMs > known.aheadMs;
  if (dissenters >= DISSENTERS_NEEDED && (isAhead || receivedAtMs - dissentSinceMs >= BEHIND_FOR_MS)) {
    return { ...RIGHT, aheadMs: leadMs };
  }
  return { aheadMs: known.aheadMs, dissenters, dissentMs: leadMs, dissentSinceMs };
}

/** What a stored fix says of the clock that stamped it: its own time less the same on our clock. */
export function clockOf(
  fix: { readonly atMs: number; readonly fixAtMs: number },
  limits: ClockLimits,
): DeviceClock {
  const aheadMs = fix.atMs - fix.fixAtMs;
  return Math.abs(aheadMs) <= limits.futureToleranceMs ? RIGHT : { ...RIGHT, aheadMs };
}
