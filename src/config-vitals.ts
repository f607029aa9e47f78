import { number } from './config-checks.ts';

const MOST_MIN = 7 * 24 * 60;

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
  news2StreamMaxAgeMin: number({
    variable: 'MUSTER_NEWS2_STREAM_MAX_AGE_MIN',
    default: '30',
    min: 1,
    max: MOST_MIN,
    unit: 'min',
    help: 'Age at which respiration, oxygen saturation and pulse count no more in NEWS2.',
  }),
  news2RoundMaxAgeMin: number({
    variable: 'MUSTER_NEWS2_ROUND_MAX_AGE_MIN',
    default: '240',
    min: 1,
    max: MOST_MIN,
    unit: 'min',
    help: 'The same of oxygen, systolic pressure and consciousness.',
  }),
  news2TemperatureMaxAgeMin: number({
    variable: 'MUSTER_NEWS2_TEMPERATURE_MAX_AGE_MIN',
    default: '480',
    min: 1,
    max: MOST_MIN,
    unit: 'min',
    help: 'The same of temperature.',
  }),
} as const;
