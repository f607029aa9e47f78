import { z } from 'zod';
import { alertEvents, alertView } from './alerts.ts';
import { chatEvents, inboxEvents, inboxView, sosEvents, sosView } from './dispatch-events.ts';
import { atMs, degraded, isProvisional, overload, seq, stream, uuid } from './fields.ts';
import { noticeEvents } from './notices.ts';
import { recordEvents, recordView } from './records.ts';

export const subscribe = z
  .strictObject({
    stream: stream.describe('`sos:<id>`, `chat:<id>`, `inbox:<user id>` or `record:<person id>`'),
    afterSeq: seq.nullable().describe('the last number seen; null: none, begin with a snapshot'),
  })
  .describe(
    'Begins or resumes a stream. With a number: everything after it, then live. With null: a snapshot, then live.',
  );
export const unsubscribe = z.strictObject({ stream }).describe('Ends it. Answered with `unsubscribed`.');

export const watch = z
  .strictObject({ feed: z.enum(['dispatch', 'care']) })
  .describe(
    'Begins a feed. `dispatch`, for dispatchers: a `feed` with what is open, then every event of it, and responders as `state`. `care`: everybody one cares for as `care`, then who changed as `care_state`.',
  );

export const subscribed = z
  .object({ stream, headSeq: seq.describe('everything up to it has been sent') })
  .describe('From here on the stream is live.');

export const unsubscribed = z
  .object({
    stream,
    reason: z
      .enum(['asked', 'not_entitled', 'closed'])
      .describe('`not_entitled`: this person may not read it, or not any more'),
  })
  .describe('The subscription has ended.');

const event = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({
    stream,
    seq: seq.describe('one more than the number before it in this stream'),
    atMs: atMs.describe("when it was decided, by the server's clock"),
    actorId: uuid.nullable().describe('who did it; null: nobody, a deadline or the server'),
    type: z.literal(type).describe('what happened; it decides what `data` holds'),
    data,
    isProvisional: isProvisional.describe(
      'decided while the database was away: `seq` is that of the last event before it, and a `snapshot` comes when it is in the database, or was decided otherwise there',
    ),
  });

type Schemas = Readonly<Record<string, z.ZodType>>;
type EventOf<S extends Schemas> = {
  [T in keyof S & string]: ReturnType<typeof event<T, S[T]>>;
}[keyof S & string];

const each = <S extends Schemas>(schemas: S): EventOf<S>[] =>
  Object.entries(schemas).map(([type, data]) => event(type, data)) as EventOf<S>[];

/** One numbered event of a stream. Seen exactly once and in order, or replaced by a `snapshot`. */
export const streamEvent = z
  .discriminatedUnion('type', [
    ...each(sosEvents),
    ...each(inboxEvents),
    ...each(noticeEvents),
    ...each(alertEvents),
    ...each(chatEvents),
    ...each(recordEvents),
  ] as [
    | EventOf<typeof sosEvents>
    | EventOf<typeof inboxEvents>
    | EventOf<typeof noticeEvents>
    | EventOf<typeof alertEvents>
    | EventOf<typeof chatEvents>
    | EventOf<typeof recordEvents>,
  ])
  .describe('One numbered event of a stream. Seen exactly once and in order, or replaced by a `snapshot`.');

/** What a snapshot holds, by the kind of its stream. */
export const views = {
  sos: sosView,
  inbox: inboxView,
  chat: z.object({
    messages: z.array(chatEvents['chat.message'].extend({ seq })).describe('the newest last'),
    reads: z.array(chatEvents['chat.read']).describe('how far each person has read'),
  }),
  record: recordView,
} as const;

export const snapshot = z
  .object({
    stream,
    seq: seq.describe('the events up to it are contained'),
    view: z.union([views.sos, views.inbox, views.chat, views.record]),
    isProvisional: isProvisional.describe(
      'as this node knows it while the database is away; another `snapshot` comes when it is back',
    ),
  })
  .describe(
    'Replaces everything known of a stream up to `seq`: at the start, or because the hole is too old to fill.',
  );

/** A responder on the dispatchers' feed: `[id, lat, lng, ageMs, flags]`; flags 1 verified, 2 available, 4 connected, 8 free, 16 professional. */
export const responderRow = z
  .tuple([uuid, z.number(), z.number(), z.number(), z.number().int()])
  .describe(
    '`[id, lat, lng, ageMs, flags]`; `flags` is a sum: 1 verified, 2 available, 4 connected, 8 holds no SOS, 16 a medical professional',
  );

export const feedSnapshot = z
  .object({
    feed: z.literal('dispatch'),
    sos: z.array(sosView).describe('every open SOS; each goes on with events after its own `seq`'),
    responders: z
      .array(responderRow)
      .describe('at most a thousand of them; the others follow at once as `state`'),
    alerts: z
      .array(alertView)
      .optional()
      .describe('open alerts that are critical or were escalated, without what was measured; absent: none'),
  })
  .describe('What is active now: the start of a feed, and again when the receiver fell too far behind.');

export const feedState = z
  .object({
    feed: z.literal('dispatch'),
    responders: z
      .array(responderRow)
      .describe('those that changed, the newest value of each; at most a thousand'),
    gone: z.array(uuid).describe('those that are no longer on the map'),
    overload: overload.optional().describe('present when that has changed: how the node stands from now on'),
    degraded: degraded
      .optional()
      .describe('present when that has changed: what the node has to do without from now on'),
  })
  .describe(
    'Latest-wins state of the feed: at most one frame per tick, and what was skipped does not matter.',
  );
