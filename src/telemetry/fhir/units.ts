import { inOurUnit } from '../vitals/units.ts';
import { VITAL_SIGNS, type VitalName } from '../vitals/vitals.ts';
import type { FurtherSign, NumberSign } from './codes.ts';

/** How a quantity is kept and written: in UCUM, and for people. */
export interface Unit {
  readonly code: string;
  readonly text: string;
}

const CM = { code: 'cm', text: 'cm' };
const FURTHER: Readonly<Record<FurtherSign, Unit>> = {
  meanPressureMmhg: { code: 'mm[Hg]', text: 'mmHg' },
  heightCm: CM,
  bmiKgM2: { code: 'kg/m2', text: 'kg/m2' },
  headCm: CM,
  oxygenPct: { code: '%', text: '%' },
};

/** For people, where it differs from the code. */
const TEXTS: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: 'degrees C' };

const isVital = (sign: NumberSign): sign is VitalName => Object.hasOwn(VITAL_SIGNS, sign);

export function unitOf(sign: NumberSign): Unit {
  if (!isVital(sign)) return FURTHER[sign];
  const { unit } = VITAL_SIGNS[sign];
  return { code: unit, text: TEXTS[unit] ?? unit };
}

const CM_PER: Readonly<Record<string, number>> = { m: 100, mm: 0.1, '[in_i]': 2.54, '[ft_i]': 30.48 };
const ANNOTATION = /\{[^{}]*\}/g;

/** In the unit that is kept; null: it is not measured in that. `code` is of UCUM, where `l` and `L` both are a litre. */
export function converted(sign: NumberSign, value: number, code: string): number | null {
  // An annotation, as in `{beats}/min`, does not change what a unit is.
  const bare = code.replace(ANNOTATION, '').replace(/(^|\/)([dm]?)l(?=\/|$)/g, '$1$2L');
  if (isVital(sign)) return inOurUnit(sign, value, bare);
  if (bare === unitOf(sign).code) return value;
  if (sign === 'meanPressureMmhg') return inOurUnit('systolicMmhg', value, bare);
  const factor = unitOf(sign) === CM && Object.hasOwn(CM_PER, bare) ? CM_PER[bare] : undefined;
  return factor === undefined ? null : Math.round(value * factor * 10_000) / 10_000;
}
