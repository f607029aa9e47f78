/** A vital sign that is a number. */
export interface VitalSign {
  /** Of `telemetry.vitals_samples` and `telemetry.vitals_records`. */
  readonly column: string;
  /** In UCUM, as every value of it is kept. */
  readonly unit: string;
  /**
   * What a person can have, both ends included. What lies outside is kept and flagged, and judged by nobody. Wider than
   * any clinical limit: they are the ends of what the instruments in use are specified for.
   */
  readonly plausible: readonly [min: number, max: number];
}

const sign = (column: string, unit: string, min: number, max: number): VitalSign => ({
  column,
  unit,
  plausible: [min, max],
});

/** Every vital sign that is a number, by the name it has on the wire and in code: the unit is in the name. */
export const VITAL_SIGNS = {
  heartRateBpm: sign('heart_rate_bpm', '/min', 20, 300),
  systolicMmhg: sign('systolic_mmhg', 'mm[Hg]', 30, 300),
  diastolicMmhg: sign('diastolic_mmhg', 'mm[Hg]', 10, 200),
  spo2Pct: sign('spo2_pct', '%', 30, 100),
  respirationPerMin: sign('respiration_per_min', '/min', 1, 60),
  temperatureC: sign('temperature_c', 'Cel', 25, 45),
  oxygenLpm: sign('oxygen_lpm', 'L/min', 0, 100),
  weightKg: sign('weight_kg', 'kg', 0.3, 650),
  glucoseMmolL: sign('glucose_mmol_l', 'mmol/L', 0.3, 60),
} as const satisfies Readonly<Record<string, VitalSign>>;

export type VitalName = keyof typeof VITAL_SIGNS;
export const VITAL_NAMES = Object.keys(VITAL_SIGNS) as VitalName[];

/** Alert, new confusion, voice, pain, unresponsive (ACVPU). */
export const CONSCIOUSNESS = ['A', 'C', 'V', 'P', 'U'] as const;
export type Consciousness = (typeof CONSCIOUSNESS)[number];

/** What was measured at one instant. What was not measured is absent. */
export type Vitals = { readonly [N in VitalName]?: number } & {
  readonly consciousness?: Consciousness;
  /** Whether oxygen is given; `oxygenLpm` above 0 says so too. */
  readonly onOxygen?: boolean;
};

/** Why a value of a sample is kept but not believed. */
export type Doubt = 'below_plausible' | 'above_plausible' | 'contradicts';

/** By vital sign; empty when all of it is believed. */
export type Doubts = { readonly [N in VitalName]?: Doubt };

/** What can't be so: outside of what a person can have, or a diastolic that is not below its systolic pressure. */
export function doubtsOf(vitals: Vitals): Doubts {
  const doubts: { [N in VitalName]?: Doubt } = {};
  for (const name of VITAL_NAMES) {
    const value = vitals[name];
    if (value === undefined) continue;
    const [min, max] = VITAL_SIGNS[name].plausible;
    if (value < min) doubts[name] = 'below_plausible';
    else if (value > max) doubts[name] = 'above_plausible';
  }
  const { systolicMmhg, diastolicMmhg } = vitals;
  if (systolicMmhg !== undefined && diastolicMmhg !== undefined && diastolicMmhg >= systolicMmhg) {
    doubts.systolicMmhg ??= 'contradicts';
    doubts.diastolicMmhg ??= 'contradicts';
  }
  return doubts;
}

/** What is believed of a sample. */
export function believed(vitals: Vitals, doubts: Doubts): Vitals {
  return Object.fromEntries(
    Object.entries(vitals).filter(([name]) => doubts[name as VitalName] === undefined),
  );
}
