import { groupBy } from '../lib/group-by.ts';
import { type Queryable, sql, type Tx } from '../store/db.ts';
import { type Offer, PRIMARY_SLOT, type SosState } from './machine/state.ts';

const SAVE = sql(
  'dispatch_save',
  `with request as (
     insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, description, status,
       accepted_by, created_at, accepted_at, started_at, resolved_at, closed_at, wave, radius_m, next_wave_at,
       escalation_level, policy_version, seq)
     values ($1, $2, $3, $4, $5, st_setsrid(st_makepoint($6, $7), 4326)::geography, $8, $9, $10, $11, $12, $13, $14,
       $15, $16, $17, $18, $19, $20, $21)
     on conflict (id) do update set status = excluded.status, accepted_by = excluded.accepted_by,
       accepted_at = excluded.accepted_at, started_at = excluded.started_at, resolved_at = excluded.resolved_at,
       closed_at = excluded.closed_at, wave = excluded.wave, radius_m = excluded.radius_m,
       next_wave_at = excluded.next_wave_at, escalation_level = excluded.escalation_level, seq = excluded.seq),
   offers as (
     insert into dispatch.sos_offers (sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at)
     select $1, o.id, o.responder_id, o.wave, o.distance_m, o.eta_ms, o.status, o.sent_at, o.expires_at, o.answered_at
       from unnest($22::uuid[], $23::uuid[], $24::int[], $25::float8[], $26::float8[], $27::text[], $28::timestamptz[],
                   $29::timestamptz[], $30::timestamptz[])
            as o (id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at)
     on conflict (sos_id, id) do update set status = excluded.status, answered_at = excluded.answered_at),
   slot as (
     insert into dispatch.sos_slots (sos_id, slot, role, holder_id, offer_id, held_at)
     values ($1, $31, 'PRIMARY', $32, $33, $34)
     on conflict (sos_id, slot) do update set holder_id = excluded.holder_id, offer_id = excluded.offer_id,
       held_at = excluded.held_at
     where sos_slots.holder_id is distinct from excluded.holder_id),
   rejections as (
     insert into dispatch.sos_rejections (sos_id, volunteer_id, created_at)
     select $1, r.volunteer_id, $35::timestamptz from unnest($36::uuid[]) as r (volunteer_id)
     on conflict do nothing),
   due as (
     insert into dispatch.deadlines (sos_id, due_at) select $1, $37::timestamptz where $37::timestamptz is not null
     on conflict (sos_id) do update set due_at = excluded.due_at, lease_until = null, owner = null)
   delete from dispatch.deadlines where sos_id = $1 and $37::timestamptz is null`,
);

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

/** Moves the rows that say how an SOS stands now, and the deadline by which somebody looks again (invariant 3). */
export async function saveState(
  tx: Tx,
  before: SosState | null,
  after: SosState,
  dueAtMs: number | null,
): Promise<void> {
  const offers = [...after.offers.values()].filter((offer) => before?.offers.get(offer.id) !== offer);
  const rejecting = offers.filter((offer) => offer.status === 'DECLINED').map((offer) => offer.responderId);
  await tx.query(SAVE, [
    after.id,
    after.clientId,
    after.requesterId,
    after.emergencyType,
    after.priority,
    after.point.lng,
    after.point.lat,
    after.description,
    after.status,
    after.acceptedBy,
    date(after.createdAtMs),
    date(after.acceptedAtMs),
    date(after.startedAtMs),
    date(after.resolvedAtMs),
    date(after.closedAtMs),
    after.wave,
    after.radiusM,
    date(after.nextWaveAtMs),
    after.escalationLevel,
    after.policyVersion,
    after.seq,
    ...columnsOf(offers),
    PRIMARY_SLOT,
    after.slot?.holderId ?? null,
    after.slot?.offerId ?? null,
    date(after.slot?.heldAtMs ?? null),
    date(Math.max(after.createdAtMs, ...offers.map((offer) => offer.answeredAtMs ?? 0))),
    rejecting,
    date(dueAtMs),
  ]);
}

function columnsOf(offers: readonly Offer[]): unknown[] {
  return [
    offers.map((o) => o.id),
    offers.map((o) => o.responderId),
    offers.map((o) => o.wave),
    offers.map((o) => o.distanceM),
    offers.map((o) => o.etaMs),
    offers.map((o) => o.status),
    offers.map((o) => date(o.sentAtMs)),
    offers.map((o) => date(o.expiresAtMs)),
    offers.map((o) => date(o.answeredAtMs)),
  ];
}

const TAKE = sql(
  'dispatch_take_slot',
  `insert into dispatch.holders (user_id, sos_id, slot) values ($1, $2, $3) on conflict do nothing returning user_id`,
);
const GIVE_BACK = sql(
  'dispatch_give_back_slot',
  'delete from dispatch.holders where user_id = $1 and sos_id = $2',
);

/** False when the new holder already holds a slot somewhere: one person holds one slot (invariant 2). */
export async function takeSlot(tx: Tx, before: SosState | null, after: SosState): Promise<boolean> {
  const was = before?.slot?.holderId;
  const is = after.slot?.holderId;
  if (was === is) return true;
  if (was) await tx.query(GIVE_BACK, [was, after.id]);
  if (!is) return true;
  return (await tx.query(TAKE, [is, after.id, PRIMARY_SLOT])).length === 1;
}

const CANCELLED = sql(
  'dispatch_save_cancellation',
  `insert into dispatch.sos_cancellations (sos_id, id, volunteer_id, reason, created_at)
   values ($1, gen_random_uuid(), $2, $3, $4)`,
);

/** Somebody gave back what they had accepted. */
export async function saveCancellation(
  tx: Tx,
  cancellation: { sosId: string; volunteerId: string; reason: string | null; atMs: number },
): Promise<void> {
  const { sosId, volunteerId, reason, atMs } = cancellation;
  await tx.query(CANCELLED, [sosId, volunteerId, reason, date(atMs)]);
}

const SAVE_CHAT = sql(
  'dispatch_save_chat',
  'insert into dispatch.chat_messages (sos_id, id, sender_id, content, created_at) values ($1, $2, $3, $4, $5)',
);

export async function saveChat(
  tx: Tx,
  message: { id: string; sosId: string; text: string; senderId: string; atMs: number },
): Promise<void> {
  await tx.query(SAVE_CHAT, [message.sosId, message.id, message.senderId, message.text, date(message.atMs)]);
}

const REQUESTS = sql(
  'dispatch_requests',
  `select r.id, r.client_id, r.user_id, r.emergency_type, r.priority, st_y(r.location::geometry) as lat,
          st_x(r.location::geometry) as lng, r.description, r.status, r.accepted_by, r.created_at, r.accepted_at,
          r.started_at, r.resolved_at, r.closed_at, r.wave, r.radius_m, r.next_wave_at, r.escalation_level,
          r.policy_version, r.seq, s.holder_id, s.offer_id, s.held_at
     from dispatch.sos_requests r left join dispatch.sos_slots s on s.sos_id = r.id and s.slot = 1
    where r.id = any($1::uuid[])`,
);
const OFFERS = sql(
  'dispatch_offers',
  `select sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at
     from dispatch.sos_offers where sos_id = any($1::uuid[]) order by sent_at, id`,
);
const DECLINED = sql(
  'dispatch_declined',
  `select sos_id, volunteer_id from dispatch.sos_rejections where sos_id = any($1::uuid[])
   union select sos_id, volunteer_id from dispatch.sos_cancellations where sos_id = any($1::uuid[])`,
);

interface RequestRow {
  id: string;
  client_id: string;
  user_id: string | null;
  emergency_type: SosState['emergencyType'];
  priority: SosState['priority'];
  lat: number;
  lng: number;
  description: string | null;
  status: SosState['status'];
  accepted_by: string | null;
  created_at: number;
  accepted_at: number | null;
  started_at: number | null;
  resolved_at: number | null;
  closed_at: number | null;
  wave: number;
  radius_m: number;
  next_wave_at: number | null;
  escalation_level: number;
  policy_version: number;
  seq: number;
  holder_id: string | null;
  offer_id: string | null;
  held_at: number | null;
}

interface OfferRow {
  sos_id: string;
  id: string;
  responder_id: string;
  wave: number;
  distance_m: number;
  eta_ms: number;
  status: Offer['status'];
  sent_at: number;
  expires_at: number;
  answered_at: number | null;
}

/** The states of these SOS, as the rows of the present have them. */
export async function loadStates(db: Queryable, sosIds: readonly string[]): Promise<SosState[]> {
  if (sosIds.length === 0) return [];
  const requests = await db.query<RequestRow>(REQUESTS, [sosIds]);
  const offers = groupBy(await db.query<OfferRow>(OFFERS, [sosIds]), (row) => row.sos_id);
  const declined = groupBy(
    await db.query<{ sos_id: string; volunteer_id: string }>(DECLINED, [sosIds]),
    (row) => row.sos_id,
  );
  return requests.map((row) => stateOf(row, offers.get(row.id) ?? [], declined.get(row.id) ?? []));
}

function stateOf(row: RequestRow, offers: OfferRow[], declined: { volunteer_id: string }[]): SosState {
  return {
    id: row.id,
    clientId: row.client_id,
    seq: row.seq,
    requesterId: row.user_id,
    emergencyType: row.emergency_type,
    priority: row.priority,
    point: { lat: row.lat, lng: row.lng },
    description: row.description,
    status: row.status,
    policyVersion: row.policy_version,
    createdAtMs: row.created_at,
    acceptedBy: row.accepted_by,
    acceptedAtMs: row.accepted_at,
    startedAtMs: row.started_at,
    resolvedAtMs: row.resolved_at,
    closedAtMs: row.closed_at,
    wave: row.wave,
    radiusM: row.radius_m,
    nextWaveAtMs: row.next_wave_at,
    escalationLevel: row.escalation_level,
    slot:
      row.holder_id && row.offer_id && row.held_at !== null
        ? { slot: PRIMARY_SLOT, holderId: row.holder_id, offerId: row.offer_id, heldAtMs: row.held_at }
        : null,
    offers: new Map(offers.map((offer) => [offer.id, offerOf(offer)])),
    declined: new Set(declined.map((rejection) => rejection.volunteer_id)),
  };
}

function offerOf(row: OfferRow): Offer {
  return {
    id: row.id,
    responderId: row.responder_id,
    wave: row.wave,
    distanceM: row.distance_m,
    etaMs: row.eta_ms,
    status: row.status,
    sentAtMs: row.sent_at,
    expiresAtMs: row.expires_at,
    answeredAtMs: row.answered_at,
  };
}
