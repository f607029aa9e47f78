import type { Level } from './limits.ts';
import type { VitalName } from './vitals.ts';

/** Limits of one vital sign; null: there is none on that side or level. */
export interface VitalLimits {
  readonly lowCritical: number | null;
  readonly lowWarning: number | null;
  readonly highWarning: number | null;
  readonly highCritical: number | null;
}

export interface VitalDefaults extends VitalLimits {
  /** Decimals to which a value is rounded before it is compared, as on a chart. */
  readonly decimals: number;
  readonly margin: number;
  readonly durationMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * For what comes as a stream. Görges, Markewitz, Westenskow (Anesth Analg 2009;108:1546): of the alarms of an intensive
 * care unit that nothing had to be done about, a delay of 19 s would have spared two of three.
 */
const STREAM_MS = 20 * SECOND_MS;
/** What is measured once in a while counts at once. */
const SINGLE_MS = 0;

/**
 * What anybody is judged by for whom nobody has set anything else. Warnings are the bands of NEWS2 with 3 points (2 for
 * temperature above and systolic pressure below), because below that single values say little; other sources stand at
 * their numbers. A value equal to a limit crosses it.
 */
export const DEFAULT_LIMITS = {
  heartRateBpm: {
    lowCritical: 30, // Ours: below what trained hearts have at rest.
    lowWarning: 40,
    highWarning: 131,
    highCritical: 150, // Tachycardia with a pulse, from where symptoms come from the rate itself (AHA ACLS 2020).
    decimals: 0,
    margin: 5,
    durationMs: STREAM_MS,
  },
  spo2Pct: {
    lowCritical: 84, // "Below 85 %": reservoir mask at once (BTS guideline for oxygen use, 2017).
    lowWarning: 91,
    highWarning: null,
    highCritical: null,
    decimals: 0,
    margin: 1,
    durationMs: STREAM_MS,
  },
  respirationPerMin: {
    lowCritical: 4, // Below 5 and above 36: calling criteria of the MERIT study (Hillman, Lancet 2005;365:2091).
    lowWarning: 8,
    highWarning: 25,
    highCritical: 37,
    decimals: 0,
    margin: 2,
    durationMs: STREAM_MS,
  },
  systolicMmhg: {
    lowCritical: 90,
    lowWarning: 100,
    highWarning: 180, // Grade 3 hypertension (ESC/ESH 2018), as are 110 of the diastolic pressure.
    highCritical: 220,
    decimals: 0,
    margin: 5,
    durationMs: SINGLE_MS,
  },
  diastolicMmhg: {
    lowCritical: null,
    lowWarning: null,
    highWarning: 110,
    highCritical: 121, // "Above 120": hypertensive crisis (ACC/AHA 2017).
    decimals: 0,
    margin: 5,
    durationMs: SINGLE_MS,
  },
  temperatureC: {
    lowCritical: 32, // Where mild hypothermia ends (ERC guidelines 2021).
    lowWarning: 35,
    highWarning: 39.1,
    highCritical: 41, // Hyperpyrexia.
    decimals: 1,
    margin: 0.3,
    durationMs: SINGLE_MS,
  },
  glucoseMmolL: {
    lowCritical: 2.9, // Below 3.0: level 2, below 3.9: level 1, above 13.9: level 2 (ADA Standards of Care, section 6).
    lowWarning: 3.8,
    highWarning: 14,
    highCritical: 20, // Ours.
    decimals: 1,
    margin: 0.3,
    durationMs: SINGLE_MS,
  },
} as const satisfies Partial<Readonly<Record<VitalName, VitalDefaults>>>;

/** Vital signs that have limits of their own. */
export type LimitedVital = keyof typeof DEFAULT_LIMITS;
export const LIMITED_VITALS = Object.keys(DEFAULT_LIMITS) as LimitedVital[];

/** On scale 2 of NEWS2 the target is 88 to 92 %: the bands with 2 and 3 points, and too much where oxygen is given. */
export const SPO2_SCALE_2_LIMITS = { lowWarning: 85, lowCritical: 83, highOnOxygen: 97 } as const;

/** How far from alert: new confusion and answering to a voice are 1, answering to pain or to nothing 2. */
export const WAKEFULNESS = { A: 0, C: 1, V: 1, P: 2, U: 2 } as const;
export const WAKEFULNESS_STEPS: readonly { readonly level: Level; readonly at: number }[] = [
  { level: 'serious', at: 1 },
  { level: 'critical', at: 2 },
];

/** More than 2 kg within 3 days: fluid, in heart failure (ESC guidelines 2021, section on self-care). */
export const WEIGHT_GAIN = { kg: 2, withinMs: 3 * DAY_MS, marginKg: 0.5 } as const;

/** A condition that holds is found again after so long; goals are of days. */
export const REPEAT_MS = 15 * MINUTE_MS;
export const GOAL_REPEAT_MS = DAY_MS;

/** A score follows the noise of what it is made of, and is not worth a call for one value of it. */
export const NEWS2_DURATION_MS = STREAM_MS;

/** A phone sends what it gathered every few minutes. */
export const NO_DATA_AFTER_MS = 10 * MINUTE_MS;

/** Around a patient's own figures: how far above the target of an exercise, and below the rate at rest. */
export const HEART_RATE_AROUND = { aboveTarget: 10, belowResting: 10, farBelowResting: 20 } as const;
