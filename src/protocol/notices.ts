import { z } from 'zod';
import { atMs, uuid } from './fields.ts';

/** How bad it is, in the words of the Common Alerting Protocol 1.2. */
export const severity = z.enum(['MINOR', 'MODERATE', 'SEVERE', 'EXTREME']);

const broadcastId = uuid.describe('of the broadcast');

const broadcastSent = z
  .object({
    broadcastId,
    severity,
    text: z.string(),
    untilMs: atMs.describe('when it is over by itself'),
  })
  .describe('Something that everybody in the area where you are was told. Say so with `broadcast.receipt`.');

const crossed = (what: string) =>
  z
    .object({
      fenceId: uuid,
      personId: uuid.describe('who'),
      name: z.string().describe('of the fence'),
      version: z.number().int().describe('of how they stand to the fence: with it, this event is named'),
    })
    .describe(what);

/** What else happens on `inbox:<user id>`, besides what follows from an SOS. */
export const noticeEvents = {
  'broadcast.sent': broadcastSent,
  'geofence.entered': crossed('Somebody has come into a fence that you or they have made.'),
  'geofence.exited': crossed('They have gone out of it.'),
  'geofence.dwelled': crossed('They have been in it for as long as it says.'),
  'broadcast.ended': z.object({ broadcastId }).describe('It is over before its time.'),
  'shift.handed_over': z
    .object({
      shiftId: uuid,
      fromId: uuid.describe('the dispatcher whose shift has ended'),
      note: z.string().nullable(),
      sosIds: z.array(uuid).describe('the open SOS that you own from now on'),
    })
    .describe('For dispatchers: the open SOS of another one are yours.'),
  'hand_off.failing': z
    .object({ handOffId: uuid, sosId: uuid, code: z.string().describe('why, as a code') })
    .describe(
      'For dispatchers: an external service was to be told of this SOS and has not answered. It is tried again; until it answers nobody out there knows.',
    ),
  'connection.failing': z
    .object({
      connectionId: uuid,
      provider: z.string(),
      reason: z.enum(['needs_consent', 'failing']),
      code: z.string().describe('why, as a code'),
    })
    .describe(
      'Nothing is read of your wearable any more. `needs_consent`: connect it again; `failing`: it has failed too often, activate it once the provider is well.',
    ),
  'notification.created': z
    .object({
      notificationId: uuid,
      kind: z.string().describe('what kind of thing it is, such as `message_received`'),
      about: z
        .object({ type: z.string(), id: uuid })
        .nullable()
        .describe('the record that it is about, by the name of its type'),
    })
    .describe('There is something new among your notifications; ask for them to see what.'),
} as const;

export const broadcastReceipt = z
  .strictObject({
    broadcastId,
    isSeen: z.boolean().describe('false: this device has it; true: its person has looked at it'),
  })
  .describe('What became of a broadcast on this device. Not answered; sent again it changes nothing.');
