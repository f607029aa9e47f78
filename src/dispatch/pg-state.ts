import { sql, type Tx } from '../store/db.ts';
import type { HandOffState, Offer, SosState } from './machine/state.ts';
import { figuresChanged } from './pg-figures.ts';
import { holdersMoved } from './writing.ts';

const SAVE = sql(
  'dispatch_save',
  `with request as (
     insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, description, status,
       accepted_by, created_at, accepted_at, started_at, resolved_at, closed_at, wave, radius_m, next_wave_at,
       escalation_level, policy_version, seq, origin, raised_by, callback_number, address_text, is_drill, drill_for,
       duplicates, rule, joined_ids, merged_into, seeking_since, rungs_climbed, owner_id, hold_until, hand_off, edit_seq,
       alert_id)
     values ($1, coalesce($2::uuid, $1), $3, $4, $5, st_setsrid(st_makepoint($6, $7), 4326)::geography, $8, $9, $10, $11, $12, $13, $14,
       $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28::uuid[], $29::jsonb, $30::uuid[], $31, $32,
       $33, $34, $35, $36, $37, $57)
     on conflict (id) do update set status = excluded.status, accepted_by = excluded.accepted_by,
       accepted_at = excluded.accepted_at, started_at = excluded.started_at, resolved_at = excluded.resolved_at,
       closed_at = excluded.closed_at, wave = excluded.wave, radius_m = excluded.radius_m,
       next_wave_at = excluded.next_wave_at, escalation_level = excluded.escalation_level, seq = excluded.seq,
       callback_number = excluded.callback_number, joined_ids = excluded.joined_ids, merged_into = excluded.merged_into, seeking_since = excluded.seeking_since,
       rungs_climbed = excluded.rungs_climbed, owner_id = excluded.owner_id, hold_until = excluded.hold_until,
       hand_off = excluded.hand_off, edit_seq = excluded.edit_seq),
   offers as (
     insert into dispatch.sos_offers (sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at,
       answered_at, p_arrive, fits_all, close_reason, delivered_at, seen_at, unreached_at)
     select $1, o.id, o.responder_id, o.wave, o.distance_m, o.eta_ms, o.status, o.sent_at, o.expires_at, o.answered_at,
            o.p_arrive, o.fits_all, o.close_reason, o.delivered_at, o.seen_at, o.unreached_at
       from unnest($38::uuid[], $39::uuid[], $40::int[], $41::float8[], $42::float8[], $43::text[], $44::timestamptz[],
                   $45::timestamptz[], $46::timestamptz[], $47::float8[], $48::bool[], $49::text[], $50::timestamptz[],
                   $51::timestamptz[], $58::timestamptz[])
            as o (id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at, p_arrive,
                  fits_all, close_reason, delivered_at, seen_at, unreached_at)
     on conflict (sos_id, id) do update set status = excluded.status, answered_at = excluded.answered_at,
       close_reason = excluded.close_reason, delivered_at = excluded.delivered_at, seen_at = excluded.seen_at,
       unreached_at = excluded.unreached_at),
   slots as (
     insert into dispatch.sos_slots (sos_id, slot, role, skills, behind, holder_id, offer_id, held_at, departed_at,
       arrived_at, nudged_at)
     select $1, s.slot, s.role, s.skills, s.behind, s.holder_id, s.offer_id, s.held_at, s.departed_at, s.arrived_at,
            s.nudged_at
       from jsonb_to_recordset($52::jsonb)
            as s (slot int, role text, skills text[], behind int, holder_id uuid, offer_id uuid, held_at timestamptz,
                  departed_at timestamptz, arrived_at timestamptz, nudged_at timestamptz)
     on conflict (sos_id, slot) do update set role = excluded.role, skills = excluded.skills, behind = excluded.behind,
       holder_id = excluded.holder_id, offer_id = excluded.offer_id, held_at = excluded.held_at,
       departed_at = excluded.departed_at, arrived_at = excluded.arrived_at, nudged_at = excluded.nudged_at),
   dropped as (delete from dispatch.sos_slots where sos_id = $1 and slot = any($53::int[])),
   rejections as (
     insert into dispatch.sos_rejections (sos_id, volunteer_id, created_at)
     select $1, r.volunteer_id, $54::timestamptz from unnest($55::uuid[]) as r (volunteer_id)
     on conflict do nothing),
   due as (
     insert into dispatch.deadlines (sos_id, due_at) select $1, $56::timestamptz where $56::timestamptz is not null
     on conflict (sos_id) do update set due_at = excluded.due_at, lease_until = null, owner = null)
   delete from dispatch.deadlines where sos_id = $1 and $56::timestamptz is null`,
);

const KEEP_DEADLINE = sql(
  'dispatch_keep_deadline',
  `insert into dispatch.deadlines (sos_id, due_at) values ($1, $2)
   on conflict (sos_id) do update set due_at = case when deadlines.due_at > $3 then least(deadlines.due_at, excluded.due_at)
       else excluded.due_at end, lease_until = null, owner = null
   returning due_at`,
);
const NO_DEADLINE = sql('dispatch_no_deadline', 'delete from dispatch.deadlines where sos_id = $1');

/**
 * A look that changed nothing: what was due later stays due then, so that looking again and again puts nothing off. The
 * answer is when that is, counted from now.
 */
export async function keepDeadline(
  tx: Tx,
  sosId: string,
  dueAtMs: number | null,
  nowMs: number,
): Promise<number | null> {
  if (dueAtMs === null) {
    await tx.query(NO_DEADLINE, [sosId]);
    return null;
  }
  const [row] = await tx.query<{ due_at: number }>(KEEP_DEADLINE, [sosId, date(dueAtMs), date(nowMs)]);
  return (row?.due_at ?? dueAtMs) - nowMs;
}

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

/**
 * Moves the rows that say how an SOS stands now, and the deadline by which somebody looks again (invariant 3). Of the
 * commands, the one that raised it is kept: the id that the requester's device gave it.
 */
export async function saveState(
  tx: Tx,
  before: SosState | null,
  after: SosState,
  dueAtMs: number | null,
  commandId: string | null,
): Promise<void> {
  const offers = [...after.offers.values()].filter((offer) => before?.offers.get(offer.id) !== offer);
  const rejecting = offers.filter((offer) => offer.status === 'DECLINED').map((offer) => offer.responderId);
  await tx.query(SAVE, [
    ...columnsOfRequest(after, commandId),
    ...columnsOfOffers(offers),
    JSON.stringify(slotRows(before, after)),
    droppedSlots(before, after),
    date(Math.max(after.createdAtMs, ...offers.map((offer) => offer.answeredAtMs ?? 0))),
    rejecting,
    date(dueAtMs),
    after.alertId,
    offers.map((o) => date(o.unreachedAtMs)),
  ]);
}

function columnsOfRequest(sos: SosState, commandId: string | null): unknown[] {
  return [
    sos.id,
    commandId,
    sos.requesterId,
    sos.emergencyType,
    sos.priority,
    sos.point.lng,
    sos.point.lat,
    sos.description,
    sos.status,
    sos.acceptedBy,
    date(sos.createdAtMs),
    date(sos.acceptedAtMs),
    date(sos.startedAtMs),
    date(sos.resolvedAtMs),
    date(sos.closedAtMs),
    sos.wave,
    sos.radiusM,
    date(sos.nextWaveAtMs),
    sos.escalationLevel,
    sos.policyVersion,
    sos.seq,
    sos.origin,
    sos.raisedBy,
    sos.callbackNumber,
    sos.addressText,
    sos.isDrill,
    sos.drillFor,
    sos.duplicates,
    JSON.stringify(sos.rule),
    sos.joinedIds,
    sos.mergedInto,
    date(sos.seekingSinceMs),
    sos.rungsClimbed,
    sos.ownerId,
    date(sos.holdUntilMs),
    sos.handOff,
    sos.editSeq,
  ];
}

function columnsOfOffers(offers: readonly Offer[]): unknown[] {
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
    offers.map((o) => o.pArrive),
    offers.map((o) => o.fitsAll),
    offers.map((o) => o.closeReason),
    offers.map((o) => date(o.deliveredAtMs)),
    offers.map((o) => date(o.seenAtMs)),
  ];
}

/** The slots that changed, by the names of their columns. */
function slotRows(before: SosState | null, after: SosState): unknown[] {
  return after.slots
    .filter((slot) => !before?.slots.includes(slot))
    .map(({ slot, role, skills, behind, holder }) => ({
      slot,
      role,
      skills,
      behind,
      holder_id: holder?.responderId ?? null,
      offer_id: holder?.offerId ?? null,
      held_at: date(holder?.heldAtMs ?? null),
      departed_at: date(holder?.departedAtMs ?? null),
      arrived_at: date(holder?.arrivedAtMs ?? null),
      nudged_at: date(holder?.nudgedAtMs ?? null),
    }));
}

const droppedSlots = (before: SosState | null, after: SosState) =>
  (before?.slots ?? []).map(({ slot }) => slot).filter((slot) => !after.slots.some((s) => s.slot === slot));

const TAKE = sql(
  'dispatch_take_slots',
  `insert into dispatch.holders (user_id, sos_id, slot)
   select h.user_id, $1, h.slot from unnest($2::uuid[], $3::int[]) as h (user_id, slot)
   on conflict do nothing returning user_id`,
);
const GIVE_BACK = sql(
  'dispatch_give_back_slots',
  'delete from dispatch.holders where sos_id = $1 and user_id = any($2::uuid[])',
);

/**
 * False when a new holder already holds a slot somewhere: one person holds one slot (invariant 2). Whoever moves to
 * another slot of the same SOS gives the first one back before. A drill takes nobody from a real SOS.
 */
export async function takeSlots(tx: Tx, before: SosState | null, after: SosState): Promise<boolean> {
  const { gone, come } = holdersMoved(before, after);
  if (gone.length > 0) await tx.query(GIVE_BACK, [after.id, gone]);
  if (come.length === 0) return true;
  const taken = await tx.query(TAKE, [after.id, come.map(([id]) => id), come.map(([, slot]) => slot)]);
  return taken.length === come.length;
}

const HANDED_OFF = sql(
  'dispatch_save_hand_off',
  `insert into dispatch.handoffs (sos_id, id, state, service, reference, note, by_user, created_at)
   values ($1, coalesce($2, gen_random_uuid()), $3, $4, $5, $6, $7, $8)`,
);

/** What an external service has to be told, or was told. */
export async function saveHandOff(
  tx: Tx,
  told: {
    sosId: string;
    id: string | null;
    state: HandOffState;
    service: string | null;
    reference: string | null;
    note: string | null;
    by: string | null;
    atMs: number;
  },
): Promise<void> {
  const { sosId, id, state, service, reference, note, by, atMs } = told;
  await tx.query(HANDED_OFF, [sosId, id, state, service, reference, note, by, date(atMs)]);
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
  await figuresChanged(tx, volunteerId);
}
