import { KG_PER_POUND } from '../../lib/units.ts';
import { VITAL_SIGNS, type VitalName } from './vitals.ts';

type Conversion = (value: number) => number;

const times =
  (factor: number): Conversion =>
  (value) =>
    value * factor;

/** Conventional millimetre of mercury, ISO 80000-4. */
const PA_PER_MMHG = 133.322387415;
/** Molar mass of glucose, C6H12O6, in g/mol. */
const GLUCOSE_G_PER_MOL = 180.156;

const PER_MINUTE = { '{beats}/min': times(1), '/s': times(60), Hz: times(60) };
const PRESSURES = { kPa: times(1_000 / PA_PER_MMHG), Pa: times(1 / PA_PER_MMHG) };

/** Besides the unit that it is kept in: units in UCUM that a vital sign also comes in, and how it gets from one to the other. */
const OTHER_UNITS: { readonly [N in VitalName]: Readonly<Record<string, Conversion>> } = {
  heartRateBpm: PER_MINUTE,
  respirationPerMin: { ...PER_MINUTE, '{breaths}/min': times(1) },
  systolicMmhg: PRESSURES,
  diastolicMmhg: PRESSURES,
  spo2Pct: { '1': times(100) },
  temperatureC: { '[degF]': (f) => (f - 32) / 1.8, K: (k) => k - 273.15 },
  oxygenLpm: { 'mL/min': times(0.001), 'L/s': times(60) },
  weightKg: {
    g: times(0.001),
    '[lb_av]': times(KG_PER_POUND),
    '[oz_av]': times(KG_PER_POUND / 16),
    '[stone_av]': times(KG_PER_POUND * 14),
  },
  glucoseMmolL: { 'mg/dL': times(10 / GLUCOSE_G_PER_MOL), 'g/L': times(1_000 / GLUCOSE_G_PER_MOL) },
};

/** Whether a value of this vital sign may come in this unit. */
export const isUnitOf = (name: VitalName, unit: string): boolean =>
  unit === VITAL_SIGNS[name].unit || Object.hasOwn(OTHER_UNITS[name], unit);

/** The value in the unit that it is kept in, to four decimals where it was converted; null: it has no such unit. */
export function inOurUnit(name: VitalName, value: number, unit: string): number | null {
  if (unit === VITAL_SIGNS[name].unit) return value;
  const convert = Object.hasOwn(OTHER_UNITS[name], unit) ? OTHER_UNITS[name][unit] : undefined;
  return convert ? Math.round(convert(value) * 10_000) / 10_000 : null;
}
