import { z } from 'zod';
import { atMs, seq, uuid } from './fields.ts';
import { LIMITS } from './limits.ts';

/** Lanes in order of importance. Each is numbered by itself, so that a backlog in one never blocks another. */
export const lane = z.enum(['sos', 'alarm', 'chat', 'vitals', 'telemetry']);

/**
 * One fix, as a row: `[atMs, lat, lng, accuracyM?, speedMps?, headingDeg?, altitudeM?, batteryPct?]`. What is not
 * known is null or left out. Checked row by row, so that one bad fix is refused alone and the rest is kept.
 */
export const fixRow = z.array(z.unknown()).max(8);

const optionalNumber = (schema: z.ZodNumber) => schema.nullish();
export const fix = z.tuple([
  atMs.describe("when the fix was taken, by the device's clock"),
  z.number().min(-90).max(90).describe('latitude'),
  z.number().min(-180).max(180).describe('longitude'),
  optionalNumber(z.number().min(0).max(100_000)).optional().describe('accuracy, metres; 0 is unknown'),
  optionalNumber(z.number().min(0).max(1_000)).optional().describe('speed, metres per second'),
  optionalNumber(z.number().min(0).max(360)).optional().describe('heading, degrees from north'),
  optionalNumber(z.number().min(-1_000).max(20_000)).optional().describe('altitude, metres'),
  optionalNumber(z.number().min(0).max(100)).optional().describe('battery, percent'),
]);

const VALUE_MAX = 1e9;
const value = (what: string) => z.number().min(-VALUE_MAX).max(VALUE_MAX).nullish().describe(what);

/**
 * One sample, as a row: `[atMs, values]`. Checked row by row, so that one bad sample is refused alone and the rest is
 * kept.
 */
export const sampleRow = z.array(z.unknown()).max(2);

/** The names are those of `src/telemetry/vitals/vitals.ts`; a test compares them. */
export const vitalValues = z.strictObject({
  heartRateBpm: value('heart rate, beats per minute'),
  systolicMmhg: value('systolic blood pressure, mmHg'),
  diastolicMmhg: value('diastolic blood pressure, mmHg'),
  spo2Pct: value('oxygen saturation, percent'),
  respirationPerMin: value('breaths per minute'),
  temperatureC: value('body temperature, degrees Celsius'),
  oxygenLpm: value('supplemental oxygen, litres per minute'),
  weightKg: value('body weight, kilograms'),
  glucoseMmolL: value('blood glucose, mmol per litre'),
  consciousness: z
    .enum(['A', 'C', 'V', 'P', 'U'])
    .nullish()
    .describe('alert, newly confused, reacts to voice, to pain, unresponsive'),
  onOxygen: z.boolean().nullish().describe('whether oxygen is given'),
});

export const sample = z.tuple([
  atMs.describe("when it was measured, by the device's clock"),
  vitalValues.describe('what was measured; at least one value'),
]);

export const vitals = z
  .strictObject({
    epoch: uuid.describe('which numbering `seq` belongs to'),
    seq: seq.min(1).describe('the number of the first sample; the others follow'),
    sentAtMs: atMs.describe('when this frame was made, by the clock that also stamped the samples'),
    samples: z
      .array(sampleRow)
      .min(1)
      .max(LIMITS.samplesPerFrame)
      .describe('in the order in which they were taken; see "A sample" below'),
  })
  .describe(
    'Vital signs of the sender. Answered with `ack` once they are committed, else with `nack` or `hold`.',
  );

export const positions = z
  .strictObject({
    epoch: uuid.describe('which numbering `seq` belongs to'),
    seq: seq.min(1).describe('the number of the first fix; the others follow'),
    sentAtMs: atMs.describe('when this frame was made, by the clock that also stamped the fixes'),
    fixes: z
      .array(fixRow)
      .min(1)
      .max(LIMITS.fixesPerFrame)
      .describe('in the order in which they were taken; see "A fix" below'),
  })
  .describe(
    'Positions of the sender. Answered with `ack` once they are committed, else with `nack` or `hold`.',
  );

export const alarmKind = z.enum(['fall', 'panic', 'no_motion']);

/** One alarm, as a row: `[atMs, kind, lat, lng]`. Checked row by row. */
export const alarmRow = z.array(z.unknown()).max(4);

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
export const alarm = z.union([
  z.tuple([atMs, alarmKind, latitude, longitude]),
  z.tuple([atMs, alarmKind, z.null().optional(), z.null().optional()]),
]);

export const alarms = z
  .strictObject({
    epoch: uuid.describe('which numbering `seq` belongs to'),
    seq: seq.min(1).describe('the number of the first alarm; the others follow'),
    sentAtMs: atMs.describe('when this frame was made, by the clock that also stamped the alarms'),
    alarms: z
      .array(alarmRow)
      .min(1)
      .max(LIMITS.alarmsPerFrame)
      .describe('in the order in which they were raised; see "An alarm" below'),
  })
  .describe(
    'What a device says by itself of its wearer: they fell, pressed its button, or do not move. Answered with `ack` once it is committed and was heeded, else with `nack` or `hold`.',
  );

export const now = z
  .strictObject({
    sentAtMs: atMs.describe('when this frame was made, by the clock that also stamped what is in it'),
    fix: fixRow.optional().describe('the newest fix'),
    vitals: sampleRow.optional().describe('the newest sample'),
  })
  .describe(
    'How things are now, while older samples are still to be sent: moves the live map and is watched like any other, has no number, is stored nowhere and not answered. The same is sent again in its turn, with its number.',
  );

export const ack = z
  .object({
    epoch: uuid,
    lane,
    seq: seq.describe('everything up to it is on durable storage and may be forgotten'),
    refused: z
      .array(z.tuple([seq, z.string()]))
      .optional()
      .describe(
        'which of the newly acknowledged were counted but not used, as `[seq, reason]`: `invalid`, `duplicate`, `future` or `impossible`',
      ),
  })
  .describe('Cumulative: every sample up to `seq` of this epoch and lane is on durable storage.');

export const nack = z
  .object({ epoch: uuid, lane, expectedSeq: seq.describe('the lowest number that is missing') })
  .describe('Samples are missing: send again from `expectedSeq`.');

export const rate = z
  .object({
    lane: z.enum(['vitals', 'telemetry']),
    intervalMs: z.number().int().min(1).describe('how long from one sample to the next'),
  })
  .describe(
    'How often to take samples of this lane from now on: more often while somebody is in an open SOS or on the move, less often on a low battery or under load. A wish, not a limit.',
  );

export const hold = z
  .object({ lane, retryAfterMs: z.number().int().min(0).describe('how long to wait before sending') })
  .describe('The server can not take this lane now: keep everything and try again later.');
