import { toDecimals } from './rounding.ts';
import type { Consciousness } from './vitals.ts';

/**
 * The National Early Warning Score 2, as the Royal College of Physicians publishes it: National Early Warning Score
 * (NEWS) 2: Standardising the assessment of acute-illness severity in the NHS. Updated report of a working party.
 * London: RCP, 2017. Its table and its clinical thresholds are reproduced here unchanged. For people of 16 years and
 * older who are not pregnant; who those are is decided by the caller.
 */

/** The seven parameters, in the order of the chart. */
export const NEWS2_PARAMETERS = [
  'respiration',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const;
export type News2Parameter = (typeof NEWS2_PARAMETERS)[number];

/** Scale 2 is for hypercapnic respiratory failure with a target of 88 to 92 %, by a clinician's order only. */
export type Spo2Scale = 1 | 2;

/** What is known of one person at one moment; what is not known is absent. Numbers as they were measured. */
export interface News2Observations {
  readonly respiration?: number;
  readonly spo2?: number;
  /** Whether oxygen is given. */
  readonly oxygen?: boolean;
  readonly systolic?: number;
  readonly pulse?: number;
  readonly consciousness?: Consciousness;
  readonly temperature?: number;
}

type Measured = number | boolean | Consciousness;

/** What one parameter adds. */
export interface News2Part {
  /** As it was measured. */
  readonly measured: Measured;
  /** As it is on the chart: temperature to one decimal, every other number to none. */
  readonly charted: Measured;
  readonly score: number;
}

/** The clinical risk. `low_medium`: any single parameter has 3 points, and the total is below 5. */
export const NEWS2_RISKS = ['low', 'low_medium', 'medium', 'high'] as const;
export type News2Risk = (typeof NEWS2_RISKS)[number];

export interface News2 {
  readonly scale: Spo2Scale;
  readonly parts: { readonly [P in News2Parameter]?: News2Part };
  /** In the order of the chart. On scale 2 a saturation of 93 or more can't be scored while oxygen is not known. */
  readonly missing: readonly News2Parameter[];
  readonly complete: boolean;
  /** 0 to 20; null while a parameter is missing. */
  readonly total: number | null;
  /** The total if everything missing scored 0, and if it scored the most that it can. */
  readonly atLeast: number;
  readonly atMost: number;
  /** Of the total; of an incomplete score what is certain: the risk is this or a higher one. */
  readonly risk: News2Risk;
}

/** Up to and including this charted value so many points; bands in rising order, the last has no end. */
type Bands = readonly (readonly [upTo: number, points: number])[];

const RESPIRATION: Bands = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const SPO2_SCALE_1: Bands = [
  [91, 3],
  [93, 2],
  [95, 1],
  [Number.POSITIVE_INFINITY, 0],
];
/** The part of scale 2 that does not depend on oxygen. */
const SPO2_SCALE_2: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [92, 0],
];
const SPO2_SCALE_2_ON_OXYGEN: Bands = [
  [94, 1],
  [96, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const SYSTOLIC: Bands = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [Number.POSITIVE_INFINITY, 3],
];
const PULSE: Bands = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [Number.POSITIVE_INFINITY, 3],
];
const TEMPERATURE: Bands = [
  [35.0, 3],
  [36.0, 1],
  [38.0, 0],
  [39.0, 1],
  [Number.POSITIVE_INFINITY, 2],
];

const OXYGEN_POINTS = 2;
const NOT_ALERT_POINTS = 3;
const MOST: Readonly<Record<News2Parameter, number>> = {
  respiration: 3,
  spo2: 3,
  oxygen: OXYGEN_POINTS,
  systolic: 3,
  pulse: 3,
  consciousness: NOT_ALERT_POINTS,
  temperature: 3,
};

const MEDIUM_FROM = 5;
const HIGH_FROM = 7;
const SINGLE_RED = 3;

/** Scores what is known. Pure. */
export function news2(observed: News2Observations, scale: Spo2Scale): News2 {
  const parts: { [P in News2Parameter]?: News2Part } = {};
  const missing: News2Parameter[] = [];
  let atLeast = 0;
  let atMost = 0;
  let hasRed = false;
  for (const parameter of NEWS2_PARAMETERS) {
    const part = PARTS[parameter](observed, scale);
    if (part === null) {
      missing.push(parameter);
      atMost += MOST[parameter];
      continue;
    }
    parts[parameter] = part;
    atLeast += part.score;
    hasRed ||= part.score === SINGLE_RED;
  }
  atMost += atLeast;
  const complete = missing.length === 0;
  const risk = riskOf(atLeast, hasRed);
  return { scale, parts, missing, complete, total: complete ? atLeast : null, atLeast, atMost, risk };
}

function riskOf(total: number, hasRed: boolean): News2Risk {
  if (total >= HIGH_FROM) return 'high';
  if (total >= MEDIUM_FROM) return 'medium';
  return hasRed ? 'low_medium' : 'low';
}

/** The highest risk that can still be so: an incomplete score can hide a single 3 wherever more than oxygen is missing. */
export function highestRisk({ atMost, missing, parts }: News2): News2Risk {
  const mayBeRed =
    missing.some((parameter) => MOST[parameter] === SINGLE_RED) ||
    Object.values(parts).some(({ score }) => score === SINGLE_RED);
  return riskOf(atMost, mayBeRed);
}

type Score = (observed: News2Observations, scale: Spo2Scale) => News2Part | null;

const PARTS: Readonly<Record<News2Parameter, Score>> = {
  respiration: ({ respiration }) => banded(respiration, 0, RESPIRATION),
  spo2: spo2Part,
  oxygen: ({ oxygen }) => (oxygen === undefined ? null : asItIs(oxygen, oxygen ? OXYGEN_POINTS : 0)),
  systolic: ({ systolic }) => banded(systolic, 0, SYSTOLIC),
  pulse: ({ pulse }) => banded(pulse, 0, PULSE),
  consciousness: ({ consciousness }) =>
    consciousness === undefined ? null : asItIs(consciousness, consciousness === 'A' ? 0 : NOT_ALERT_POINTS),
  temperature: ({ temperature }) => banded(temperature, 1, TEMPERATURE),
};

function spo2Part({ spo2, oxygen }: News2Observations, scale: Spo2Scale): News2Part | null {
  if (scale === 1 || spo2 === undefined) return banded(spo2, 0, SPO2_SCALE_1);
  const charted = toDecimals(spo2, 0);
  const low = pointsIn(charted, SPO2_SCALE_2);
  if (low !== null) return { measured: spo2, charted, score: low };
  // 93 and more is where the target ends: harmless on air, too much oxygen where it is given.
  if (oxygen === undefined) return null;
  const score = oxygen ? (pointsIn(charted, SPO2_SCALE_2_ON_OXYGEN) ?? 0) : 0;
  return { measured: spo2, charted, score };
}

const asItIs = (measured: Measured, score: number): News2Part => ({ measured, charted: measured, score });

/** Values between two bands are rounded to what the chart has, first. */
function banded(measured: number | undefined, decimals: number, bands: Bands): News2Part | null {
  if (measured === undefined) return null;
  const charted = toDecimals(measured, decimals);
  return { measured, charted, score: pointsIn(charted, bands) ?? 0 };
}

function pointsIn(charted: number, bands: Bands): number | null {
  return bands.find(([upTo]) => charted <= upTo)?.[1] ?? null;
}
