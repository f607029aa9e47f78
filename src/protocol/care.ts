import { z } from 'zod';
import { alertView } from './alerts.ts';
import { atMs, uuid } from './fields.ts';

/** How somebody is, for those who care for them. */
export const careRow = z.object({
  personId: uuid.describe('their account, or the patient record of somebody who has none'),
  values: z
    .record(
      z.string(),
      z.object({
        value: z.union([z.number(), z.boolean(), z.string()]),
        atMs: atMs.describe('when it was measured'),
      }),
    )
    .describe('by vital sign the newest value that is believed, however old it is'),
  news2: z
    .object({
      total: z.number().int().nullable().describe('null: not all of it is known, or not recently'),
      atLeast: z.number().int(),
      complete: z.boolean(),
      risk: z.enum(['low', 'low_medium', 'medium', 'high']),
      atMs,
    })
    .nullable()
    .describe('null: nothing is known, or it is not for them: under 16, or pregnant'),
  alerts: z.array(alertView).describe('the open ones'),
});

export const careSnapshot = z
  .object({ people: z.array(careRow) })
  .describe('Everybody one cares for, as they are now: the start of the care feed.');

export const careState = z
  .object({
    people: z.array(careRow).describe('those of whom something changed, as they are now'),
    gone: z.array(uuid).describe('those whom one does not care for any more'),
  })
  .describe(
    'Latest-wins state of the care feed: at most two frames a second, and what was skipped does not matter.',
  );
