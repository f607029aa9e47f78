const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Spans of time that a chart can be asked for; all of them end now. */
export const RANGES = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
} as const;
export type RangeName = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as RangeName[];

/** A part of the time; `isLive`: it ends now and goes on. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isLive: boolean;
}

/** `6h`, or `1700000000000-1700003600000`, as it stands in the address; anything else is the last six hours. */
export function spanOf(text: string | null, nowMs: number): Span {
  const own = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? '');
  if (own) {
    const [fromMs, toMs] = [Number(own[1]), Number(own[2])];
    if (fromMs < toMs) return { fromMs, toMs, isLive: false };
  }
  return { fromMs: nowMs - RANGES[rangeName(text)], toMs: nowMs, isLive: true };
}

export const rangeName = (text: string | null): RangeName =>
  RANGE_NAMES.find((name) => name === text) ?? '6h';

/** As {@link spanOf} reads it. */
export const spanText = (fromMs: number, toMs: number): string => `${Math.round(fromMs)}-${Math.round(toMs)}`;
