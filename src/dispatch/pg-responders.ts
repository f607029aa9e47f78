import { type Db, sql } from '../store/db.ts';
import type { DispatchStore } from './store.ts';

// A node that has just started writes everybody as it read them, and another one may know more by now.
const NEWER = 'excluded.located_at >= coalesce(responders.located_at, excluded.located_at)';

// What was under way when somebody was erased is not written behind it.
const SAVE = sql(
  'dispatch_save_responders',
  `insert into dispatch.responders (user_id, skills, verified, available, location, located_at)
   select r.user_id, string_to_array(r.skills, ','), r.verified, r.available,
          case when r.lat is null then null else st_setsrid(st_makepoint(r.lng, r.lat), 4326)::geography end, r.located_at
     from unnest($1::uuid[], $2::text[], $3::bool[], $4::bool[], $5::float8[], $6::float8[], $7::timestamptz[])
          as r (user_id, skills, verified, available, lat, lng, located_at)
    where not exists (select from accounts.users u where u.id = r.user_id and u.erased_at is not null)
    order by r.user_id
   on conflict (user_id) do update set skills = excluded.skills, verified = excluded.verified,
     available = excluded.available, updated_at = now(),
     location = case when ${NEWER} then excluded.location else responders.location end,
     located_at = case when ${NEWER} then excluded.located_at else responders.located_at end`,
);

// Who has offers is a small part of everybody, so their history is one pass over the offers and not one each.
const LOAD = sql(
  'dispatch_load_responders',
  `select r.user_id, r.skills, r.verified, r.available, st_y(r.location::geometry) as lat,
          st_x(r.location::geometry) as lng, r.located_at, coalesce(h.asked, 0) as asked,
          coalesce(h.accepted, 0) as accepted, coalesce(h.alerts, '[]') as alerts
     from dispatch.responders r
     left join (
       select o.responder_id,
              count(*) filter (where o.status in ('ACCEPTED', 'RESERVE', 'DECLINED', 'EXPIRED')) as asked,
              count(*) filter (where o.status in ('ACCEPTED', 'RESERVE')) as accepted,
              jsonb_agg(round(extract(epoch from o.sent_at) * 1000) order by o.sent_at)
                filter (where o.sent_at > now() - interval '30 days') as alerts
         from dispatch.sos_offers o join dispatch.sos_requests s on s.id = o.sos_id and not s.is_drill
        where o.sent_at > now() - interval '180 days'
        group by o.responder_id) h on h.responder_id = r.user_id`,
);

interface Row {
  user_id: string;
  skills: string[];
  verified: boolean;
  available: boolean;
  lat: number | null;
  lng: number | null;
  located_at: number | null;
  asked: number;
  accepted: number;
  alerts: number[];
}

export function pgResponders(db: Db): Pick<DispatchStore, 'saveResponders' | 'loadResponders'> {
  return {
    async saveResponders(rows) {
      if (rows.length === 0) return;
      await db.query(SAVE, [
        rows.map((r) => r.userId),
        rows.map((r) => r.skills.join(',')),
        rows.map((r) => r.verified),
        rows.map((r) => r.available),
        rows.map((r) => r.point?.lat ?? null),
        rows.map((r) => r.point?.lng ?? null),
        rows.map((r) => (r.locatedAtMs === null ? null : new Date(r.locatedAtMs))),
      ]);
    },

    async loadResponders() {
      const rows = await db.query<Row>(LOAD);
      return rows.map((row) => ({
        userId: row.user_id,
        skills: row.skills,
        verified: row.verified,
        available: row.available,
        asOfMs: 0,
        point: row.lat === null || row.lng === null ? null : { lat: row.lat, lng: row.lng },
        locatedAtMs: row.located_at,
        asked: row.asked,
        accepted: row.accepted,
        alertsAtMs: row.alerts,
      }));
    },
  };
}
