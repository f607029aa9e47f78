import { assert, must, unreachable } from '../../lib/assert.ts';
import type { SosEvent } from './events.ts';
import type { Offer, OfferStatus, SosState } from './state.ts';

/** An event with its place in the stream and the time of the decision. */
export type Happened = SosEvent & { readonly seq: number; readonly atMs: number };

/** The SOS that begins with this `sos.created`. */
export function begin(id: string, clientId: string, event: Happened): SosState {
  assert(event.type === 'sos.created' && event.seq === 1, 'a stream of an SOS begins with sos.created at 1');
  return {
    id,
    clientId,
    seq: 1,
    ...event.data,
    status: 'PENDING',
    createdAtMs: event.atMs,
    acceptedBy: null,
    acceptedAtMs: null,
    startedAtMs: null,
    resolvedAtMs: null,
    closedAtMs: null,
    wave: 0,
    radiusM: 0,
    nextWaveAtMs: event.atMs,
    escalationLevel: 0,
    slot: null,
    offers: new Map(),
    declined: new Set(),
  };
}

/** The state after the next event. Decides nothing: what is in the log happened. */
export function apply(state: SosState, event: Happened): SosState {
  assert(event.seq === state.seq + 1, `event ${event.seq} does not follow ${state.seq}`);
  return { ...changed(state, event), seq: event.seq };
}

function changed(state: SosState, event: Happened): SosState {
  switch (event.type) {
    case 'sos.created':
      throw new Error('an SOS is created once');
    case 'sos.wave_sent':
      return waveSent(state, event);
    case 'sos.offer_declined':
      return {
        ...state,
        offers: answered(state, [event.data.offerId], 'DECLINED', event.atMs),
        declined: new Set([...state.declined, event.data.responderId]),
      };
    case 'sos.offers_expired':
      return { ...state, offers: answered(state, event.data.offerIds, 'EXPIRED', null) };
    case 'sos.offers_closed':
      return { ...state, offers: answered(state, event.data.offerIds, 'CLOSED', null) };
    case 'sos.accepted':
      return accepted(state, event);
    case 'sos.withdrawn':
      return {
        ...reopened(state, event.atMs),
        declined: new Set([...state.declined, event.data.responderId]),
      };
    case 'sos.started':
      return { ...state, status: 'IN_PROGRESS', startedAtMs: event.atMs };
    case 'sos.resolved':
      return { ...closed(state, event.atMs), status: 'RESOLVED', resolvedAtMs: event.atMs };
    case 'sos.cancelled':
      return { ...closed(state, event.atMs), status: 'CANCELLED' };
    case 'sos.escalated':
      return {
        ...state,
        // With a holder on the way, escalation is a level and not a status.
        status: state.slot ? state.status : 'ESCALATED',
        escalationLevel: event.data.level,
        nextWaveAtMs: state.slot ? null : event.data.nextWaveAtMs,
      };
    default:
      return unreachable(event);
  }
}

function waveSent(state: SosState, event: Extract<Happened, { type: 'sos.wave_sent' }>): SosState {
  const { wave, radiusM, nextWaveAtMs } = event.data;
  const offers = new Map(state.offers);
  for (const sent of event.data.offers) {
    offers.set(sent.offerId, {
      id: sent.offerId,
      responderId: sent.responderId,
      wave,
      distanceM: sent.distanceM,
      etaMs: sent.etaMs,
      status: 'OPEN',
      sentAtMs: event.atMs,
      expiresAtMs: sent.expiresAtMs,
      answeredAtMs: null,
    });
  }
  return { ...state, wave, radiusM, nextWaveAtMs, offers };
}

function accepted(state: SosState, event: Extract<Happened, { type: 'sos.accepted' }>): SosState {
  const { offerId, responderId, slot } = event.data;
  return {
    ...state,
    status: 'ACCEPTED',
    acceptedBy: responderId,
    acceptedAtMs: event.atMs,
    nextWaveAtMs: null,
    slot: { slot, holderId: responderId, offerId, heldAtMs: event.atMs },
    offers: answered(state, [offerId], 'ACCEPTED', event.atMs),
  };
}

function reopened(state: SosState, atMs: number): SosState {
  return {
    ...state,
    status: 'PENDING',
    acceptedBy: null,
    acceptedAtMs: null,
    startedAtMs: null,
    slot: null,
    // The search begins again near the person, from where everybody is now.
    radiusM: 0,
    nextWaveAtMs: atMs,
  };
}

function closed(state: SosState, atMs: number): SosState {
  return { ...state, closedAtMs: atMs, nextWaveAtMs: null, slot: null };
}

function answered(
  state: SosState,
  offerIds: readonly string[],
  status: OfferStatus,
  answeredAtMs: number | null,
): ReadonlyMap<string, Offer> {
  const offers = new Map(state.offers);
  for (const id of offerIds) {
    const offer = must(offers.get(id), `offer ${id} of SOS ${state.id}`);
    offers.set(id, { ...offer, status, answeredAtMs: answeredAtMs ?? offer.answeredAtMs });
  }
  return offers;
}
