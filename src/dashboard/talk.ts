import type { DownBody, StreamEvent } from '../protocol/down.ts';

export interface Said {
  /** The number in the stream. */
  readonly seq: number;
  readonly messageId: string;
  readonly senderId: string;
  readonly text: string;
  /** Null: it was said before this page was opened. */
  readonly atMs: number | null;
}

/** A message of one's own that the server does not have yet. */
export interface Unsent {
  readonly id: string;
  readonly text: string;
  /** It was refused, and is not tried again by itself. */
  readonly problem: string | null;
}

/** A chat: what was said, how far each person has read, and what is not sent yet. */
export interface Talk {
  readonly said: readonly Said[];
  readonly reads: ReadonlyMap<string, number>;
  readonly unsent: readonly Unsent[];
}

export const SILENCE: Talk = { said: [], reads: new Map(), unsent: [] };

/** As it was kept; how far everybody has read comes with the next snapshot. */
export const talkOf = (said: readonly Said[], unsent: readonly Unsent[]): Talk => ({
  ...SILENCE,
  said,
  unsent,
});

type ChatView = Extract<DownBody<'snapshot'>['view'], { messages: unknown }>;

/** All of it anew; what is not sent yet stays, and so do the times that were known. */
export function talkFrom(was: Talk, { messages, reads }: ChatView): Talk {
  const times = new Map(was.said.map(({ messageId, atMs }) => [messageId, atMs]));
  const said = messages.map((one) => ({ ...one, atMs: times.get(one.messageId) ?? null }));
  const known = new Map(reads.map(({ readerId, upToSeq }) => [readerId, upToSeq]));
  return withoutSent({ ...was, said, reads: known });
}

export function talkAfter(was: Talk, event: StreamEvent): Talk {
  if (event.type === 'chat.message') {
    const said = { ...event.data, seq: event.seq, atMs: event.atMs };
    return withoutSent({ ...was, said: [...was.said, said] });
  }
  if (event.type !== 'chat.read') return was;
  const { readerId, upToSeq } = event.data;
  const before = was.reads.get(readerId) ?? 0;
  return { ...was, reads: new Map(was.reads).set(readerId, Math.max(before, upToSeq)) };
}

/** Its id is that of the command, which becomes the message's once the server says so. */
export const saying = (was: Talk, id: string, text: string): Talk => ({
  ...was,
  unsent: [...was.unsent.filter((one) => one.id !== id), { id, text, problem: null }],
});

/** The server has it, under this id. It may be in the stream already, or not yet. */
export function sent(was: Talk, id: string, messageId: string): Talk {
  const unsent = was.unsent.map((one) => (one.id === id ? { ...one, id: messageId } : one));
  return withoutSent({ ...was, unsent });
}

export const refused = (was: Talk, id: string, problem: string): Talk => ({
  ...was,
  unsent: was.unsent.map((one) => (one.id === id ? { ...one, problem } : one)),
});

function withoutSent(talk: Talk): Talk {
  const arrived = new Set(talk.said.map(({ messageId }) => messageId));
  return { ...talk, unsent: talk.unsent.filter(({ id }) => !arrived.has(id)) };
}

/** How many others have read a message. */
export const readBy = ({ reads }: Talk, { seq, senderId }: Said): number =>
  [...reads].filter(([readerId, upToSeq]) => readerId !== senderId && upToSeq >= seq).length;

/** The number up to which somebody should now be said to have read; null: nothing new of others. */
export function unread(
  { said, reads }: Talk,
  userId: string,
): { readonly count: number; readonly upToSeq: number } | null {
  const from = reads.get(userId) ?? 0;
  const fresh = said.filter(({ seq, senderId }) => senderId !== userId && seq > from);
  const last = fresh.at(-1);
  return last ? { count: fresh.length, upToSeq: last.seq } : null;
}
