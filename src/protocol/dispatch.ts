import { z } from 'zod';
import { atMs, emergencyType, point, priority, sosStatus, text, uuid } from './fields.ts';
import { LIMITS } from './limits.ts';

const commandId = uuid.describe(
  "the command's own id, made by the client; the same again when it is sent again",
);

/** Every command carries an id of the client's; sent again, it gets the stored answer and has no second effect. */
const command = <Shape extends z.core.$ZodLooseShape>(shape: Shape, meaning: string) =>
  z.strictObject({ id: commandId, ...shape }).describe(meaning);

const reason = text(500).optional().describe('in the words of the sender, for the record');

export const sosCreate = command(
  {
    emergencyType,
    priority,
    point: point.describe('where help is needed'),
    description: text(LIMITS.descriptionChars).optional().describe('what happened'),
  },
  'Raises an SOS for the sender. `done` names the `sosId`; it is sent once the SOS is on durable storage.',
);
export const sosCancel = command(
  { sosId: uuid, reason },
  'The requester or a dispatcher ends an SOS that needs nobody (any more).',
);
export const sosStart = command({ sosId: uuid }, 'The holder has begun to help.');
export const sosResolve = command(
  { sosId: uuid },
  'The holder or a dispatcher says that it is over; the SOS is closed.',
);
export const sosWithdraw = command(
  { sosId: uuid, reason },
  'The holder can not come (any more). Others are asked at once.',
);
export const sosEscalate = command(
  { sosId: uuid, reason },
  'A dispatcher marks that this needs a human, whatever the automatic search does.',
);
export const offerAccept = command(
  { sosId: uuid, offerId: uuid },
  'Takes the offer, also one that has run out while the slot is open. One wins; whoever is later hears `offer_filled`.',
);
export const offerDecline = command(
  { sosId: uuid, offerId: uuid },
  'Turns the offer down. Another is asked at once.',
);
export const chatSend = command(
  { sosId: uuid, text: text(LIMITS.chatChars) },
  'Says something to the others on this SOS. `done` names the `messageId`.',
);
export const dutySet = command(
  { available: z.boolean().describe('whether offers may be sent to this person') },
  'Goes on or off duty.',
);

export const done = z
  .object({
    id: uuid.describe('the command that this answers'),
    sosId: uuid.optional().describe('the SOS it was about'),
    status: sosStatus.optional().describe('how that SOS stands now'),
    messageId: uuid.optional().describe('the chat message that it became'),
  })
  .describe(
    'The answer to a command that was carried out. The same command sent again is answered the same.',
  );

const offered = {
  offerId: uuid,
  responderId: uuid,
  distanceM: z.number().describe('as the crow flies'),
  etaMs: z.number().describe('time to get there, as estimated'),
  expiresAtMs: atMs,
};
const closeReason = z.enum(['filled', 'cancelled', 'resolved', 'stood_down', 'busy']);

/**
 * What happens on `sos:<id>`. Requester and holders get `offers` as a number; dispatchers get the offers
 * themselves, with what was excluded and why.
 */
export const sosEvents = {
  'sos.created': z
    .object({
      emergencyType,
      priority,
      point,
      description: z.string().nullable(),
      requesterId: uuid.nullable(),
      policyVersion: z.number().int().describe('the rules that decided'),
    })
    .describe('It was raised.'),
  'sos.wave_sent': z
    .object({
      wave: z.number().int().describe('1, 2, 3 …'),
      radiusM: z.number().describe('how far was searched'),
      policyVersion: z.number().int().describe('the rules that decided'),
      offers: z
        .union([z.number().int(), z.array(z.object(offered))])
        .describe('how many; for dispatchers the offers themselves'),
      excluded: z
        .record(z.string(), z.number().int())
        .optional()
        .describe('nearby people not offered, counted by reason; for dispatchers only'),
      nextWaveAtMs: atMs.describe('when others are asked if nobody accepts'),
    })
    .describe('So many people were asked.'),
  'sos.offer_declined': z
    .object({ offerId: uuid, responderId: uuid.optional().describe('for dispatchers only') })
    .describe('Somebody asked said no.'),
  'sos.offers_expired': z.object({ offerIds: z.array(uuid) }).describe('Offers ran out unanswered.'),
  'sos.offers_closed': z
    .object({ offerIds: z.array(uuid), reason: closeReason })
    .describe('Offers were withdrawn.'),
  'sos.accepted': z
    .object({
      offerId: uuid,
      responderId: uuid,
      slot: z.number().int().describe('1 is the primary'),
      distanceM: z.number(),
    })
    .describe('Somebody is coming.'),
  'sos.withdrawn': z
    .object({
      responderId: uuid,
      slot: z.number().int().describe('1 is the primary'),
      reason: z.string().nullable(),
    })
    .describe('The holder can not come any more.'),
  'sos.started': z.object({ responderId: uuid }).describe('The holder has begun to help.'),
  'sos.resolved': z
    .object({ responderId: uuid.describe('who said so') })
    .describe('It is over: help was given.'),
  'sos.cancelled': z.object({ reason: z.string().nullable() }).describe('It is over: help was not needed.'),
  'sos.escalated': z
    .object({
      reason: z.enum(['nobody_left', 'asked_for']),
      level: z.number().int().describe('1, 2, 3 …'),
      nextWaveAtMs: atMs.describe('when others are asked if nobody accepts'),
    })
    .describe('It needs a human: nobody was left to ask, or somebody asked for it.'),
} as const;

/** What happens on `inbox:<user id>`: coarse before acceptance, never an exact place. */
export const inboxEvents = {
  'offer.sent': z
    .object({
      offerId: uuid,
      sosId: uuid,
      emergencyType,
      priority,
      cell: z.string().describe('H3 cell, resolution 7'),
      distanceBandM: z.number().nullable().describe('upper end of the band; null: farther than 25 km'),
      expiresAtMs: atMs,
    })
    .describe('You are asked to come: roughly where, nothing more before you accept.'),
  'offer.closed': z
    .object({
      offerId: uuid,
      sosId: uuid,
      reason: z.enum([...closeReason.options, 'expired', 'declined']),
    })
    .describe('An offer to you is no longer open.'),
  'sos.assigned': z
    .object({ sosId: uuid, slot: z.number().int().describe('1 is the primary') })
    .describe('You hold a slot of this SOS. From now on `sos:<id>` and `chat:<id>` are open to you.'),
  'sos.released': z
    .object({ sosId: uuid, reason: z.enum(['withdrawn', 'resolved', 'cancelled']) })
    .describe('You hold it no longer; both streams are closed to you.'),
} as const;

/** What happens on `chat:<id>`. */
export const chatEvents = {
  'chat.message': z
    .object({ messageId: uuid, senderId: uuid.describe('a user'), text: z.string() })
    .describe('Somebody said something.'),
} as const;

/** An SOS as it stands, for those entitled to its exact place. */
export const sosView = z.object({
  sosId: uuid,
  seq: z.number().int().describe('of `sos:<id>`; events up to it are contained'),
  status: sosStatus,
  emergencyType,
  priority,
  point,
  description: z.string().nullable(),
  requesterId: uuid.nullable().describe('null: somebody without an account, raised by a dispatcher'),
  requesterName: z.string().nullable().optional().describe('where the receiver may know it'),
  requesterPhone: z.string().nullable().optional().describe('where the receiver may know it'),
  acceptedBy: uuid.nullable().describe('who holds the primary slot'),
  createdAtMs: atMs,
  acceptedAtMs: atMs.nullable(),
  wave: z.number().int(),
  openOffers: z.number().int().describe('people asked who have not answered'),
  escalationLevel: z.number().int(),
});

/** What a responder needs to know on arriving at the inbox without a number to resume from. */
export const inboxView = z.object({
  offers: z.array(inboxEvents['offer.sent']),
  holding: uuid.nullable().describe('the SOS whose slot this person holds'),
});
