import { z } from 'zod';
import { declared, number } from './config-checks.ts';

const within = (severity: string, seconds: string) =>
  number({
    variable: `MUSTER_ALERT_${severity}_S`,
    default: seconds,
    min: 1,
    max: 86_400,
    unit: 's',
    help: `How long a ${severity} alert may stay unacknowledged before more people are told.`,
  });

const SECONDS_MAX = 3_600;
const CONDITION_AND_SECONDS = /^[a-z][a-z0-9_]{0,62}:\d{1,4}$/;

/** When nobody answers an alert, and which of them call for help by themselves. */
export const ALERT_SETTINGS = {
  alertCriticalS: within('CRITICAL', '60'),
  alertHighS: within('HIGH', '300'),
  alertMediumS: within('MEDIUM', '1800'),
  alertSosAfterS: declared({
    variable: 'MUSTER_ALERT_SOS_AFTER_S',
    default: 'panic:10,fall:30,news2_high:30',
    schema: z
      .string()
      .transform((text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '' && part !== 'none'),
      )
      .refine((parts) => parts.every((part) => CONDITION_AND_SECONDS.test(part)), 'holds something else')
      .transform((parts) => Object.fromEntries(parts.map((part) => part.split(':'))))
      .transform((pairs) =>
        Object.fromEntries(Object.entries(pairs).map(([condition, s]) => [condition, Number(s)])),
      )
      .refine((pairs) => Object.values(pairs).every((s) => s <= SECONDS_MAX), 'holds more than an hour'),
    expected: 'conditions with seconds like panic:10,fall:30, or none',
    help: 'Conditions whose CRITICAL alert opens an SOS, and how long it can be called off.',
  }),
} as const;
