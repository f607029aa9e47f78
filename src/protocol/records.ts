import { z } from 'zod';
import { seq, text, uuid } from './fields.ts';

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

const commandId = uuid.describe(
  "the command's own id, made by the client; the same again when it is sent again",
);
const type = z.string().min(1).max(64).describe('the type of record, as in `/v1/records/:type`');
const said = z.looseObject({}).describe('fields of the type, as in the OpenAPI document');
const version = z.number().int().min(1).describe('the version that it was decided on');
const reason = text(500).describe('why, for the record');

export const recordCreate = z
  .strictObject({ id: commandId, type, fields: said })
  .describe('A new record. `done` has it as it was kept in `record`.');
export const recordChange = z
  .strictObject({ id: commandId, type, recordId: uuid, version, change: said, reason: reason.optional() })
  .describe('What a record says from now on. `done` has it as it is now in `record`.');
export const recordRemove = z
  .strictObject({ id: commandId, type, recordId: uuid, version, reason })
  .describe('A record counts no more; its history shows it.');

export const recordView = z
  .object({ changesUpTo: seq.describe('of what changed up to it nothing is told; read what is shown anew') })
  .describe('Holds no record: what they say is read over HTTP.');
