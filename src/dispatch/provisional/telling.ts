import type { SosState } from '../machine/state.ts';
import type { LogEvent } from '../store.ts';
import type { NewEntry } from '../writing.ts';
import type { SaidStep } from './steps.ts';

/** What was decided, for telling. Only of the SOS the numbers are known. */
export function toldOf(entries: readonly NewEntry[], before: SosState | null, atMs: number): LogEvent[] {
  let seq = before?.seq ?? 0;
  return entries.map(({ kind, streamId, type, actorId, data }) => ({
    stream: `${kind}:${streamId}`,
    seq: kind === 'sos' ? ++seq : 0,
    atMs,
    actorId,
    type,
    data,
  }));
}

export function messageOf({ sosId, key, messageId, text, atMs }: SaidStep): LogEvent {
  const { actorId } = key;
  const data = { messageId, senderId: actorId, text };
  return { stream: `chat:${sosId}`, seq: 0, atMs, actorId, type: 'chat.message', data };
}
