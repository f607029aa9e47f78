import type { MeasuredVitals } from './scenario.ts';

/**
 * NEWS2 once more, written from the chart of the Royal College of Physicians (National Early Warning Score 2, 2017) and
 * not from the engine, to compare the two. Scale 1. As bands: the first whose upper end is not exceeded counts.
 */
type Band = readonly [upTo: number, points: number];

const LAST = Number.POSITIVE_INFINITY;
const CHART: Readonly<
  Record<string, { of: keyof MeasuredVitals; decimals: number; bands: readonly Band[] }>
> = {
  respiration: {
    of: 'respirationPerMin',
    decimals: 0,
    bands: [
      [8, 3],
      [11, 1],
      [20, 0],
      [24, 2],
      [LAST, 3],
    ],
  },
  spo2: {
    of: 'spo2Pct',
    decimals: 0,
    bands: [
      [91, 3],
      [93, 2],
      [95, 1],
      [LAST, 0],
    ],
  },
  systolic: {
    of: 'systolicMmhg',
    decimals: 0,
    bands: [
      [90, 3],
      [100, 2],
      [110, 1],
      [219, 0],
      [LAST, 3],
    ],
  },
  pulse: {
    of: 'heartRateBpm',
    decimals: 0,
    bands: [
      [40, 3],
      [50, 1],
      [90, 0],
      [110, 1],
      [130, 2],
      [LAST, 3],
    ],
  },
  temperature: {
    of: 'temperatureC',
    decimals: 1,
    bands: [
      [35, 3],
      [36, 1],
      [38, 0],
      [39, 1],
      [LAST, 2],
    ],
  },
};

/** What is measured for each parameter of the chart. */
export const NEWS2_OF: Readonly<Record<string, keyof MeasuredVitals>> = {
  ...Object.fromEntries(Object.entries(CHART).map(([parameter, { of }]) => [parameter, of])),
  oxygen: 'onOxygen',
  consciousness: 'consciousness',
};

/** The most that a parameter can add. */
const mostOf = (parameter: string): number => (parameter === 'oxygen' ? 2 : 3);

/** Points of each parameter that is known. */
export function ownPoints(known: MeasuredVitals): Readonly<Record<string, number>> {
  const points: Record<string, number> = {};
  for (const [parameter, { of, decimals, bands }] of Object.entries(CHART)) {
    const value = known[of];
    if (typeof value !== 'number') continue;
    const charted = byHand(value, decimals);
    points[parameter] = bands.find(([upTo]) => charted <= upTo)?.[1] ?? 0;
  }
  if (known.onOxygen !== undefined) points.oxygen = known.onOxygen ? 2 : 0;
  if (known.consciousness !== undefined) points.consciousness = known.consciousness === 'A' ? 0 : 3;
  return points;
}

export const RISKS = ['low', 'low_medium', 'medium', 'high'] as const;

export interface OwnScore {
  readonly points: Readonly<Record<string, number>>;
  readonly isComplete: boolean;
  readonly sum: number;
  /** Into {@link RISKS}: what is certain, and what can still be so. */
  readonly risk: number;
  readonly highestRisk: number;
}

export function ownScore(known: MeasuredVitals): OwnScore {
  const points = ownPoints(known);
  const missing = Object.keys(NEWS2_OF).filter((parameter) => points[parameter] === undefined);
  const sum = Object.values(points).reduce((total, one) => total + one, 0);
  const isRed = Object.values(points).includes(3);
  const most = missing.reduce((total, parameter) => total + mostOf(parameter), sum);
  const mayBeRed = isRed || missing.some((parameter) => mostOf(parameter) === 3);
  return {
    points,
    isComplete: missing.length === 0,
    sum,
    risk: riskOf(sum, isRed),
    highestRisk: riskOf(most, mayBeRed),
  };
}

const riskOf = (sum: number, isRed: boolean) => (sum >= 7 ? 3 : sum >= 5 ? 2 : isRed ? 1 : 0);

/** Halves are rounded up, as by hand: 36.05 is 36.1. The text is moved, because the float below 36.05 is less. */
export function byHand(value: number, decimals: number): number {
  const [whole = '0', part = ''] = Math.abs(value).toString().split('.');
  const kept = Number(`${whole}.${part.slice(0, decimals)}`);
  const up = (part[decimals] ?? '0') >= '5' ? 1 : 0;
  const rounded = Math.round(kept * 10 ** decimals + up) / 10 ** decimals;
  return value < 0 ? -rounded : rounded;
}
