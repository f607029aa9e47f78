import { z } from 'zod';
import { alertView } from './alerts.ts';
import { emergencyType, isProvisional, point, priority, seq, sosStatus, text, uuid } from './fields.ts';
import { LIMITS } from './limits.ts';

const commandId = uuid.describe(
  "the command's own id, made by the client; the same again when it is sent again",
);

/** Every command carries an id of the client's; sent again, it gets the stored answer and has no second effect. */
const command = <Shape extends z.core.$ZodLooseShape>(shape: Shape, meaning: string) =>
  z.strictObject({ id: commandId, ...shape }).describe(meaning);

const reason = text(500).optional().describe('in the words of the sender, for the record');

/** Where and of what kind; the same for everybody who raises one. */
const raised = {
  emergencyType,
  priority,
  point: point.describe('where help is needed'),
  description: text(LIMITS.descriptionChars).optional().describe('what happened'),
};

export const sosCreate = command(
  {
    ...raised,
    isDrill: z.boolean().optional().describe('practice: takes the whole path and alarms only the sender'),
  },
  'Raises an SOS for the sender. `done` names the `sosId`; it is sent once the SOS is on durable storage.',
);
export const sosRaise = command(
  {
    ...raised,
    addressText: text(500).optional().describe('the place in the words of the caller'),
    callbackNumber: text(40).optional().describe('where the caller can be reached'),
    isDrill: z.boolean().optional().describe('practice: marked everywhere, counted nowhere'),
  },
  'A dispatcher raises an SOS for somebody on the phone who needs no account.',
);

const expectSeq = seq
  .optional()
  .describe('the last number of `sos:<id>` that was seen; newer decisions are answered with `sos_changed`');
const edit = { sosId: uuid, expectSeq };

export const sosCancel = command(
  { ...edit, reason },
  'The requester or a dispatcher ends an SOS that needs nobody (any more).',
);
export const sosDepart = command({ sosId: uuid }, 'The holder has set off. Recognised by position, too.');
export const sosArrive = command({ sosId: uuid }, 'The holder is there. Recognised by position, too.');
export const sosStart = command({ sosId: uuid }, 'The holder has begun to help.');
export const sosResolve = command(
  { sosId: uuid },
  'A holder or a dispatcher says that it is over; the SOS is closed.',
);
export const sosWithdraw = command(
  { sosId: uuid, reason },
  'The holder can not come (any more). Others are asked at once.',
);
export const sosEscalate = command(
  { ...edit, reason },
  'A dispatcher marks that this needs a human, whatever the automatic search does.',
);
export const sosTakeOver = command(
  {
    ...edit,
    ownerId: uuid.optional().describe('the dispatcher who owns it from now on; absent: the sender'),
  },
  'A dispatcher becomes the owner of this SOS, or hands it to another.',
);
export const sosAssign = command(
  {
    ...edit,
    responderId: uuid,
    slot: z.number().int().min(1).max(50).optional().describe('absent: the first empty one, else one more'),
  },
  'A dispatcher sends somebody, also one who declined or would not have been asked; that is recorded.',
);
export const sosRelease = command(
  { ...edit, responderId: uuid, reason },
  'A dispatcher takes a holder out. Counts for nothing against them; they may be asked again.',
);
export const sosHold = command(
  { ...edit, forMs: z.number().int().min(1_000).max(86_400_000), reason },
  'A dispatcher keeps it from asking anybody for so long; then the search goes on by itself.',
);
export const sosUnhold = command(edit, 'Ends a hold before its time.');
export const sosReopen = command({ ...edit, reason }, 'A dispatcher opens a closed SOS again.');
export const sosMerge = command(
  { ...edit, intoId: uuid.describe('the SOS that stays'), reason },
  'A dispatcher finds that two SOS are one emergency: `sosId` is closed, and its requester belongs to `intoId`.',
);
export const sosHandOff = command(
  {
    ...edit,
    service: text(100).describe('who was told, such as `112`'),
    reference: text(200).optional().describe('what they call it'),
    note: text(1_000).optional(),
  },
  'A dispatcher records that an external service was told. It says that somebody said so, not that anybody comes.',
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
export const chatRead = command(
  {
    sosId: uuid,
    upToSeq: seq.describe('everything up to this number of `chat:<id>` was seen by the person'),
  },
  'How far the sender has read, so that the others see it. A number that tells nothing new changes nothing.',
);
export const offerReceipt = z
  .strictObject({
    sosId: uuid,
    offerId: uuid,
    isSeen: z.boolean().describe('false: this device has it; true: its person has looked at it'),
  })
  .describe('What became of an offer on this device. Not answered; sent again it changes nothing.');
export const dutySet = command(
  { available: z.boolean().describe('whether offers may be sent to this person') },
  'Goes on or off duty.',
);

export const done = z
  .object({
    id: uuid.describe('the command that this answers'),
    sosId: uuid.optional().describe('the SOS it was about'),
    status: sosStatus.optional().describe('how that SOS stands now'),
    as: z
      .enum(['PRIMARY', 'SUPPORT', 'RESERVE'])
      .optional()
      .describe('how the sender stands to it now; `RESERVE`: every slot is filled, stay ready'),
    alertId: uuid.optional().describe('the alert it was about'),
    alert: alertView.optional().describe('how that alert stands now'),
    record: z.unknown().optional().describe('the record it was about, as it is now'),
    messageId: uuid.optional().describe('the chat message that it became'),
    isProvisional: isProvisional.describe(
      "the database is away: it is on the disk of the server's node, and stands unless somebody else turns out to have been first",
    ),
  })
  .describe(
    'The answer to a command that was carried out. The same command sent again is answered the same.',
  );
