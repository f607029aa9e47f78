import type { MeasuredVitals } from './scenario.ts';

export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface Step {
  readonly severity: Severity;
  readonly at: number;
}

/** One limit of the defaults, written down once more from docs/vitals.md. */
export interface Limit {
  readonly condition: string;
  readonly of: keyof MeasuredVitals;
  readonly isLow: boolean;
  readonly steps: readonly Step[];
  readonly margin: number;
  readonly decimals: number;
  readonly isStream: boolean;
}

const warning = (at: number): Step => ({ severity: 'MEDIUM', at });
const critical = (at: number): Step => ({ severity: 'CRITICAL', at });
const stream = { decimals: 0, isStream: true };
const single = { decimals: 0, isStream: false };

export const LIMITS: readonly Limit[] = [
  {
    condition: 'heart_rate_low',
    of: 'heartRateBpm',
    isLow: true,
    steps: [warning(40), critical(30)],
    margin: 5,
    ...stream,
  },
  {
    condition: 'heart_rate_high',
    of: 'heartRateBpm',
    isLow: false,
    steps: [warning(131), critical(150)],
    margin: 5,
    ...stream,
  },
  {
    condition: 'spo2_low',
    of: 'spo2Pct',
    isLow: true,
    steps: [warning(91), critical(84)],
    margin: 1,
    ...stream,
  },
  {
    condition: 'respiration_low',
    of: 'respirationPerMin',
    isLow: true,
    steps: [warning(8), critical(4)],
    margin: 2,
    ...stream,
  },
  {
    condition: 'respiration_high',
    of: 'respirationPerMin',
    isLow: false,
    steps: [warning(25), critical(37)],
    margin: 2,
    ...stream,
  },
  {
    condition: 'systolic_low',
    of: 'systolicMmhg',
    isLow: true,
    steps: [warning(100), critical(90)],
    margin: 5,
    ...single,
  },
  {
    condition: 'systolic_high',
    of: 'systolicMmhg',
    isLow: false,
    steps: [warning(180), critical(220)],
    margin: 5,
    ...single,
  },
  {
    condition: 'diastolic_high',
    of: 'diastolicMmhg',
    isLow: false,
    steps: [warning(110), critical(121)],
    margin: 5,
    ...single,
  },
  {
    condition: 'temperature_low',
    of: 'temperatureC',
    isLow: true,
    steps: [warning(35), critical(32)],
    margin: 0.3,
    decimals: 1,
    isStream: false,
  },
  {
    condition: 'temperature_high',
    of: 'temperatureC',
    isLow: false,
    steps: [warning(39.1), critical(41)],
    margin: 0.3,
    decimals: 1,
    isStream: false,
  },
  {
    condition: 'consciousness_reduced',
    of: 'consciousness',
    isLow: false,
    steps: [
      { severity: 'HIGH', at: 1 },
      { severity: 'CRITICAL', at: 2 },
    ],
    margin: 0,
    ...single,
  },
];
