import { z } from 'zod';
import { atMs, emergencyType, point, priority, sosStatus, text, uuid } from '../fields.ts';
import { severity } from '../notices.ts';

/** GeoJSON: `[lng, lat]`. */
const position = z.tuple([z.number(), z.number()]);
const polygon = z.array(z.array(position));

/** What is checked further where it is made into an area. */
export const areaShape = z.union([
  z.strictObject({ type: z.literal('Polygon'), coordinates: polygon }),
  z.strictObject({ type: z.literal('MultiPolygon'), coordinates: z.array(polygon) }),
  z.strictObject({ cells: z.array(z.string().max(16)) }),
]);

const DAY_MS = 86_400_000;

export const broadcastOrder = z.strictObject({
  id: uuid,
  area: areaShape,
  audience: z.enum(['responders', 'everybody']).default('responders'),
  onDutyOnly: z.boolean().default(false),
  seenWithinMs: z
    .number()
    .int()
    .min(60_000)
    .max(30 * DAY_MS)
    .default(DAY_MS),
  severity,
  message: text(1_000),
  untilMs: atMs,
});

export const broadcastView = z.object({
  broadcastId: uuid,
  createdBy: uuid,
  createdAtMs: atMs,
  area: z.unknown(),
  audience: z.enum(['responders', 'everybody']),
  onDutyOnly: z.boolean(),
  seenWithinMs: z.number(),
  severity,
  message: z.string(),
  untilMs: atMs,
  state: z.enum(['choosing', 'sending', 'sent', 'ending', 'ended']),
  recipients: z.number().int(),
  told: z.number().int(),
  delivered: z.number().int(),
  seen: z.number().int(),
  endedAtMs: atMs.nullable(),
});

export const handOver = z.strictObject({
  id: uuid,
  toId: uuid,
  note: text(2_000).nullable().default(null),
});

export const shiftView = z.object({
  shiftId: uuid,
  userId: uuid,
  startedAtMs: atMs,
  endedAtMs: atMs.nullable(),
  handedTo: uuid.nullable(),
  note: z.string().nullable(),
  ownedSos: z.array(uuid),
  handedSos: z.array(uuid),
  handedOverAtMs: atMs.nullable(),
});

export const handedOver = z.object({
  shift: shiftView,
  notHandedOver: z.array(z.object({ sosId: uuid, status: sosStatus, ownerId: uuid.nullable() })),
});

export const placeView = z.object({
  name: z.string(),
  address: z.string().nullable(),
  kind: z.string().nullable(),
  point,
});

export const waitingHandOff = z.object({
  handOffId: uuid,
  sosId: uuid,
  neededAtMs: atMs,
  attempts: z.number().int(),
  dueAtMs: atMs.nullable(),
  lastError: z.string().nullable(),
});

/** What an external service is POSTed when an SOS is handed off. It answers 2xx with `{"reference": "…"}`. */
export const handOffRequest = z.object({
  handOffId: uuid,
  sosId: uuid,
  emergencyType,
  priority,
  point,
  addressText: z.string().nullable(),
  callbackNumber: z.string().nullable(),
  description: z.string().nullable(),
  raisedAtMs: atMs,
});
