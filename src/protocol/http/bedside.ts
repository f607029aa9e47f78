import { z } from 'zod';
import { atMs, text, uuid } from '../fields.ts';
import { vitalName } from '../tail.ts';
import { vitalValues } from '../telemetry.ts';

const DAY_MS = 86_400_000;

const rate = z.number().min(20).max(300);
const pressure = z.number().min(10).max(300);
const duration = z.number().int().min(0).max(3_600_000);
const repeat = z
  .number()
  .int()
  .min(60_000)
  .max(30 * DAY_MS);
const optional = <S extends z.ZodType>(schema: S) => schema.nullable().default(null);

/** Vital signs that have limits. */
export const limitedVital = z.enum([
  'heartRateBpm',
  'spo2Pct',
  'respirationPerMin',
  'systolicMmhg',
  'diastolicMmhg',
  'temperatureC',
  'glucoseMmolL',
]);

const limit = z.number().min(0).max(1_000);
/** Limits from the lowest to the highest; null: there is none. They stand in place of all four defaults. */
export const personalLimits = z
  .strictObject({
    lowCritical: optional(limit),
    lowWarning: optional(limit),
    highWarning: optional(limit),
    highCritical: optional(limit),
    /** How far on the good side of a limit it is over. */
    margin: optional(z.number().min(0).max(100)),
    durationMs: optional(duration),
    repeatMs: optional(repeat),
  })
  .refine(({ lowCritical, lowWarning, highWarning, highCritical }) => {
    const stated = [lowCritical, lowWarning, highWarning, highCritical].filter((one) => one !== null);
    const isRising = stated.every((one, i) => i === 0 || (stated[i - 1] ?? one) <= one);
    const lowest = highWarning ?? highCritical;
    const highest = lowWarning ?? lowCritical;
    return isRising && (lowest === null || highest === null || highest < lowest);
  }, 'critical lies farther out than warning, and low below high');

const goal = z.strictObject({
  systolicLow: optional(pressure),
  systolicHigh: optional(pressure),
  diastolicLow: optional(pressure),
  diastolicHigh: optional(pressure),
});

/** Everything that can be set for somebody; what is left out is not set, and the default counts. */
export const thresholdSettings = z
  .strictObject({
    restingHeartRateBpm: optional(rate),
    targetHeartRateBpm: optional(rate),
    maxHeartRateBpm: optional(rate),
    bloodPressureGoal: optional(goal),
    weightGoalKg: optional(z.number().min(1).max(650)),
    /** Within three days; 0: none is looked for. */
    weightGainKg: optional(z.number().min(0).max(50)),
    /** Scale 2 of NEWS2 is the order of whoever sends it. */
    spo2Scale: z.union([z.literal(1), z.literal(2)]).default(1),
    isPregnant: z.boolean().default(false),
    reason: optional(text(1_000)),
    limits: z.partialRecord(limitedVital, personalLimits).default({}),
    durationMs: optional(duration),
    repeatMs: optional(repeat),
    noDataAfterMs: optional(
      z
        .number()
        .int()
        .min(30_000)
        .max(30 * DAY_MS),
    ),
    /** Null: whatever comes as a stream. */
    expected: optional(z.array(vitalName).max(9)),
  })
  .refine(({ spo2Scale, isPregnant, reason }) => (spo2Scale === 1 && !isPregnant) || reason !== null, {
    path: ['reason'],
    message: 'say why',
  });

/** `version` is the one that was looked at; 0: nothing is set. */
export const thresholdsChange = z.strictObject({
  version: z.number().int().min(0),
  settings: thresholdSettings,
});

/** What somebody writes down. The unit is in the name, and there are no others. */
export const vitalsEntry = vitalValues
  .extend({
    id: uuid.describe('of the client: the same again is the same record'),
    recordedAtMs: atMs.optional(),
    notes: optional(text(4_000)),
  })
  .refine(({ id: _, recordedAtMs: _at, notes: _notes, ...values }) => {
    return Object.values(values).some((value) => value !== null && value !== undefined);
  }, 'at least one value');

export const scoresAsked = z.object({
  before: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const four = z.object({
  lowCritical: z.number().nullable(),
  lowWarning: z.number().nullable(),
  highWarning: z.number().nullable(),
  highCritical: z.number().nullable(),
});

export const thresholdsView = z.object({
  personId: uuid,
  /** Null: nothing is set. */
  set: z
    .object({
      ...thresholdSettings.shape,
      version: z.number(),
      changedBy: uuid,
      changedAtMs: atMs,
      scaleOrder: z.object({ by: uuid, atMs }).nullable(),
    })
    .nullable(),
  inForce: z.record(limitedVital, four),
});

const parameter = z.enum([
  'respiration',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
]);
const measured = z.union([z.number(), z.boolean(), z.string()]);
const scored = {
  atMs,
  scale: z.number(),
  complete: z.boolean(),
  total: z.number().nullable(),
  atLeast: z.number(),
  atMost: z.number(),
  risk: z.enum(['low', 'low_medium', 'medium', 'high']),
  isAgeUnknown: z.boolean(),
};

export const news2View = z.object({
  personId: uuid,
  maxAgeMs: z.record(parameter, z.number()),
  result: z.discriminatedUnion('applies', [
    z.object({ applies: z.literal(false), because: z.enum(['under_16', 'pregnant']) }),
    z.object({
      applies: z.literal(true),
      score: z.object({
        ...scored,
        parts: z.partialRecord(parameter, z.object({ measured, charted: measured, score: z.number() })),
        missing: z.array(parameter),
        stale: z.array(parameter),
        agesMs: z.partialRecord(parameter, z.number()),
      }),
    }),
  ]),
});

export const scoresView = z.object({
  personId: uuid,
  scores: z.array(
    z.object({
      ...scored,
      parts: z.partialRecord(
        parameter,
        z.object({ measured: measured.nullable(), score: z.number().nullable(), ageMs: z.number() }),
      ),
    }),
  ),
});

export const latestView = z.object({
  personId: uuid,
  atMs,
  /** By the names of vital signs, as they are written down. */
  values: z.record(z.string(), z.object({ value: measured, atMs, ageMs: z.number(), source: z.string() })),
});

export const recordedView = z.object({
  personId: uuid,
  recordId: uuid,
  recordedAtMs: atMs,
  late: z.boolean(),
  /** What of it is kept but not believed, and why. */
  doubts: z.record(z.string(), z.string()),
});
