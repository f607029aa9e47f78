import { groupBy } from '../lib/group-by.ts';
import { uuidV7Floor } from '../lib/ids.ts';
import { type Db, sql } from '../store/db.ts';
import { INCIDENT_KEPT_MS } from './kept.ts';
import type {
  FeedbackOf,
  HeldSos,
  ListedSos,
  ListStore,
  OpenAfter,
  PhaseRow,
  VolunteerFigures,
} from './lists.ts';
import { PHASES_REPORT } from './pg-phases.ts';

// The same expression as in the index sos_requests_urgency, which both order and bound come from.
export const OPEN_SOS = sql(
  'dispatch_list_open',
  `select r.id, array_position('{CRITICAL,HIGH,MEDIUM,LOW}'::text[], r.priority) as urgency, r.created_at
     from dispatch.sos_requests r
    where r.status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')
      and (array_position('{CRITICAL,HIGH,MEDIUM,LOW}'::text[], r.priority), r.created_at, r.id)
          > ($1::int, $2::timestamptz, $3::uuid)
    order by array_position('{CRITICAL,HIGH,MEDIUM,LOW}'::text[], r.priority), r.created_at, r.id
    limit $4`,
);
const CLOSED = sql(
  'dispatch_list_closed',
  `select id from dispatch.sos_requests
    where status in ('RESOLVED', 'CANCELLED') and id < $1 and id >= $3
      and ($4::text is null or emergency_type = $4)
      and ($5::text is null or right(id::text, length($5)) = $5
           or right(regexp_replace(callback_number, '[^0-9]', '', 'g'), length($6::text)) = $6)
    order by id desc limit $2`,
);
const RAISED_BY = sql(
  'dispatch_list_raised_by',
  'select id from dispatch.sos_requests where user_id = $1 and id < $2 order by id desc limit $3',
);
const HELD_BY = sql(
  'dispatch_list_held_by',
  `select distinct on (sos_id) sos_id as "sosId", responder_id as "responderId", held_at as "heldAtMs", slot, role,
          primary_at as "primaryAtMs", departed_at as "departedAtMs", arrived_at as "arrivedAtMs",
          started_at as "startedAtMs", ended_at as "endedAtMs", ended_by as "endedBy"
     from dispatch.sos_holdings where responder_id = $1 and sos_id < $2
    order by sos_id desc, held_at desc limit $3`,
);
const HOLDINGS = sql(
  'dispatch_list_holdings',
  `select sos_id as "sosId", responder_id as "responderId", held_at as "heldAtMs", slot, role,
          primary_at as "primaryAtMs", departed_at as "departedAtMs", arrived_at as "arrivedAtMs",
          started_at as "startedAtMs", ended_at as "endedAtMs", ended_by as "endedBy"
     from dispatch.sos_holdings where sos_id = any($1::uuid[]) order by held_at, slot`,
);
const FEEDBACK = sql(
  'dispatch_list_feedback',
  `select sos_id as "sosId", volunteer_id as "volunteerId", rating, comment
     from dispatch.sos_feedback where sos_id = any($1::uuid[])`,
);
// What is old enough to be deleted is shown to nobody, however much of it is still there.
const BY_ID = sql(
  'dispatch_list_by_id',
  `select id, status, emergency_type, priority, is_drill, origin, st_y(location::geometry) as lat,
          st_x(location::geometry) as lng, address_text, user_id, callback_number, accepted_by, created_at, accepted_at,
          started_at, closed_at, escalation_level, owner_id, hold_until, merged_into
     from dispatch.sos_requests
    where id = any($1::uuid[]) and (closed_at is null or closed_at >= now() - $2 * interval '1 millisecond')`,
);
const FIGURES = sql(
  'dispatch_figures',
  `select p.user_id as "userId", o.offers, o.seen, o.accepted, h.held, h.as_primary as "asPrimary",
          h.as_support as "asSupport", h.resolved, h.withdrawn, o.answer_ms as "answerMs", h.arrival_ms as "arrivalMs"
     from unnest($1::uuid[]) with ordinality as p (user_id, place)
    cross join lateral (
      select count(*) as offers, count(f.seen_at) as seen, count(*) filter (where f.status = 'ACCEPTED') as accepted,
             avg(extract(epoch from f.answered_at - f.sent_at)::float8 * 1000)
               filter (where f.status = 'ACCEPTED') as answer_ms
        from dispatch.sos_offers f join dispatch.sos_requests r on r.id = f.sos_id
       where f.responder_id = p.user_id and not r.is_drill) o
    cross join lateral (
      select count(distinct h.sos_id) as held,
             count(distinct h.sos_id) filter (where h.was_primary) as as_primary,
             count(distinct h.sos_id) filter (where not h.was_primary) as as_support,
             count(distinct h.sos_id) filter (where h.ended_by = 'resolved') as resolved,
             count(*) filter (where h.ended_by = 'withdrawn') as withdrawn,
             avg(extract(epoch from h.arrived_at - h.held_at)::float8 * 1000) as arrival_ms
        from (select x.sos_id, x.ended_by, x.arrived_at, x.held_at,
                     bool_or(x.primary_at is not null) over (partition by x.sos_id) as was_primary
                from dispatch.sos_holdings x join dispatch.sos_requests r on r.id = x.sos_id
               where x.responder_id = p.user_id and not r.is_drill) h) h
    order by p.place`,
);

/** Ids are after every UUIDv7 for a first page, newest first. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const DAY_MS = 86_400_000;
const FIRST_OPEN: readonly [number, Date, string] = [0, new Date(0), uuidV7Floor(0)];

interface Row {
  id: string;
  status: ListedSos['status'];
  emergency_type: ListedSos['emergencyType'];
  priority: ListedSos['priority'];
  is_drill: boolean;
  origin: ListedSos['origin'];
  lat: number;
  lng: number;
  address_text: string | null;
  user_id: string | null;
  callback_number: string | null;
  accepted_by: string | null;
  created_at: number;
  accepted_at: number | null;
  started_at: number | null;
  closed_at: number | null;
  escalation_level: number;
  owner_id: string | null;
  hold_until: number | null;
  merged_into: string | null;
}

const listed = (row: Row): ListedSos => ({
  sosId: row.id,
  status: row.status,
  emergencyType: row.emergency_type,
  priority: row.priority,
  isDrill: row.is_drill,
  origin: row.origin,
  point: { lat: row.lat, lng: row.lng },
  addressText: row.address_text,
  requesterId: row.user_id,
  callbackNumber: row.callback_number,
  acceptedBy: row.accepted_by,
  createdAtMs: row.created_at,
  acceptedAtMs: row.accepted_at,
  startedAtMs: row.started_at,
  closedAtMs: row.closed_at,
  escalationLevel: row.escalation_level,
  ownerId: row.owner_id,
  holdUntilMs: row.hold_until,
  mergedInto: row.merged_into,
});

/** {@link ListStore} on PostgreSQL or embedded PGlite. */
export function pgListStore(db: Db): ListStore {
  /** In the order of the ids. */
  const byId = async (ids: readonly string[]): Promise<ListedSos[]> => {
    if (ids.length === 0) return [];
    const rows = groupBy(await db.query<Row>(BY_ID, [ids, INCIDENT_KEPT_MS]), (row) => row.id);
    return ids.flatMap((id) => (rows.get(id) ?? []).map(listed));
  };
  const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

  return {
    async open({ after, limit }) {
      const [urgency, at, id] = after ? [after[0], new Date(after[1]), after[2]] : FIRST_OPEN;
      const asked = [urgency, at, id, limit];
      const rows = await db.query<{ id: string; urgency: number; created_at: number }>(OPEN_SOS, asked);
      const last = rows.at(-1);
      const end: OpenAfter | null = last ? [last.urgency, last.created_at, last.id] : null;
      return { sos: await byId(idsOf(rows)), last: end };
    },
    async closed({ after, limit }, { from = 0, to, type, number } = {}) {
      // Ids are by time, so a range of one is a range of the other.
      const until = to === undefined ? LAST_ID : uuidV7Floor(to);
      const before = after !== null && after < until ? after : until;
      const ending = number?.trim().toLowerCase() ?? null;
      // Too few digits are how any number could end.
      const digits = ending?.replaceAll(/\D/g, '') ?? '';
      const dialled = digits.length < 4 || /[a-f]/.test(ending ?? '') ? null : digits;
      const asked = [before, limit, uuidV7Floor(from), type ?? null, ending, dialled];
      return byId(idsOf(await db.query(CLOSED, asked)));
    },
    raisedBy: async (userId, { after, limit }) =>
      byId(idsOf(await db.query(RAISED_BY, [userId, after ?? LAST_ID, limit]))),
    async heldBy(userId, { after, limit }) {
      const held = await db.query<HeldSos>(HELD_BY, [userId, after ?? LAST_ID, limit]);
      const sos = groupBy(await byId(held.map(({ sosId }) => sosId)), ({ sosId }) => sosId);
      return held.flatMap((holding) => (sos.get(holding.sosId) ?? []).map((one) => ({ sos: one, holding })));
    },
    holdings: async (sosIds) => (sosIds.length === 0 ? [] : db.query<HeldSos>(HOLDINGS, [sosIds])),
    feedback: async (sosIds) => (sosIds.length === 0 ? [] : db.query<FeedbackOf>(FEEDBACK, [sosIds])),
    figuresOf: async (userIds) =>
      userIds.length === 0 ? [] : db.query<VolunteerFigures>(FIGURES, [userIds]),
    phases({ from, to, timezone }) {
      const least = uuidV7Floor(Math.max(0, Date.parse(from) - 2 * DAY_MS));
      const most = uuidV7Floor(Date.parse(to) + 3 * DAY_MS);
      return db.query<PhaseRow>(PHASES_REPORT, [from, to, timezone, least, most]);
    },
  };
}
