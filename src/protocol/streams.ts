import { z } from 'zod';
import { chatEvents, inboxEvents, inboxView, sosEvents, sosView } from './dispatch.ts';
import { atMs, seq, stream, uuid } from './fields.ts';

/** Begins or resumes a stream. With a number: everything after it, then live. With null: a snapshot, then live. */
export const subscribe = z.strictObject({ stream, afterSeq: seq.nullable() });
export const unsubscribe = z.strictObject({ stream });

/** Begins the dispatchers' feed: a snapshot of what is open, then every event of it, and conflated responders. */
export const watch = z.strictObject({ feed: z.literal('dispatch') });

/** From here on the stream is live: everything up to `headSeq` has been sent. */
export const subscribed = z.strictObject({ stream, headSeq: seq });

/** The subscription ended by the server's decision. */
export const unsubscribed = z.strictObject({
  stream,
  reason: z.enum(['asked', 'not_entitled', 'closed']),
});

const event = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({
    stream,
    seq,
    atMs,
    actorId: uuid.nullable(),
    type: z.literal(type),
    data,
  });

type Schemas = Readonly<Record<string, z.ZodType>>;
type EventOf<S extends Schemas> = {
  [T in keyof S & string]: ReturnType<typeof event<T, S[T]>>;
}[keyof S & string];

const each = <S extends Schemas>(schemas: S): EventOf<S>[] =>
  Object.entries(schemas).map(([type, data]) => event(type, data)) as EventOf<S>[];

/** One numbered event of a stream. Seen exactly once and in order, or replaced by a `snapshot`. */
export const streamEvent = z.discriminatedUnion('type', [
  ...each(sosEvents),
  ...each(inboxEvents),
  ...each(chatEvents),
] as [EventOf<typeof sosEvents> | EventOf<typeof inboxEvents> | EventOf<typeof chatEvents>]);

/** Replaces everything known of a stream up to `seq`: at the start, or because the hole is too old to fill. */
export const snapshot = z.strictObject({
  stream,
  seq,
  view: z.union([sosView, inboxView, z.strictObject({ messages: z.array(chatEvents['chat.message']) })]),
});

/** A responder on the dispatchers' feed: `[id, lat, lng, ageMs, flags]`; flags 1 verified, 2 available, 4 connected, 8 free. */
export const responderRow = z.tuple([uuid, z.number(), z.number(), z.number(), z.number().int()]);

export const feedSnapshot = z.strictObject({
  feed: z.literal('dispatch'),
  sos: z.array(sosView),
  responders: z.array(responderRow),
});

/** Latest-wins state of the feed, at most one frame per tick, the newest value of each entity. */
export const feedState = z.strictObject({
  feed: z.literal('dispatch'),
  responders: z.array(responderRow),
  gone: z.array(uuid),
});
