import { may } from '../access/may.ts';
import type { Relation } from '../access/words.ts';
import { perObject } from '../lib/per-object.ts';
import type { MatchRecord, SosCreated, SosEventType } from './machine/events.ts';
import { isHolder, isRequester, openOffers, reserves, type Slot, type SosState } from './machine/state.ts';
import type { LogEvent } from './store.ts';

export interface Contact {
  readonly name: string | null;
  readonly phone: string | null;
}

export interface Viewer {
  readonly userId: string;
  readonly isDispatcher: boolean;
}

/** People whom the viewer may know by name, by their ids. */
export type Contacts = ReadonlyMap<string, Contact>;

/** An SOS as it stands, with its exact place: only for those entitled to it. */
export function sosView(state: SosState, contacts?: Contacts) {
  const requester = state.requesterId === null ? undefined : contacts?.get(state.requesterId);
  return {
    sosId: state.id,
    seq: state.seq,
    status: state.status,
    emergencyType: state.emergencyType,
    priority: state.priority,
    isDrill: state.isDrill,
    origin: state.origin,
    alertId: state.alertId,
    point: state.point,
    addressText: state.addressText,
    description: state.description,
    requesterId: state.requesterId,
    ...(requester ? { requesterName: requester.name, requesterPhone: requester.phone } : {}),
    callbackNumber: state.callbackNumber,
    acceptedBy: state.acceptedBy,
    createdAtMs: state.createdAtMs,
    acceptedAtMs: state.acceptedAtMs,
    startedAtMs: state.startedAtMs,
    closedAtMs: state.closedAtMs,
    slots: state.slots.map((slot) => slotView(slot, contacts)),
    wave: state.wave,
    radiusM: state.radiusM,
    openOffers: openOffers(state).length,
    reserves: reserves(state).length,
    nextWaveAtMs: state.nextWaveAtMs,
    escalationLevel: state.escalationLevel,
    handOff: state.handOff,
    ownerId: state.ownerId,
    holdUntilMs: state.holdUntilMs,
    mergedInto: state.mergedInto,
  };
}

function slotView({ slot, role, behind, holder }: Slot, contacts?: Contacts) {
  const name = holder ? contacts?.get(holder.responderId)?.name : undefined;
  return {
    slot,
    role,
    behind,
    holderId: holder?.responderId ?? null,
    ...(name === undefined ? {} : { holderName: name }),
    heldAtMs: holder?.heldAtMs ?? null,
    departedAtMs: holder?.departedAtMs ?? null,
    arrivedAtMs: holder?.arrivedAtMs ?? null,
  };
}

/** The same for dispatchers: what else may be the same emergency, and who has been asked and not answered. */
export function dispatcherSosView(state: SosState, contacts?: Contacts) {
  const asked = openOffers(state).map(({ id, responderId }): [string, string] => [id, responderId]);
  return { ...sosView(state, contacts), duplicates: [...state.duplicates], asked };
}

/** Who may see the exact place, the names and every step of an SOS at this moment (invariant 6). */
export function mayReadSos(viewer: Viewer, state: SosState): boolean {
  return may(subjectOf(viewer), 'read', 'sos', relationsTo(viewer, state)).allowed;
}

/** Who talks on its chat at this moment: also the dispatcher to whom it belongs, of which everybody in it is told. */
export function isParty(viewer: Viewer, state: SosState): boolean {
  return may(subjectOf(viewer), 'read', 'chat', relationsTo(viewer, state)).allowed;
}

/** How somebody stands to an SOS, in the words of the access matrix. */
export function relationsTo({ userId }: { userId: string }, state: SosState): Relation[] {
  const relations: Relation[] = [];
  if (isRequester(state, userId)) relations.push('requester');
  if (isHolder(state, userId)) relations.push('holder');
  if (state.ownerId === userId) relations.push('owner');
  return relations;
}

const NO_GRANTS = { grants: [] } as const;
const DISPATCHER = { grants: ['dispatcher'] } as const;

const subjectOf = ({ isDispatcher }: Viewer) => (isDispatcher ? DISPATCHER : NO_GRANTS);

/** How somebody stands to what they look at. */
export interface Sight extends Viewer {
  /** Their own SOS was merged into this one, which somebody else raised. */
  readonly isJoined?: boolean;
}

/** Events that follow from somebody's act and are none: who did it is not told with them, for it may be who said no. */
const FOLLOWING: ReadonlySet<string> = new Set<SosEventType>([
  'sos.wave_sent',
  'sos.offers_received',
  'sos.offer_declined',
  'sos.offers_expired',
  'sos.offers_unreached',
  'sos.offers_closed',
  'sos.reserve_joined',
  'sos.holder_promoted',
  'sos.holder_nudged',
  'sos.slot_added',
]);

/** Whether somebody may know whose act it was. Of the person who raised it, who belongs to it by a merge learns nothing. */
function mayKnowActor({ userId, isJoined }: Sight, { actorId, type, data }: LogEvent): boolean {
  const { reason, responderId } = data as { reason?: unknown; responderId?: unknown };
  if (actorId === userId) return true;
  if (FOLLOWING.has(type) || (type === 'sos.escalated' && reason !== 'asked_for')) return false;
  return !isJoined || actorId === responderId;
}

/**
 * The event as somebody may see it: who was asked, who said no, why somebody gave up or was taken out, and by which rule it
 * was decided are for dispatchers only. A number to call back is given to those who come, with the SOS itself.
 */
export function project(viewer: Sight, whole: LogEvent): LogEvent {
  if (!whole.stream.startsWith('sos:')) return whole;
  const isForDispatchers = may(subjectOf(viewer), 'read', 'sos_asked').allowed;
  const event =
    isForDispatchers || whole.actorId === null || mayKnowActor(viewer, whole)
      ? whole
      : { ...whole, actorId: null };
  if (isForDispatchers) return event.type === 'sos.created' ? createdForDispatchers(event) : event;
  if (event.type === 'sos.created') return createdFor(viewer, event);
  const data = event.data as Record<string, unknown>;
  switch (event.type) {
    case 'sos.wave_sent': {
      const { match: _, offers, ...rest } = data;
      return { ...event, data: { ...rest, offers: countOf(offers) } };
    }
    case 'sos.offers_received':
      return { ...event, data: { delivered: countOf(data.delivered), seen: countOf(data.seen) } };
    case 'sos.offer_declined':
    case 'sos.reserve_joined':
      return { ...event, data: { offerId: data.offerId } };
    case 'sos.holder_assigned':
      return { ...event, data: { ...data, despite: null } };
    case 'sos.withdrawn':
    case 'sos.holder_released':
    case 'sos.held':
    case 'sos.reopened':
      return { ...event, data: { ...data, reason: null } };
    case 'sos.handed_off':
      return { ...event, data: { ...data, reference: null, note: null } };
    case 'sos.joined':
      return { ...event, data: { ...data, requesterIds: [], callbackNumber: null } };
    default:
      return event;
  }
}

function createdFor(viewer: Sight, event: LogEvent): LogEvent {
  const { rule, duplicates: _, callbackNumber: __, ...rest } = event.data as SosCreated;
  const seen = { ...rest, wanted: rule.slots.map((slot) => slot.role) };
  const joined = { requesterId: null, description: null, addressText: null };
  return { ...event, data: viewer.isJoined ? { ...seen, ...joined } : seen };
}

const createdForDispatchers = perObject((event: LogEvent): LogEvent => {
  const { rule, duplicates, callbackNumber, ...rest } = event.data as SosCreated;
  const wanted = rule.slots.map((slot) => slot.role);
  return { ...event, data: { ...rest, wanted, rule, duplicates, callbackNumber } };
});

/** What dispatchers need of an event at once: who was passed over, one by one, is read with the SOS itself. */
export function projectForFeed(viewer: Viewer, event: LogEvent): LogEvent {
  return lessForFeed(project(viewer, event));
}

const lessForFeed = perObject((seen: LogEvent): LogEvent => {
  const data = seen.data as Record<string, unknown>;
  if (seen.type === 'sos.created') {
    const { rule: _, ...rest } = data;
    return { ...seen, data: rest };
  }
  if (seen.type !== 'sos.wave_sent' || !('match' in data)) return seen;
  const { excluded: _, ...match } = data.match as MatchRecord;
  return { ...seen, data: { ...data, match } };
});

/** Whether somebody has a part in it only because their own SOS was merged into it. */
export const isJoinedOnly = (state: SosState, userId: string): boolean =>
  state.joinedIds.includes(userId) && state.requesterId !== userId && !isHolder(state, userId);

/** The SOS as somebody sees it whose own was merged into it: where it is and who comes, not what another caller said. */
export function joinedSosView(state: SosState, contacts: Contacts) {
  const { requesterName: _, requesterPhone: __, ...view } = sosView(state, contacts);
  return { ...view, requesterId: null, description: null, addressText: null, callbackNumber: null };
}

const countOf = (list: unknown) => (Array.isArray(list) ? list.length : list);
