import { number } from './config-checks.ts';

const MOST_MS = 7 * 86_400_000;

/** How old vital signs may be for what. */
export const VITALS_SETTINGS = {
  maxSampleAgeLiveMs: number({
    variable: 'MUSTER_MAX_SAMPLE_AGE_LIVE_MS',
    default: '60000',
    min: 1_000,
    max: 86_400_000,
    unit: 'ms',
    help: 'Older vital signs go to history only and alarm nobody.',
  }),
  news2StreamMaxAgeMs: number({
    variable: 'MUSTER_NEWS2_STREAM_MAX_AGE_MS',
    default: '1800000',
    min: 100,
    max: MOST_MS,
    unit: 'ms',
    help: 'Age at which respiration, oxygen saturation and pulse count no more in NEWS2.',
  }),
  news2RoundMaxAgeMs: number({
    variable: 'MUSTER_NEWS2_ROUND_MAX_AGE_MS',
    default: '14400000',
    min: 100,
    max: MOST_MS,
    unit: 'ms',
    help: 'The same of oxygen, systolic pressure and consciousness.',
  }),
  news2TemperatureMaxAgeMs: number({
    variable: 'MUSTER_NEWS2_TEMPERATURE_MAX_AGE_MS',
    default: '28800000',
    min: 100,
    max: MOST_MS,
    unit: 'ms',
    help: 'The same of temperature.',
  }),
} as const;
