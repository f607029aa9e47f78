import type { DownBody, StreamEvent } from '../protocol/down.ts';

type View = DownBody<'snapshot'>['view'];

export interface ChatMessage {
  readonly messageId: string;
  readonly senderId: string;
  readonly text: string;
  readonly seq: number;
  /** Null: said before this page looked. */
  readonly atMs: number | null;
  /** Who has read it, beside who wrote it. */
  readonly readBy: readonly string[];
}

/** A chat as it grows: what was said, and how far each has read. */
export interface ChatLog {
  readonly messages: readonly Omit<ChatMessage, 'readBy'>[];
  readonly reads: ReadonlyMap<string, number>;
  readonly seq: number;
}

export const SILENCE: ChatLog = { messages: [], reads: new Map(), seq: 0 };

/** A snapshot replaces everything. */
export function chatFrom(seq: number, view: View): ChatLog {
  if (!('messages' in view)) return SILENCE;
  return {
    messages: view.messages.map((message) => ({ ...message, atMs: null })),
    reads: new Map(view.reads.map(({ readerId, upToSeq }) => [readerId, upToSeq])),
    seq,
  };
}

export function chatAfter(log: ChatLog, event: StreamEvent): ChatLog {
  if (event.seq <= log.seq && !event.isProvisional) return log;
  const { seq } = event;
  if (event.type === 'chat.message')
    return { ...log, seq, messages: [...log.messages, { ...event.data, seq, atMs: event.atMs }] };
  if (event.type === 'chat.read')
    return { ...log, seq, reads: new Map(log.reads).set(event.data.readerId, event.data.upToSeq) };
  return { ...log, seq };
}

export function messagesOf({ messages, reads }: ChatLog): ChatMessage[] {
  return messages.map((message) => ({
    ...message,
    readBy: [...reads].flatMap(([id, upTo]) => (upTo >= message.seq && id !== message.senderId ? [id] : [])),
  }));
}

/** How far somebody would have read who sees all of it; null: it is known that they have. */
export function unreadUpTo({ messages, reads }: ChatLog, me: string): number | null {
  const last = messages.findLast(({ senderId }) => senderId !== me);
  return last && last.seq > (reads.get(me) ?? 0) ? last.seq : null;
}
