import { z } from 'zod';
import { atMs, emergencyType, point, priority, sosStatus, text, uuid } from './fields.ts';
import { LIMITS } from './limits.ts';

/** Every command carries an id of the client's; sent again, it gets the stored answer and has no second effect. */
const command = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject({ id: uuid, ...shape });

const reason = text(500).optional();

export const sosCreate = command({
  emergencyType,
  priority,
  point,
  description: text(LIMITS.descriptionChars).optional(),
});
export const sosCancel = command({ sosId: uuid, reason });
export const sosStart = command({ sosId: uuid });
export const sosResolve = command({ sosId: uuid });
export const sosWithdraw = command({ sosId: uuid, reason });
export const sosEscalate = command({ sosId: uuid, reason });
export const offerAccept = command({ sosId: uuid, offerId: uuid });
export const offerDecline = command({ sosId: uuid, offerId: uuid });
export const chatSend = command({ sosId: uuid, text: text(LIMITS.chatChars) });
export const dutySet = command({ available: z.boolean() });

/** The answer to a command that was carried out. */
export const done = z.strictObject({
  id: uuid,
  sosId: uuid.optional(),
  status: sosStatus.optional(),
  messageId: uuid.optional(),
});

const offered = {
  offerId: uuid,
  responderId: uuid,
  distanceM: z.number(),
  etaMs: z.number(),
  expiresAtMs: atMs,
};
const closeReason = z.enum(['filled', 'cancelled', 'resolved', 'stood_down', 'busy']);

/**
 * What happens on `sos:<id>`. Requester and holders get `offers` as a number; dispatchers get the offers
 * themselves, with what was excluded and why.
 */
export const sosEvents = {
  'sos.created': z.strictObject({
    emergencyType,
    priority,
    point,
    description: z.string().nullable(),
    requesterId: uuid.nullable(),
    policyVersion: z.number().int(),
  }),
  'sos.wave_sent': z.strictObject({
    wave: z.number().int(),
    radiusM: z.number(),
    policyVersion: z.number().int(),
    offers: z.union([z.number().int(), z.array(z.strictObject(offered))]),
    excluded: z
      .record(z.string(), z.number().int())
      .optional()
      .describe('nearby people not offered, by reason'),
  }),
  'sos.offer_declined': z.strictObject({ offerId: uuid, responderId: uuid.optional() }),
  'sos.offers_expired': z.strictObject({ offerIds: z.array(uuid) }),
  'sos.offers_closed': z.strictObject({ offerIds: z.array(uuid), reason: closeReason }),
  'sos.accepted': z.strictObject({
    offerId: uuid,
    responderId: uuid,
    slot: z.number().int(),
    distanceM: z.number(),
  }),
  'sos.withdrawn': z.strictObject({
    responderId: uuid,
    slot: z.number().int(),
    reason: z.string().nullable(),
  }),
  'sos.started': z.strictObject({ responderId: uuid }),
  'sos.resolved': z.strictObject({ responderId: uuid }),
  'sos.cancelled': z.strictObject({ reason: z.string().nullable() }),
  'sos.escalated': z.strictObject({
    reason: z.enum(['nobody_left', 'asked_for']),
    level: z.number().int(),
    nextWaveAtMs: atMs,
  }),
} as const;

/** What happens on `inbox:<user id>`: coarse before acceptance, never an exact place. */
export const inboxEvents = {
  'offer.sent': z.strictObject({
    offerId: uuid,
    sosId: uuid,
    emergencyType,
    priority,
    cell: z.string().describe('H3 cell, resolution 7'),
    distanceBandM: z.number().nullable().describe('upper end of the band; null: farther than 25 km'),
    expiresAtMs: atMs,
  }),
  'offer.closed': z.strictObject({
    offerId: uuid,
    sosId: uuid,
    reason: z.enum([...closeReason.options, 'expired', 'declined']),
  }),
  'sos.assigned': z.strictObject({ sosId: uuid, slot: z.number().int() }),
  'sos.released': z.strictObject({ sosId: uuid, reason: z.enum(['withdrawn', 'resolved', 'cancelled']) }),
} as const;

/** What happens on `chat:<id>`. */
export const chatEvents = {
  'chat.message': z.strictObject({ messageId: uuid, senderId: uuid, text: z.string() }),
} as const;

/** An SOS as it stands, for those entitled to its exact place. */
export const sosView = z.strictObject({
  sosId: uuid,
  seq: z.number().int(),
  status: sosStatus,
  emergencyType,
  priority,
  point,
  description: z.string().nullable(),
  requesterId: uuid.nullable(),
  requesterName: z.string().nullable().optional(),
  requesterPhone: z.string().nullable().optional(),
  acceptedBy: uuid.nullable(),
  createdAtMs: atMs,
  acceptedAtMs: atMs.nullable(),
  wave: z.number().int(),
  openOffers: z.number().int(),
  escalationLevel: z.number().int(),
});

/** What a responder needs to know on arriving at the inbox without a number to resume from. */
export const inboxView = z.strictObject({
  offers: z.array(inboxEvents['offer.sent']),
  holding: uuid.nullable().describe('the SOS whose slot this person holds'),
});
