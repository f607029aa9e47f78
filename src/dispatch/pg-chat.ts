import { outcomeInTurn, storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append, lockStream } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { isHolder, isRequester, type SosState } from './machine/state.ts';
import { answeredOnce } from './pg-commands.ts';
import { loadOne } from './pg-load.ts';
import type { Changed, CommandKey, DispatchStore, Outcome } from './store.ts';
import { answeredBefore, type Stored } from './writing.ts';

const SAVE = sql(
  'dispatch_save_chat',
  `insert into dispatch.chat_messages (sos_id, id, sender_id, content, created_at, seq)
   values ($1, $2, $3, $4, $5, $6)`,
);

// Goes as far as the last message of somebody else, so that reading what tells of reading moves nothing.
const MOVE = sql(
  'dispatch_chat_read',
  `with news as (
     select max(m.seq) as seq from dispatch.chat_messages m
      where m.sos_id = $1 and m.sender_id <> $2 and m.seq <= $3
        and m.seq > coalesce((select r.seq from dispatch.chat_reads r where r.sos_id = $1 and r.reader_id = $2), 0))
   insert into dispatch.chat_reads (sos_id, reader_id, seq, at)
   select $1, $2, n.seq, $4 from news n where n.seq is not null
   on conflict (sos_id, reader_id) do update set seq = excluded.seq, at = excluded.at
   returning seq`,
);

/**
 * Read by the other side: one of those who come, of what the requesters said, or the other way round. The dispatcher to
 * whom it belongs is of neither.
 */
const MARK = sql(
  'dispatch_chat_mark_read',
  `update dispatch.chat_messages set is_read = true
    where sos_id = $1 and seq <= $2 and not is_read and (sender_id = any($3::uuid[])) <> $4`,
);

// One statement, so that the number and what stands at it are of one moment.
const LOG = sql(
  'dispatch_chat',
  `select coalesce((select head from journal.streams where kind = 'chat' and stream_id = $1), 0) as seq,
          coalesce((select json_agg(m.message order by m.seq)
                      from (select seq, data || jsonb_build_object('seq', seq) as message from journal.events
                             where kind = 'chat' and stream_id = $1 and type = 'chat.message'
                             order by seq desc limit $2) m), '[]') as messages,
          coalesce((select json_agg(json_build_object('readerId', reader_id, 'upToSeq', seq) order by reader_id)
                      from dispatch.chat_reads where sos_id = $1), '[]') as reads`,
);

/** The chat of each SOS, on PostgreSQL or embedded PGlite. */
export function pgChat(db: Db): Pick<DispatchStore, 'chat' | 'readChat' | 'chatLog'> {
  return {
    chat: (key, message, allowed) =>
      answeredOnce(() =>
        db.transaction(async (tx) => {
          // Nothing here locks the SOS, which may be closed while another node takes this very message.
          const { nowMs, outcome } = await outcomeInTurn<Stored>(tx, key);
          if (outcome) return answeredBefore(key, outcome);
          const state = await loadOne(tx, message.sosId);
          if (!state) return { kind: 'missing' };
          const code = allowed(state);
          if (code) return { kind: 'refused', code, state };
          const data = { messageId: message.id, senderId: key.actorId, text: message.text };
          const atMs = Math.min(nowMs, message.atMs ?? nowMs);
          const { events, seq } = await say(tx, key, message.sosId, atMs, 'chat.message', data);
          await tx.query(SAVE, [message.sosId, message.id, key.actorId, message.text, new Date(atMs), seq]);
          return done(tx, key, state, { sosId: message.sosId, messageId: message.id }, events);
        }),
      ),

    readChat: (key, { sosId, upToSeq }, allowed) =>
      answeredOnce(() =>
        db.transaction(async (tx) => {
          const locked = await lockStream<Stored>(tx, 'chat', sosId, key);
          const { nowMs, outcome } = locked ?? (await storedOutcome<Stored>(tx, key));
          if (outcome) return answeredBefore(key, outcome);
          const state = await loadOne(tx, sosId);
          if (!state) return { kind: 'missing' };
          const code = allowed(state);
          if (code) {
            // Who waited for the lock has seen the answers of before the wait.
            const { outcome: meanwhile } = await storedOutcome<Stored>(tx, key);
            return meanwhile ? answeredBefore(key, meanwhile) : { kind: 'refused', code, state };
          }
          const [moved] = await tx.query<{ seq: number }>(MOVE, [
            sosId,
            key.actorId,
            upToSeq,
            new Date(nowMs),
          ]);
          // Nothing new was read: asked again it is the same, so no answer has to be kept.
          if (!moved) return { kind: 'repeated', outcome: { sosId } };
          const requesters = [...(state.requesterId ? [state.requesterId] : []), ...state.joinedIds];
          const isOfASide = isRequester(state, key.actorId) || isHolder(state, key.actorId);
          if (isOfASide)
            await tx.query(MARK, [sosId, moved.seq, requesters, isRequester(state, key.actorId)]);
          const data = { readerId: key.actorId, upToSeq: moved.seq };
          const { events } = await say(tx, key, sosId, nowMs, 'chat.read', data);
          return done(tx, key, state, { sosId }, events);
        }),
      ),

    async chatLog(sosId, limit) {
      const [row] = await db.query<Awaited<ReturnType<DispatchStore['chatLog']>>>(LOG, [sosId, limit]);
      return must(row, 'a row of a select without a table');
    },
  };
}

async function say(
  tx: Tx,
  { actorId }: CommandKey,
  streamId: string,
  atMs: number,
  type: 'chat.message' | 'chat.read',
  data: unknown,
) {
  const events = await append(tx, atMs, [{ kind: 'chat', streamId, type, actorId, data }]);
  return { events, seq: must(events[0], 'the event that was appended').seq };
}

async function done(
  tx: Tx,
  key: CommandKey,
  state: SosState,
  outcome: Outcome,
  events: Awaited<ReturnType<typeof append>>,
): Promise<Changed<never>> {
  await storeOutcome(tx, key, { ...outcome, about: key.about } satisfies Stored);
  return { kind: 'done', before: state, state, outcome, events, dueInMs: null };
}
