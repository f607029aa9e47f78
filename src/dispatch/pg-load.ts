import { groupBy } from '../lib/group-by.ts';
import { type Queryable, sql } from '../store/db.ts';
import { INCIDENT_KEPT_MS } from './kept.ts';
import type { Offer, Slot, SosState } from './machine/state.ts';
import { ruleSchema } from './rule.ts';

const REQUESTS = sql(
  'dispatch_requests',
  `select r.id, r.user_id, r.emergency_type, r.priority, st_y(r.location::geometry) as lat,
          st_x(r.location::geometry) as lng, r.description, r.status, r.accepted_by, r.created_at, r.accepted_at,
          r.started_at, r.resolved_at, r.closed_at, r.wave, r.radius_m, r.next_wave_at, r.escalation_level,
          r.policy_version, r.seq, r.origin, r.raised_by, r.callback_number, r.address_text, r.is_drill, r.drill_for,
          r.duplicates, r.rule, r.joined_ids, r.merged_into, r.seeking_since, r.rungs_climbed, r.owner_id, r.hold_until,
          r.hand_off, r.edit_seq, r.alert_id
     from dispatch.sos_requests r where r.id = any($1::uuid[])
      and (r.closed_at is null or r.closed_at >= now() - $2 * interval '1 millisecond')`,
);
const SLOTS = sql(
  'dispatch_slots',
  `select sos_id, slot, role, skills, behind, holder_id, offer_id, held_at, departed_at, arrived_at, nudged_at
     from dispatch.sos_slots where sos_id = any($1::uuid[]) order by slot`,
);
const OFFERS = sql(
  'dispatch_offers',
  `select sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at, p_arrive,
          fits_all, close_reason, delivered_at, seen_at, unreached_at
     from dispatch.sos_offers where sos_id = any($1::uuid[]) order by sent_at, id`,
);
const DECLINED = sql(
  'dispatch_declined',
  `select sos_id, volunteer_id from dispatch.sos_rejections where sos_id = any($1::uuid[])
   union select sos_id, volunteer_id from dispatch.sos_cancellations where sos_id = any($1::uuid[])`,
);

interface RequestRow {
  id: string;
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
  origin: SosState['origin'];
  raised_by: string | null;
  alert_id: string | null;
  callback_number: string | null;
  address_text: string | null;
  is_drill: boolean;
  drill_for: string | null;
  duplicates: string[];
  rule: unknown;
  joined_ids: string[];
  merged_into: string | null;
  seeking_since: number;
  rungs_climbed: number;
  owner_id: string | null;
  hold_until: number | null;
  hand_off: SosState['handOff'];
  edit_seq: number;
}

interface SlotRow {
  sos_id: string;
  slot: number;
  role: Slot['role'];
  skills: string[];
  behind: number | null;
  holder_id: string | null;
  offer_id: string | null;
  held_at: number | null;
  departed_at: number | null;
  arrived_at: number | null;
  nudged_at: number | null;
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
  p_arrive: number;
  fits_all: boolean;
  close_reason: Offer['closeReason'];
  delivered_at: number | null;
  seen_at: number | null;
  unreached_at: number | null;
}

interface Parts {
  readonly slots: readonly SlotRow[];
  readonly offers: readonly OfferRow[];
  readonly declined: readonly { volunteer_id: string }[];
}

/** The states of these SOS, as the rows of the present have them; none of one that is due to be deleted. */
export async function loadStates(db: Queryable, sosIds: readonly string[]): Promise<SosState[]> {
  if (sosIds.length === 0) return [];
  const bySos = <Row extends { sos_id: string }>(rows: readonly Row[]) => groupBy(rows, (row) => row.sos_id);
  const requests = await db.query<RequestRow>(REQUESTS, [sosIds, INCIDENT_KEPT_MS]);
  const slots = bySos(await db.query<SlotRow>(SLOTS, [sosIds]));
  const offers = bySos(await db.query<OfferRow>(OFFERS, [sosIds]));
  const declined = bySos(await db.query<{ sos_id: string; volunteer_id: string }>(DECLINED, [sosIds]));
  return requests.map((row) =>
    stateOf(row, {
      slots: slots.get(row.id) ?? [],
      offers: offers.get(row.id) ?? [],
      declined: declined.get(row.id) ?? [],
    }),
  );
}

export async function loadOne(db: Queryable, sosId: string): Promise<SosState | undefined> {
  const [state] = await loadStates(db, [sosId]);
  return state;
}

function stateOf(row: RequestRow, { slots, offers, declined }: Parts): SosState {
  return {
    id: row.id,
    seq: row.seq,
    editSeq: row.edit_seq,
    requesterId: row.user_id,
    joinedIds: row.joined_ids,
    origin: row.origin,
    raisedBy: row.raised_by,
    alertId: row.alert_id,
    callbackNumber: row.callback_number,
    addressText: row.address_text,
    emergencyType: row.emergency_type,
    priority: row.priority,
    point: { lat: row.lat, lng: row.lng },
    description: row.description,
    isDrill: row.is_drill,
    drillFor: row.drill_for,
    status: row.status,
    policyVersion: row.policy_version,
    rule: ruleSchema.parse(row.rule),
    duplicates: row.duplicates,
    createdAtMs: row.created_at,
    acceptedBy: row.accepted_by,
    acceptedAtMs: row.accepted_at,
    startedAtMs: row.started_at,
    resolvedAtMs: row.resolved_at,
    closedAtMs: row.closed_at,
    mergedInto: row.merged_into,
    wave: row.wave,
    radiusM: row.radius_m,
    nextWaveAtMs: row.next_wave_at,
    seekingSinceMs: row.seeking_since,
    rungsClimbed: row.rungs_climbed,
    escalationLevel: row.escalation_level,
    ownerId: row.owner_id,
    holdUntilMs: row.hold_until,
    handOff: row.hand_off,
    slots: slots.map(slotOfRow),
    offers: new Map(offers.map((offer) => [offer.id, offerOf(offer)])),
    declined: new Set(declined.map((rejection) => rejection.volunteer_id)),
  };
}

function slotOfRow(row: SlotRow): Slot {
  const { slot, role, skills, behind } = row;
  if (row.holder_id === null || row.held_at === null) return { slot, role, skills, behind, holder: null };
  const holder = {
    responderId: row.holder_id,
    offerId: row.offer_id,
    heldAtMs: row.held_at,
    departedAtMs: row.departed_at,
    arrivedAtMs: row.arrived_at,
    nudgedAtMs: row.nudged_at,
  };
  return { slot, role, skills, behind, holder };
}

function offerOf(row: OfferRow): Offer {
  return {
    id: row.id,
    responderId: row.responder_id,
    wave: row.wave,
    distanceM: row.distance_m,
    etaMs: row.eta_ms,
    pArrive: row.p_arrive,
    fitsAll: row.fits_all,
    status: row.status,
    closeReason: row.close_reason,
    sentAtMs: row.sent_at,
    expiresAtMs: row.expires_at,
    deliveredAtMs: row.delivered_at,
    seenAtMs: row.seen_at,
    unreachedAtMs: row.unreached_at,
    answeredAtMs: row.answered_at,
  };
}
