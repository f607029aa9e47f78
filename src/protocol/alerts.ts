import { z } from 'zod';
import { atMs, seq, text, uuid } from './fields.ts';

/** How bad it is for the person whom an alert is about. */
export const alertSeverity = z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);
export const alertState = z
  .enum(['open', 'acknowledged', 'assigned', 'resolved', 'cleared'])
  .describe(
    '`open`: nobody has said that they look after it, or it has become worse since; `resolved` by somebody, `cleared` by itself',
  );

/** An alert as it stands. Dispatchers see it without what was measured, said or done. */
export const alertView = z.object({
  alertId: uuid,
  seq: seq.describe('of `alert:<id>`: of two views of an alert the one with the higher number is newer'),
  personId: uuid.describe('whom it is about: their account, or the patient record of somebody who has none'),
  type: z.string().describe('`vital`, `news2`, `no_data`, `alarm`, `geofence`; more may come'),
  condition: z
    .string()
    .describe(
      'such as `heart_rate_high`, `news2_high`, `fall`. One alert of a person and condition is open at a time',
    ),
  severity: alertSeverity.describe('the highest there was'),
  state: alertState,
  title: z.string().describe('what it is about, without any value'),
  message: z
    .string()
    .nullable()
    .optional()
    .describe('what was seen, for people; for the person and those who care for them'),
  detail: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .describe('what was seen last; for the person and those who care for them'),
  actionTaken: z
    .string()
    .nullable()
    .optional()
    .describe('in the words of whoever resolved it; for the person and those who care for them'),
  count: z.number().int().describe('how often it was seen'),
  firstAtMs: atMs.describe('when it was seen first'),
  lastAtMs: atMs,
  openedAtMs: atMs,
  acknowledgedAtMs: atMs.nullable(),
  acknowledgedBy: uuid.nullable(),
  isFalseAlarm: z.boolean().describe('whoever acknowledged it said that there is nothing'),
  assignedAtMs: atMs.nullable(),
  assignedTo: uuid.nullable(),
  isResolved: z.boolean().describe('it is over'),
  resolvedAtMs: atMs.nullable(),
  resolvedBy: uuid.nullable().describe('null: it ended by itself'),
  notified: z.boolean().describe('somebody’s inbox has it'),
  escalationLevel: z
    .number()
    .int()
    .describe('nobody acknowledged in time: 1, the care team was told again; 2, dispatchers were told'),
  escalatesAtMs: atMs
    .nullable()
    .optional()
    .describe(
      'when it goes one level further unless somebody acknowledges it; null or absent: not by itself',
    ),
  sos: z
    .object({
      state: z
        .enum(['none', 'pending', 'opening', 'opened', 'cancelled', 'no_position'])
        .describe(
          '`pending`: one is opened at `untilMs` unless `alert.cancel_sos` comes; `no_position`: nobody knows where the person is, dispatchers were told',
        ),
      untilMs: atMs.nullable(),
      sosId: uuid.nullable(),
      isAttached: z.boolean().describe('the person had this SOS already'),
    })
    .describe('what becomes of an SOS for it'),
});

const happened = <Shape extends z.core.$ZodLooseShape = Record<never, never>>(
  meaning: string,
  shape: Shape = {} as Shape,
) => z.object({ alert: alertView.describe('how it stands after this event'), ...shape }).describe(meaning);

/**
 * What happens to alerts: on `inbox:<user id>` of the person, of those who care for them, and of dispatchers where they are
 * told; on feeds as `alert:<id>`.
 */
export const alertEvents = {
  'alert.opened': happened('There is something to know about somebody.'),
  'alert.changed': happened('It was seen again.', {
    isWorse: z
      .boolean()
      .describe('its severity has risen, or the alarm came again, so it has to be acknowledged anew'),
  }),
  'alert.acknowledged': happened('Somebody looks after it.'),
  'alert.assigned': happened('Somebody is to look after it.'),
  'alert.resolved': happened('Somebody says that it is over.'),
  'alert.cleared': happened('It is over by itself.'),
  'alert.escalated': happened('Nobody acknowledged it in time, or nobody knows where the person is.', {
    level: z.number().int(),
    reason: z.enum(['no_answer', 'no_position']),
  }),
  'alert.sos_pending': happened('A machine opens an SOS for it at `untilMs`, unless it is called off.', {
    untilMs: atMs,
  }),
  'alert.sos_opening': happened('The time for calling it off is over; the SOS is being opened.'),
  'alert.sos_opened': happened('There is an SOS for it.', {
    sosId: uuid,
    isAttached: z.boolean().describe('the person had this SOS already'),
  }),
  'alert.sos_cancelled': happened('No SOS is opened for it.', {
    reason: z.enum(['asked', 'false_alarm', 'resolved', 'over']),
  }),
} as const;

const commandId = uuid.describe(
  "the command's own id, made by the client; the same again when it is sent again",
);
const command = <Shape extends z.core.$ZodLooseShape>(shape: Shape, meaning: string) =>
  z.strictObject({ id: commandId, alertId: uuid, ...shape }).describe(meaning);

const isFalseAlarm = z
  .boolean()
  .optional()
  .describe('true: there is nothing; an SOS that was to be opened is called off');
const toId = uuid.describe('somebody of the care team, or a dispatcher');
const actionTaken = text(2_000).optional().describe('what was done, for the record');

export const alertAcknowledge = command(
  { isFalseAlarm },
  'Says that the sender looks after it: it is escalated no further. Does not call off an SOS by itself.',
);
export const alertAssign = command({ toId }, 'Somebody else is to look after it.');
export const alertResolve = command(
  { actionTaken },
  'Says that it is over. What is found from then on is another alert.',
);
export const alertCancelSos = command(
  {},
  'No SOS is to be opened for it. Once one is, cancel that one with `sos.cancel`.',
);
