import { z } from 'zod';
import { seq, uuid } from './fields.ts';

const change = (meaning: string) =>
  z
    .object({
      type: z
        .string()
        .nullable()
        .describe('the type of record, as in `/v1/records/:type`; null: one that this person may not read'),
      records: z
        .array(z.object({ recordId: uuid, version: z.number().int().min(1) }))
        .describe('which, and the version that counts since; read them over HTTP'),
    })
    .describe(meaning);

export const recordEvents = {
  'record.created': change('There are new records.'),
  'record.changed': change('A record says something else.'),
  'record.removed': change('A record counts no more.'),
  'record.erased': change('A record was taken out with its history.'),
} as const;

export const recordView = z
  .object({ changesUpTo: seq.describe('of what changed up to it nothing is told; read what is shown anew') })
  .describe('Holds no record: what they say is read over HTTP.');
