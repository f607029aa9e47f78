import { z } from 'zod';
import { atMs, uuid } from './fields.ts';
import { vitalValues } from './telemetry.ts';

const { consciousness: _consciousness, onOxygen: _onOxygen, ...numbers } = vitalValues.shape;
type NumberName = keyof typeof numbers;

/** Every vital sign that is a number. */
export const vitalName = z.enum(Object.keys(numbers) as [NumberName, ...NumberName[]]);

const personId = uuid.describe('an account, or the patient record of somebody who has none');

export const tail = z
  .strictObject({
    personId,
    vitals: z.array(vitalName).min(1).max(9).optional().describe('only these; absent: all'),
  })
  .describe(
    'Begins to follow the newest vital signs of somebody, for the person and those who care for them. Answered with `tail`, which may be empty, or `untailed`; sent again it begins anew.',
  );

export const untail = z.strictObject({ personId }).describe('Ends it. Answered with `untailed`.');

export const tailState = z
  .object({
    personId,
    values: z
      .array(
        z.object({
          vital: vitalName,
          atMs: atMs.describe("when the newest was measured, by the server's clock"),
          last: z.number().describe('the newest'),
          lowest: z.number(),
          highest: z.number(),
          samples: z.number().int().describe('how many this sums up'),
        }),
      )
      .describe('what was measured since the frame before: in the first of the last minute'),
    doubted: z.number().int().describe('values since then that are kept and not believed'),
  })
  .describe(
    'Latest-wins state: at most four a second, and fewer to who reads slowly. What is skipped is in `lowest` and `highest`, so no spike is lost.',
  );

export const untailed = z
  .object({
    personId,
    reason: z
      .enum(['asked', 'not_entitled', 'too_many', 'failed'])
      .describe(
        '`not_entitled`: this person may not see it, or not any more; `too_many`: on this socket; `failed`: it could not be looked up, ask again later',
      ),
  })
  .describe('It has ended.');
