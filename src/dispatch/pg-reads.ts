import { type Db, sql } from '../store/db.ts';
import { loadStates } from './pg-load.ts';
import type { DispatchStore } from './store.ts';

const OPEN = sql(
  'dispatch_open',
  `select id from dispatch.sos_requests where status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')`,
);

/** How long a node may take over a deadline before another one does it instead. */
const LEASE_MS = 5_000;

const CLAIM_DUE = sql(
  'dispatch_claim_due',
  `update dispatch.deadlines d set lease_until = now() + $3 * interval '1 millisecond', owner = $1
     from (select sos_id from dispatch.deadlines
            where due_at <= now() and (lease_until is null or lease_until < now())
            order by due_at limit $2 for update skip locked) due
    where d.sos_id = due.sos_id returning d.sos_id`,
);

// A drill is held by its slot alone. One statement, so that the number and what stands at it are of one moment.
const INBOX = sql(
  'dispatch_inbox',
  `select coalesce((select head from journal.streams where kind = 'inbox' and stream_id = $1), 0) as seq,
          coalesce((select sos_id from dispatch.holders where user_id = $1),
                   (select sos_id from dispatch.sos_slots where holder_id = $1 order by held_at desc limit 1)) as holding,
          coalesce((select json_agg(json_build_object('sosId', o.sos_id, 'offerId', o.id) order by o.sent_at)
                      from dispatch.sos_offers o where o.responder_id = $1 and o.status in ('OPEN', 'RESERVE')), '[]') as offers,
          coalesce((select json_agg(json_build_object('broadcastId', b.id, 'severity', b.severity, 'text', b.message,
                                                      'untilMs', round(extract(epoch from b.until_at) * 1000))
                                    order by b.id)
                      from dispatch.broadcast_recipients r join dispatch.area_broadcasts b on b.id = r.broadcast_id
                     where r.user_id = $1 and r.told_at is not null and b.state in ('sending', 'sent')
                       and b.until_at > now()), '[]') as broadcasts`,
);

type Reads = Pick<DispatchStore, 'loadOpen' | 'claimDue' | 'inbox'>;

export function pgReads(db: Db): Reads {
  return {
    async loadOpen() {
      const rows = await db.query<{ id: string }>(OPEN);
      return loadStates(
        db,
        rows.map((row) => row.id),
      );
    },

    async claimDue(nodeId, limit) {
      const rows = await db.query<{ sos_id: string }>(CLAIM_DUE, [nodeId, limit, LEASE_MS]);
      return rows.map((row) => row.sos_id);
    },

    async inbox(userId) {
      const [row] = await db.query<Awaited<ReturnType<Reads['inbox']>>>(INBOX, [userId]);
      return row ?? { seq: 0, holding: null, offers: [] };
    },
  };
}
