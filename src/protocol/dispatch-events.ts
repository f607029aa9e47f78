import { z } from 'zod';
import { alertView } from './alerts.ts';
import { atMs, emergencyType, isProvisional, point, priority, seq, sosStatus, uuid } from './fields.ts';
import { noticeEvents } from './notices.ts';

const offered = z.object({
  offerId: uuid,
  responderId: uuid,
  distanceM: z.number().describe('as the crow flies'),
  etaMs: z.number().describe('time to get there, as estimated'),
  pArrive: z.number().describe('chance that they come, 0 to 1'),
  fitsAll: z.boolean().describe('asked as a professional, for any slot'),
  expiresAtMs: atMs,
});
const closeReason = z.enum([
  'filled',
  'cancelled',
  'resolved',
  'merged',
  'stood_down',
  'busy',
  'asked_again',
]);
const role = z.enum(['PRIMARY', 'SUPPORT']);
const slot = z.number().int().describe('1 is the primary');
const held = { responderId: uuid, slot };
const by = z.enum(['position', 'person', 'dispatcher']).describe('how that is known');

/** Why people were asked in this order, and why others were not. */
const matchRecord = z.object({
  scene: z.object({
    around: z.number().int().describe('responders within 1 km, counted as far as it matters'),
    isNight: z.boolean(),
  }),
  candidates: z
    .array(
      z.object({
        responderId: uuid,
        distanceM: z.number(),
        observedMps: z.number().nullable(),
        asked: z.number().int(),
        accepted: z.number().int(),
        alerts7: z.number().int(),
        alerts30: z.number().int(),
        speedMps: z.number(),
        turnoutMs: z.number(),
        travelMs: z.number(),
        etaMs: z.number(),
        pArrive: z.number(),
        silenceMs: z.number(),
        fairnessMs: z.number(),
        scoreMs: z.number().describe('etaMs + silenceMs + fairnessMs; the lowest is asked first'),
      }),
    )
    .describe('in their order; those asked come first'),
  excluded: z
    .array(z.tuple([uuid, z.string(), z.number()]))
    .optional()
    .describe('`[responderId, reason, distanceM]` of the nearest 200 who were passed over; not on the feed'),
  excludedCounts: z.record(z.string(), z.number().int()),
});

/**
 * What happens on `sos:<id>`. Requester and holders get offers and receipts as numbers; dispatchers get them
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
      origin: z.enum(['person', 'dispatcher', 'machine']),
      raisedBy: uuid.nullable(),
      alertId: uuid.nullable().optional().describe('raised by a machine: the alert for which it was'),
      callbackNumber: z.string().nullable().optional().describe('for dispatchers only'),
      addressText: z.string().nullable(),
      isDrill: z.boolean(),
      drillFor: uuid.nullable().describe('a drill of one person: nobody else is asked'),
      duplicates: z.array(uuid).optional().describe('open SOS near in place and time; for dispatchers only'),
      policyVersion: z.number().int().describe('the policy that decided'),
      wanted: z.array(role).describe('the slots it begins with, the primary first'),
      rule: z
        .unknown()
        .optional()
        .describe('the rule it is sought for by; for dispatchers only, not on the feed'),
    })
    .describe('It was raised.'),
  'sos.wave_sent': z
    .object({
      wave: z.number().int().describe('1, 2, 3 …'),
      radiusM: z.number().describe('how far was searched'),
      policyVersion: z.number().int().describe('the policy that decided'),
      offers: z
        .union([z.number().int(), z.array(offered)])
        .describe('how many; for dispatchers the offers themselves'),
      match: matchRecord.optional().describe('how it was decided; for dispatchers only'),
      nextWaveAtMs: atMs.describe('when others are asked if nobody accepts'),
    })
    .describe('So many people were asked.'),
  'sos.offers_received': z
    .object({
      delivered: z
        .union([z.number().int(), z.array(uuid)])
        .describe('how many; for dispatchers which offers'),
      seen: z.union([z.number().int(), z.array(uuid)]),
    })
    .describe('Devices have offers, or people have looked at them.'),
  'sos.offer_declined': z
    .object({ offerId: uuid, responderId: uuid.optional().describe('for dispatchers only') })
    .describe('Somebody asked said no.'),
  'sos.offers_expired': z.object({ offerIds: z.array(uuid) }).describe('Offers ran out unanswered.'),
  'sos.offers_unreached': z
    .object({ offerIds: z.array(uuid) })
    .describe('No device says that it has these offers: they stand, and others are asked in their place.'),
  'sos.offers_closed': z
    .object({ offerIds: z.array(uuid), reason: closeReason })
    .describe('Offers were withdrawn.'),
  'sos.accepted': z
    .object({ ...held, offerId: uuid, role, distanceM: z.number() })
    .describe('Somebody is coming.'),
  'sos.reserve_joined': z
    .object({ offerId: uuid, responderId: uuid.optional().describe('for dispatchers only') })
    .describe('Somebody said yes when every slot was filled, and stays ready.'),
  'sos.holder_assigned': z
    .object({
      ...held,
      role,
      despite: z.string().nullable().describe('why the search would not have asked them'),
    })
    .describe('A dispatcher sent somebody.'),
  'sos.withdrawn': z
    .object({ ...held, reason: z.string().nullable() })
    .describe('A holder can not come any more.'),
  'sos.holder_released': z
    .object({ ...held, reason: z.string().nullable() })
    .describe('A holder was taken out.'),
  'sos.holder_promoted': z
    .object({ responderId: uuid, fromSlot: slot, toSlot: slot })
    .describe('Somebody on the way takes the place of the primary.'),
  'sos.departed': z.object({ ...held, by }).describe('A holder has set off.'),
  'sos.arrived': z.object({ ...held, by }).describe('A holder is there.'),
  'sos.holder_nudged': z.object(held).describe('A holder who does not move was asked whether they come.'),
  'sos.slot_added': z
    .object({
      slot,
      role,
      skills: z.array(z.string()),
      behind: slot.nullable().describe('the slot whose holder does not move'),
    })
    .describe('One more is wanted.'),
  'sos.started': z.object({ responderId: uuid }).describe('The primary has begun to help.'),
  'sos.resolved': z
    .object({ responderId: uuid.describe('who said so') })
    .describe('It is over: help was given.'),
  'sos.cancelled': z
    .object({ reason: z.string().nullable(), mergedInto: uuid.nullable().describe('the SOS that goes on') })
    .describe('It is over: help was not needed, or is sought under another SOS.'),
  'sos.escalated': z
    .object({
      reason: z.enum(['nobody_left', 'no_answer', 'asked_for']),
      step: z.enum(['wider_ring', 'professionals', 'dispatchers', 'hand_off']),
      level: z.number().int().describe('1, 2, 3 …'),
      rungsClimbed: z.number().int(),
      nextWaveAtMs: atMs.describe('when others are asked if nobody accepts'),
    })
    .describe('More is done: nobody was left to ask, nobody said yes in time, or somebody asked for it.'),
  'sos.taken_over': z
    .object({ ownerId: uuid, from: uuid.nullable() })
    .describe('A dispatcher is the owner of it from now on.'),
  'sos.held': z
    .object({ ownerId: uuid, untilMs: atMs, reason: z.string().nullable() })
    .describe('Nobody is asked until then.'),
  'sos.unheld': z.object({}).describe('The search goes on.'),
  'sos.reopened': z.object({ reason: z.string().nullable() }).describe('It is open again.'),
  'sos.joined': z
    .object({
      sosId: uuid,
      requesterIds: z.array(uuid).describe('who belongs to this one now; for dispatchers only'),
      callbackNumber: z.string().nullable().describe('for dispatchers only'),
    })
    .describe('Another SOS was the same emergency.'),
  'sos.handed_off': z
    .object({
      handOffId: uuid,
      service: z.string(),
      state: z
        .enum(['reported', 'confirmed'])
        .describe('`reported`: somebody says so; `confirmed`: the service itself answered'),
      reference: z.string().nullable(),
      note: z.string().nullable(),
    })
    .describe('An external service was told.'),
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
      isDrill: z.boolean().describe('practice, and to be shown as such'),
      origin: z
        .enum(['person', 'dispatcher', 'machine'])
        .optional()
        .describe('`machine`: nobody pressed anything; absent: asked before it was said'),
    })
    .describe('You are asked to come: roughly where, nothing more before you accept.'),
  'offer.closed': z
    .object({
      offerId: uuid,
      sosId: uuid,
      reason: z
        .enum([...closeReason.options, 'expired', 'declined', 'reserve'])
        .describe('`reserve`: every slot is filled; stay ready'),
    })
    .describe('An offer to you is no longer open.'),
  'sos.assigned': z
    .object({ sosId: uuid, slot, role })
    .describe('You hold a slot of this SOS. From now on `sos:<id>` and `chat:<id>` are open to you.'),
  'sos.promoted': z.object({ sosId: uuid, slot }).describe('You are the primary from now on.'),
  'sos.nudged': z.object({ sosId: uuid }).describe('You accepted and have not moved: are you on your way?'),
  'sos.released': z
    .object({
      sosId: uuid,
      reason: z
        .enum(['withdrawn', 'released', 'resolved', 'cancelled', 'merged', 'superseded'])
        .describe('`superseded`: taken while the database was away, and somebody else was first'),
    })
    .describe('You hold it no longer; both streams are closed to you.'),
} as const;

/** What happens on `chat:<id>`. */
export const chatEvents = {
  'chat.message': z
    .object({ messageId: uuid, senderId: uuid.describe('a user'), text: z.string() })
    .describe('Somebody said something.'),
  'chat.read': z
    .object({ readerId: uuid, upToSeq: seq.describe('the number of the last message that they have read') })
    .describe('Somebody has read so far.'),
} as const;

/** An SOS as it stands, for those entitled to its exact place. */
export const sosView = z.object({
  sosId: uuid,
  seq: z.number().int().describe('of `sos:<id>`; events up to it are contained'),
  status: sosStatus.describe('that of the primary slot'),
  emergencyType,
  priority,
  isDrill: z.boolean().describe('practice, and to be shown as such'),
  origin: z
    .enum(['person', 'dispatcher', 'machine'])
    .describe('who raised it; `machine`: nobody pressed anything, a vital sign or a device called for help'),
  alertId: uuid.nullable().optional().describe('raised by a machine: the alert for which it was'),
  point,
  addressText: z.string().nullable(),
  description: z.string().nullable(),
  requesterId: uuid.nullable().describe('null: somebody without an account, raised by a dispatcher'),
  requesterName: z.string().nullable().optional().describe('where the receiver may know it'),
  requesterPhone: z.string().nullable().optional().describe('where the receiver may know it'),
  callbackNumber: z.string().nullable().describe('for holders and dispatchers'),
  acceptedBy: uuid.nullable().describe('who holds the primary slot'),
  createdAtMs: atMs,
  acceptedAtMs: atMs.nullable(),
  startedAtMs: atMs.nullable(),
  closedAtMs: atMs.nullable(),
  slots: z
    .array(
      z.object({
        slot,
        role,
        behind: slot.nullable().describe('the slot whose holder does not move, which this one makes up for'),
        holderId: uuid.nullable().describe('null: somebody is wanted'),
        holderName: z.string().nullable().optional().describe('where the receiver may know it'),
        heldAtMs: atMs.nullable(),
        departedAtMs: atMs.nullable(),
        arrivedAtMs: atMs.nullable(),
      }),
    )
    .describe('who is wanted and who comes, the primary first'),
  wave: z.number().int(),
  radiusM: z.number().describe('how far the last wave reached'),
  openOffers: z.number().int().describe('people asked who have not answered'),
  reserves: z.number().int().describe('people who stay ready'),
  nextWaveAtMs: atMs.nullable(),
  escalationLevel: z.number().int(),
  handOff: z
    .enum(['needed', 'reported', 'confirmed'])
    .nullable()
    .describe('whether an external service is needed, said to be told, or has answered'),
  ownerId: uuid.nullable().describe('the dispatcher who owns it'),
  holdUntilMs: atMs.nullable().describe('nobody is asked until then'),
  mergedInto: uuid.nullable(),
  duplicates: z
    .array(uuid)
    .optional()
    .describe('open SOS near in place and time when it was raised; for dispatchers only'),
  asked: z
    .array(z.tuple([uuid, uuid]))
    .optional()
    .describe('`[offerId, responderId]` of each open offer; for dispatchers only'),
  isProvisional: isProvisional.describe(
    'something of it was decided while the database was away, and is not in it yet',
  ),
});

/** What a responder needs to know on arriving at the inbox without a number to resume from. */
export const inboxView = z.object({
  offers: z.array(inboxEvents['offer.sent']),
  reserves: z
    .array(inboxEvents['offer.sent'])
    .describe('accepted when every slot was filled: this person stays ready'),
  holding: uuid.nullable().describe('the SOS whose slot this person holds'),
  broadcasts: z
    .array(noticeEvents['broadcast.sent'])
    .optional()
    .describe('what everybody in an area was told and is not over; absent: nothing'),
  alerts: z
    .array(alertView)
    .optional()
    .describe(
      'open alerts of this person, of those they care for, and that were assigned to them; absent: none',
    ),
});
