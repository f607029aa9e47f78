import { storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append, type NewEvent } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import type { Broadcast, BroadcastStore, Step } from './broadcast.ts';

const ADD = sql(
  'dispatch_add_broadcast',
  `insert into dispatch.area_broadcasts (id, created_by, created_at, area, audience, on_duty_only, seen_within, severity,
     message, until_at, state)
   values ($1, $2, $3, $4, $5, $6, $7 * interval '1 millisecond', $8, $9, $10, 'choosing')`,
);

const COLUMNS = `id as "broadcastId", created_by as "createdBy", created_at as "createdAtMs", area, audience,
  on_duty_only as "onDutyOnly", (extract(epoch from seen_within) * 1000)::float8 as "seenWithinMs", severity, message,
  until_at as "untilMs", state, recipients, told, delivered, seen, ended_at as "endedAtMs"`;

const GET = sql('dispatch_broadcast', `select ${COLUMNS} from dispatch.area_broadcasts where id = $1`);
const LIST = sql(
  'dispatch_broadcasts',
  `select ${COLUMNS} from dispatch.area_broadcasts where $1::uuid is null or id < $1 order by id desc limit $2`,
);
const UNFINISHED = sql(
  'dispatch_broadcasts_unfinished',
  `select ${COLUMNS} from dispatch.area_broadcasts where state in ('choosing', 'sending', 'ending')
    order by created_at limit $1`,
);

const ADD_RECIPIENTS = sql(
  'dispatch_add_broadcast_recipients',
  `insert into dispatch.broadcast_recipients (broadcast_id, user_id, chosen_at)
   select b.id, u.id, now() from dispatch.area_broadcasts b, unnest($2::uuid[]) as u (id)
    where b.id = $1 and b.state = 'choosing' order by u.id
   on conflict do nothing`,
);
const CHOSEN = sql(
  'dispatch_broadcast_chosen',
  `update dispatch.area_broadcasts set state = 'sending', recipients =
     (select count(*) from dispatch.broadcast_recipients r where r.broadcast_id = $1)
    where id = $1 and state = 'choosing'`,
);

// Whoever tells holds the row, so that two nodes do not tell the same people and nobody is told after the end.
const LOCK = sql(
  'dispatch_lock_broadcast',
  `select state, severity, message, until_at as "untilMs", clock_timestamp() as "nowMs"
     from dispatch.area_broadcasts where id = $1 for update`,
);
const UNTOLD = sql(
  'dispatch_broadcast_untold',
  `select user_id as "userId" from dispatch.broadcast_recipients
    where broadcast_id = $1 and told_at is null and ($2::uuid is null or user_id > $2) order by user_id limit $3`,
);
const TOLD = sql(
  'dispatch_broadcast_told',
  `with told as (
     update dispatch.broadcast_recipients set told_at = $3 where broadcast_id = $1 and user_id = any($2::uuid[]))
   update dispatch.area_broadcasts set told = told + cardinality($2::uuid[]) where id = $1`,
);
const SET_STATE = sql(
  'dispatch_set_broadcast_state',
  'update dispatch.area_broadcasts set state = $2 where id = $1',
);

const END = sql(
  'dispatch_end_broadcast',
  `update dispatch.area_broadcasts set state = 'ending', ended_at = greatest(now(), created_at), ended_by = $2
    where id = $1 and state not in ('ending', 'ended') and until_at > now()`,
);
const UNTOLD_END = sql(
  'dispatch_broadcast_untold_end',
  `select user_id as "userId" from dispatch.broadcast_recipients
    where broadcast_id = $1 and told_at is not null and end_told_at is null and ($2::uuid is null or user_id > $2)
    order by user_id limit $3`,
);
const TOLD_END = sql(
  'dispatch_broadcast_told_end',
  `update dispatch.broadcast_recipients set end_told_at = $3 where broadcast_id = $1 and user_id = any($2::uuid[])`,
);

// In a statement after the lock: what another node noted while this one waited must be visible, or it counts twice.
const RECEIPTS = sql(
  'dispatch_broadcast_receipts',
  `with news as (
     select r.user_id, r.delivered_at is null as delivered, r.seen_at is null and r.user_id = any($3::uuid[]) as seen
       from dispatch.broadcast_recipients r
      where r.broadcast_id = $1 and r.user_id = any($2::uuid[] || $3::uuid[]) and r.told_at is not null
        and (r.delivered_at is null or (r.seen_at is null and r.user_id = any($3::uuid[])))),
   noted as (
     update dispatch.broadcast_recipients r set delivered_at = coalesce(r.delivered_at, now()),
            seen_at = case when news.seen then now() else r.seen_at end
       from news where r.broadcast_id = $1 and r.user_id = news.user_id)
   update dispatch.area_broadcasts
      set delivered = delivered + (select count(*) from news where news.delivered),
          seen = seen + (select count(*) from news where news.seen)
    where id = $1 and exists (select from news)`,
);

/** {@link BroadcastStore} on PostgreSQL or embedded PGlite. */
export function pgBroadcasts(db: Db): BroadcastStore {
  const get = async (id: string, over: Queryable = db) => (await over.query<Broadcast>(GET, [id]))[0] ?? null;
  return {
    add: (key, id, order) =>
      db.transaction(async (tx) => {
        const { nowMs, outcome } = await storedOutcome<{ about: string; broadcastId?: string }>(tx, key);
        if (outcome) return outcome.about === key.about ? get(outcome.broadcastId ?? '', tx) : null;
        const { area, audience, onDutyOnly, seenWithinMs, severity, message, untilMs } = order;
        await tx.query(ADD, [
          id,
          key.actorId,
          new Date(nowMs),
          JSON.stringify(area),
          audience,
          onDutyOnly,
          seenWithinMs,
          severity,
          message,
          new Date(Math.max(untilMs, nowMs + 1)),
        ]);
        await storeOutcome(tx, key, { about: key.about, broadcastId: id });
        return must(await get(id, tx), 'the broadcast that was just written');
      }),
    get,
    list: (before, limit) => db.query<Broadcast>(LIST, [before, limit]),
    unfinished: (limit) => db.query<Broadcast>(UNFINISHED, [limit]),
    addRecipients: async (id, userIds) => {
      await db.query(ADD_RECIPIENTS, [id, userIds]);
    },
    chosen: async (id) => {
      await db.query(CHOSEN, [id]);
    },
    tell: (id, afterUserId, limit) => db.transaction((tx) => tell(tx, id, afterUserId, limit)),
    end: async (id, by) => {
      await db.query(END, [id, by]);
      return get(id);
    },
    tellEnd: (id, afterUserId, limit) => db.transaction((tx) => tellEnd(tx, id, afterUserId, limit)),
    receipts: (id, { delivered, seen }) =>
      db.transaction(async (tx) => {
        const [broadcast] = await tx.query<Locked>(LOCK, [id]);
        if (broadcast) await tx.query(RECEIPTS, [id, delivered, seen]);
      }),
  };
}

type Locked = Pick<Broadcast, 'state' | 'severity' | 'message' | 'untilMs'> & { readonly nowMs: number };
const NOTHING_LEFT: Step = { events: [], afterUserId: null };

async function tell(tx: Tx, id: string, afterUserId: string | null, limit: number): Promise<Step> {
  const [broadcast] = await tx.query<Locked>(LOCK, [id]);
  if (broadcast?.state !== 'sending') return NOTHING_LEFT;
  const { severity, message: text, untilMs, nowMs } = broadcast;
  const next = untilMs <= nowMs ? [] : await tx.query<{ userId: string }>(UNTOLD, [id, afterUserId, limit]);
  const userIds = next.map(({ userId }) => userId);
  const data = { broadcastId: id, severity, text, untilMs };
  const events = await append(tx, nowMs, userIds.map(toInbox('broadcast.sent', data)));
  if (userIds.length > 0) await tx.query(TOLD, [id, userIds, new Date(nowMs)]);
  if (userIds.length < limit) await tx.query(SET_STATE, [id, 'sent']);
  return { events, afterUserId: userIds.length < limit ? null : (userIds.at(-1) ?? null) };
}

async function tellEnd(tx: Tx, id: string, afterUserId: string | null, limit: number): Promise<Step> {
  const [broadcast] = await tx.query<Locked>(LOCK, [id]);
  if (broadcast?.state !== 'ending') return NOTHING_LEFT;
  const next = await tx.query<{ userId: string }>(UNTOLD_END, [id, afterUserId, limit]);
  const userIds = next.map(({ userId }) => userId);
  const { nowMs } = broadcast;
  const events = await append(tx, nowMs, userIds.map(toInbox('broadcast.ended', { broadcastId: id })));
  if (userIds.length > 0) await tx.query(TOLD_END, [id, userIds, new Date(nowMs)]);
  if (userIds.length < limit) await tx.query(SET_STATE, [id, 'ended']);
  return { events, afterUserId: userIds.length < limit ? null : (userIds.at(-1) ?? null) };
}

/** By nobody: which dispatcher it was is not for those who are told. */
const toInbox =
  (type: string, data: unknown) =>
  (userId: string): NewEvent => ({ kind: 'inbox', streamId: userId, type, actorId: null, data });
