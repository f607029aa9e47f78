import { append } from '../journal/event-log.ts';
import { type Db, sql } from '../store/db.ts';
import type { HandOffStore, WaitingHandOff } from './hand-off.ts';

// Nobody is alarmed outside because of a drill, or for what is over.
const CLAIM = sql(
  'dispatch_claim_hand_offs',
  `with due as materialized (
     select h.sos_id, h.id
       from dispatch.handoffs h join dispatch.sos_requests s on s.id = h.sos_id
      where h.state = 'needed' and h.finished_at is null and (h.due_at is null or h.due_at <= now())
        and not s.is_drill and s.status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')
        and not exists (
          select from dispatch.handoffs o
           where o.sos_id = h.sos_id and o.state = 'needed' and o.finished_at is null
             and (o.created_at, o.id) < (h.created_at, h.id))
      order by h.created_at limit $1 for update of h skip locked)
   update dispatch.handoffs h
      set attempts = h.attempts + 1, due_at = now() + $2 * interval '1 millisecond'
     from due where h.sos_id = due.sos_id and h.id = due.id
   returning h.id as "handOffId", h.sos_id as "sosId", h.attempts`,
);
const FINISH = sql(
  'dispatch_finish_hand_off',
  `update dispatch.handoffs set finished_at = now(), last_error = $3 where sos_id = $1 and id = $2`,
);
const PUT_OFF = sql(
  'dispatch_put_off_hand_off',
  `update dispatch.handoffs set due_at = now() + $3 * interval '1 millisecond', last_error = $4
    where sos_id = $1 and id = $2 and finished_at is null
   returning clock_timestamp() as now`,
);
const CONCERNED = sql(
  'dispatch_hand_off_concerned',
  `select owner_id as "userId" from dispatch.sos_requests where id = $1 and owner_id is not null
   union select dispatcher_id from dispatch.shifts where ended_at is null`,
);
// What was told meanwhile waits no longer, though its row may not be finished yet.
const WAITING = sql(
  'dispatch_waiting_hand_offs',
  `select h.id as "handOffId", h.sos_id as "sosId", h.created_at as "neededAtMs", h.attempts, h.due_at as "dueAtMs",
          h.last_error as "lastError"
     from dispatch.handoffs h join dispatch.sos_requests s on s.id = h.sos_id
    where h.state = 'needed' and h.finished_at is null and s.hand_off = 'needed' and not s.is_drill
      and s.status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')
    order by h.created_at limit $1`,
);

/** {@link HandOffStore} on PostgreSQL or embedded PGlite. */
export function pgHandOffs(db: Db): HandOffStore {
  return {
    claim: (limit, leaseMs) => db.query(CLAIM, [limit, leaseMs]),
    finish: async ({ sosId, handOffId }, code) => {
      await db.query(FINISH, [sosId, handOffId, code]);
    },
    putOff: ({ sosId, handOffId, attempts }, waitMs, code) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<{ now: number }>(PUT_OFF, [sosId, handOffId, waitMs, code]);
        if (!row || attempts > 1) return [];
        const concerned = await tx.query<{ userId: string }>(CONCERNED, [sosId]);
        const data = { handOffId, sosId, code };
        return append(
          tx,
          row.now,
          concerned.map(({ userId: streamId }) => ({
            kind: 'inbox' as const,
            streamId,
            type: 'hand_off.failing',
            actorId: null,
            data,
          })),
        );
      }),
    waiting: (limit) => db.query<WaitingHandOff>(WAITING, [limit]),
  };
}
