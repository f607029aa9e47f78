import { assert, must, unreachable } from '../../lib/assert.ts';
import { DEFAULT_RULE } from '../rule.ts';
import type { SosEvent, SosEventType } from './events.ts';
import type { Holder, Offer, OfferCloseReason, OfferStatus, Slot, SosState } from './state.ts';

/** An event with its place in the stream and the time of the decision. */
export type Happened = SosEvent & { readonly seq: number; readonly atMs: number };
type Of<T extends SosEventType> = Extract<Happened, { type: T }>;

/** The SOS that begins with this `sos.created`. */
export function begin(id: string, event: Happened): SosState {
  assert(event.type === 'sos.created' && event.seq === 1, 'a stream of an SOS begins with sos.created at 1');
  const { rule } = event.data;
  return {
    id,
    seq: 1,
    editSeq: 1,
    ...event.data,
    // Logs of before there were alerts do not say it.
    alertId: event.data.alertId ?? null,
    // Nor how long a device had to say that it has an offer.
    rule: { ...rule, unreachableAfterMs: rule.unreachableAfterMs ?? DEFAULT_RULE.unreachableAfterMs },
    joinedIds: [],
    status: 'PENDING',
    createdAtMs: event.atMs,
    acceptedBy: null,
    acceptedAtMs: null,
    startedAtMs: null,
    resolvedAtMs: null,
    closedAtMs: null,
    mergedInto: null,
    wave: 0,
    radiusM: 0,
    nextWaveAtMs: event.atMs,
    seekingSinceMs: event.atMs,
    rungsClimbed: 0,
    escalationLevel: 0,
    ownerId: event.data.origin === 'dispatcher' ? event.data.raisedBy : null,
    holdUntilMs: null,
    handOff: null,
    slots: event.data.rule.slots.map((wanted, i) => ({ slot: i + 1, ...wanted, behind: null, holder: null })),
    offers: new Map(),
    declined: new Set(),
  };
}

/** The state after the next event. Decides nothing: what is in the log happened. */
export function apply(state: SosState, event: Happened): SosState {
  assert(event.seq === state.seq + 1, `event ${event.seq} does not follow ${state.seq}`);
  const editSeq = event.type === 'sos.offers_received' ? state.editSeq : event.seq;
  return { ...changed(state, event), seq: event.seq, editSeq };
}

function changed(state: SosState, event: Happened): SosState {
  const { atMs } = event;
  switch (event.type) {
    case 'sos.created':
      throw new Error('an SOS is created once');
    case 'sos.wave_sent':
      return waveSent(state, event);
    case 'sos.offers_received':
      return { ...state, offers: received(state, event) };
    case 'sos.offer_declined':
      return {
        ...state,
        offers: answered(state, [event.data.offerId], 'DECLINED', atMs),
        declined: new Set([...state.declined, event.data.responderId]),
      };
    case 'sos.offers_expired':
      return { ...state, offers: answered(state, event.data.offerIds, 'EXPIRED', null) };
    case 'sos.offers_unreached':
      return { ...state, offers: unreached(state, event) };
    case 'sos.offers_closed':
      return { ...state, offers: answered(state, event.data.offerIds, 'CLOSED', null, event.data.reason) };
    case 'sos.reserve_joined':
      return { ...state, offers: answered(state, [event.data.offerId], 'RESERVE', atMs) };
    case 'sos.accepted':
    case 'sos.holder_assigned':
      return taken(state, event);
    case 'sos.withdrawn': {
      const { slot, responderId } = event.data;
      return { ...given(state, slot, atMs), declined: new Set([...state.declined, responderId]) };
    }
    case 'sos.holder_released':
      return given(state, event.data.slot, atMs);
    case 'sos.holder_promoted':
      return promoted(state, event);
    case 'sos.departed':
      return settled(holderDid(state, event.data.slot, { departedAtMs: atMs }), event.data.slot);
    case 'sos.arrived':
      return settled(arrived(state, event.data.slot, atMs), event.data.slot);
    case 'sos.holder_nudged':
      return holderDid(state, event.data.slot, { nudgedAtMs: atMs });
    case 'sos.slot_added':
      assert(!state.slots.some(({ slot }) => slot === event.data.slot), 'a slot is added once');
      return { ...state, slots: [...state.slots, { ...event.data, holder: null }], nextWaveAtMs: atMs };
    case 'sos.started':
      return { ...state, status: 'IN_PROGRESS', startedAtMs: atMs };
    case 'sos.resolved':
      return { ...closed(state, atMs), status: 'RESOLVED', resolvedAtMs: atMs };
    case 'sos.cancelled':
      return { ...closed(state, atMs), status: 'CANCELLED', mergedInto: event.data.mergedInto };
    case 'sos.escalated':
      return escalated(state, event);
    case 'sos.taken_over':
      return { ...state, ownerId: event.data.ownerId };
    case 'sos.held':
      return {
        ...state,
        ownerId: event.data.ownerId,
        holdUntilMs: event.data.untilMs,
        nextWaveAtMs: null,
      };
    case 'sos.unheld':
      // What time was spent on hold counts for no rung of the ladder.
      return { ...state, holdUntilMs: null, nextWaveAtMs: atMs, seekingSinceMs: atMs };
    case 'sos.reopened':
      return reopened(state, atMs);
    case 'sos.joined':
      return {
        ...state,
        joinedIds: [...new Set([...state.joinedIds, ...event.data.requesterIds])],
        callbackNumber: state.callbackNumber ?? event.data.callbackNumber,
      };
    case 'sos.handed_off':
      return { ...state, handOff: state.handOff === 'confirmed' ? 'confirmed' : event.data.state };
    default:
      return unreachable(event);
  }
}

function waveSent(state: SosState, event: Of<'sos.wave_sent'>): SosState {
  const { wave, radiusM, nextWaveAtMs } = event.data;
  const again = new Set(event.data.offers.map((sent) => sent.responderId));
  const stale = [...state.offers.values()].filter((o) => o.status === 'RESERVE' && again.has(o.responderId));
  const offers = new Map(
    answered(
      state,
      stale.map((o) => o.id),
      'CLOSED',
      null,
      'asked_again',
    ),
  );
  for (const sent of event.data.offers) {
    const { offerId, ...rest } = sent;
    offers.set(offerId, {
      id: offerId,
      ...rest,
      wave,
      status: 'OPEN',
      closeReason: null,
      sentAtMs: event.atMs,
      deliveredAtMs: null,
      seenAtMs: null,
      unreachedAtMs: null,
      answeredAtMs: null,
    });
  }
  return { ...state, wave, radiusM, nextWaveAtMs, offers };
}

function received(state: SosState, { data, atMs }: Of<'sos.offers_received'>): ReadonlyMap<string, Offer> {
  const offers = new Map(state.offers);
  const note = (ids: readonly string[], what: (offer: Offer) => Partial<Offer>) => {
    for (const id of ids) {
      const offer = must(offers.get(id), `offer ${id} of SOS ${state.id}`);
      offers.set(id, { ...offer, ...what(offer) });
    }
  };
  note(data.delivered, (offer) => ({ deliveredAtMs: offer.deliveredAtMs ?? atMs }));
  // Who has looked at it has it.
  note(data.seen, (offer) => ({
    deliveredAtMs: offer.deliveredAtMs ?? atMs,
    seenAtMs: offer.seenAtMs ?? atMs,
  }));
  return offers;
}

function unreached(state: SosState, { data, atMs }: Of<'sos.offers_unreached'>): ReadonlyMap<string, Offer> {
  const offers = new Map(state.offers);
  for (const id of data.offerIds) {
    offers.set(id, { ...must(offers.get(id), `offer ${id} of SOS ${state.id}`), unreachedAtMs: atMs });
  }
  return offers;
}

function taken(
  state: SosState,
  { data, atMs, type }: Of<'sos.accepted'> | Of<'sos.holder_assigned'>,
): SosState {
  const offerId = type === 'sos.accepted' ? data.offerId : offerIdOf(state, data.responderId);
  const holder: Holder = {
    responderId: data.responderId,
    offerId,
    heldAtMs: atMs,
    departedAtMs: null,
    arrivedAtMs: null,
    nudgedAtMs: null,
  };
  const next: SosState = {
    ...state,
    slots: withHolder(state, data.slot, holder),
    offers: offerId === null ? state.offers : answered(state, [offerId], 'ACCEPTED', atMs),
  };
  return withoutNeed(data.slot === 1 ? primaryIs(next, data.responderId, atMs) : next);
}

/** An offer that stands answers itself when its person is sent. */
function offerIdOf(state: SosState, responderId: string): string | null {
  const stands = (o: Offer) =>
    o.responderId === responderId &&
    (o.status === 'OPEN' || o.status === 'EXPIRED' || o.status === 'RESERVE');
  return [...state.offers.values()].findLast(stands)?.id ?? null;
}

const primaryIs = (state: SosState, responderId: string, atMs: number): SosState => ({
  ...state,
  status: 'ACCEPTED',
  acceptedBy: responderId,
  acceptedAtMs: atMs,
});

/** Nothing is due by itself once every slot is filled. */
const withoutNeed = (state: SosState): SosState =>
  state.slots.every(({ holder }) => holder) ? { ...state, nextWaveAtMs: null } : state;

/** A slot without its holder: the search begins again near the person, from where everybody is now. */
function given(state: SosState, slot: number, atMs: number): SosState {
  const emptied: SosState = {
    ...state,
    slots: withHolder(state, slot, null),
    radiusM: 0,
    nextWaveAtMs: atMs,
  };
  const next = settled(emptied, slot);
  return slot === 1 ? withoutPrimary(next, atMs) : next;
}

const withoutPrimary = (state: SosState, atMs: number): SosState => ({
  ...state,
  status: 'PENDING',
  acceptedBy: null,
  acceptedAtMs: null,
  startedAtMs: null,
  seekingSinceMs: atMs,
  rungsClimbed: 0,
});

function promoted(state: SosState, { data, atMs }: Of<'sos.holder_promoted'>): SosState {
  const { holder } = must(
    state.slots.find(({ slot }) => slot === data.fromSlot),
    'a slot that somebody is promoted from',
  );
  const moved = { ...state, slots: withHolder(state, data.fromSlot, null) };
  const next = { ...moved, slots: withHolder(moved, data.toSlot, holder) };
  return primaryIs(settled(next, data.fromSlot), data.responderId, atMs);
}

/** Nobody has to be made up for at this slot any more: a slot for that is dropped while it is empty, else it is one like others. */
function settled(state: SosState, slot: number): SosState {
  if (!state.slots.some(({ behind }) => behind === slot)) return state;
  const slots = state.slots
    .filter(({ behind, holder }) => behind !== slot || holder !== null)
    .map((s) => (s.behind === slot ? { ...s, behind: null } : s));
  return withoutNeed({ ...state, slots });
}

function arrived(state: SosState, slot: number, atMs: number): SosState {
  const holder = state.slots.find((s) => s.slot === slot)?.holder;
  return holderDid(state, slot, { departedAtMs: holder?.departedAtMs ?? atMs, arrivedAtMs: atMs });
}

function holderDid(state: SosState, slot: number, did: Partial<Holder>): SosState {
  const known = must(
    state.slots.find((s) => s.slot === slot)?.holder,
    `a holder of slot ${slot} of SOS ${state.id}`,
  );
  return { ...state, slots: withHolder(state, slot, { ...known, ...did }) };
}

const withHolder = (state: SosState, slot: number, holder: Holder | null): Slot[] =>
  state.slots.map((s) => (s.slot === slot ? { ...s, holder } : s));

function closed(state: SosState, atMs: number): SosState {
  const slots = state.slots.map((slot) => ({ ...slot, holder: null }));
  return { ...state, closedAtMs: atMs, nextWaveAtMs: null, holdUntilMs: null, slots };
}

function reopened(state: SosState, atMs: number): SosState {
  return {
    ...withoutPrimary(state, atMs),
    slots: state.slots.filter(({ behind }) => behind === null),
    resolvedAtMs: null,
    closedAtMs: null,
    mergedInto: null,
    radiusM: 0,
    nextWaveAtMs: atMs,
  };
}

function escalated(state: SosState, { data }: Of<'sos.escalated'>): SosState {
  const needsHuman = data.step === 'dispatchers' || data.step === 'hand_off';
  return {
    ...state,
    // With a primary on the way, escalation is a level and not a status.
    status: needsHuman && state.slots[0]?.holder === null ? 'ESCALATED' : state.status,
    handOff: data.step === 'hand_off' ? (state.handOff ?? 'needed') : state.handOff,
    escalationLevel: data.level,
    rungsClimbed: data.rungsClimbed,
    nextWaveAtMs: state.nextWaveAtMs === null ? null : data.nextWaveAtMs,
  };
}

function answered(
  state: SosState,
  offerIds: readonly string[],
  status: OfferStatus,
  answeredAtMs: number | null,
  closeReason: OfferCloseReason | null = null,
): ReadonlyMap<string, Offer> {
  const offers = new Map(state.offers);
  for (const id of offerIds) {
    const offer = must(offers.get(id), `offer ${id} of SOS ${state.id}`);
    offers.set(id, { ...offer, status, closeReason, answeredAtMs: answeredAtMs ?? offer.answeredAtMs });
  }
  return offers;
}
