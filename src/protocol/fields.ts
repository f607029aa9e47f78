import { z } from 'zod';
import { ENGINES } from '../lib/engine-health.ts';
import { OVERLOAD_CAUSES } from '../lib/overload.ts';

/** Any UUID in any case; the server speaks lower case. */
export const uuid = z.guid().toLowerCase();

/** Milliseconds since 1970 by the sender's clock. */
export const atMs = z.number().int().min(0).max(8.64e15);

/** WGS 84 degrees. */
export const point = z.strictObject({
  lat: z.number().min(-90).max(90),
  lng: z.number().min(-180).max(180),
});

/** A number in a stream or a lane: 1, 2, 3, no gaps; 0 stands for "nothing yet". */
export const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** On what is on a node's own disk and not in the database yet. */
export const isProvisional = z.literal(true).optional();

/** A stream with one audience: `sos:<id>`, `chat:<id>`, `inbox:<user id>`, `record:<person id>`; `alert:<id>` comes with feeds only. */
export const stream = z
  .string()
  .regex(
    /^(sos|chat|inbox|alert|record):[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
    'a stream is sos:<id>, chat:<id>, inbox:<user id>, record:<person id> or alert:<id>',
  )
  .toLowerCase();

export const emergencyType = z.enum(['MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER']);
export const priority = z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']);
export const sosStatus = z.enum(['PENDING', 'ACCEPTED', 'IN_PROGRESS', 'RESOLVED', 'CANCELLED', 'ESCALATED']);
export const skill = z.enum([
  'FIRST_AID',
  'CPR',
  'FIREFIGHTING',
  'SEARCH_RESCUE',
  'COUNSELING',
  'MEDICAL_PROFESSIONAL',
  'DRIVER',
  'TRANSLATOR',
  'OTHER',
]);
export const grant = z.enum([
  'patient',
  'volunteer',
  'professional',
  'dispatcher',
  'hospital_authority',
  'staff',
  'admin',
]);

/** How much of what can wait a node gives up at the moment. */
export const overload = z
  .object({
    level: z.number().int().min(0).max(3).describe('0: nothing is given up'),
    cause: z.enum(OVERLOAD_CAUSES).nullable().describe('what there is too much of; null at level 0'),
  })
  .describe('see "Overload"');

/** What a node has to do without at the moment. */
export const degraded = z.array(z.enum(ENGINES)).max(ENGINES.length).describe('see "Degraded"');

/** A text that a person wrote: no control characters but line breaks and tabs, no half of a surrogate pair. */
export const text = (maxChars: number) =>
  z
    .string()
    .min(1)
    .max(maxChars)
    .regex(/^(?:[\n\r\t]|[^\p{Cc}\p{Cs}])*$/u, 'control characters are not allowed');
