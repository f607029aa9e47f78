import type { VitalName } from './vitals.ts';

/** How findings name a vital sign. */
export const VITAL_WORDS: Readonly<Record<VitalName, string>> = {
  heartRateBpm: 'heart_rate',
  systolicMmhg: 'systolic',
  diastolicMmhg: 'diastolic',
  spo2Pct: 'spo2',
  respirationPerMin: 'respiration',
  temperatureC: 'temperature',
  oxygenLpm: 'oxygen',
  weightKg: 'weight',
  glucoseMmolL: 'glucose',
};
