import { openOffers, type SosState } from './machine/state.ts';
import type { LogEvent } from './store.ts';

export interface Contact {
  readonly name: string | null;
  readonly phone: string | null;
}

export interface Viewer {
  readonly userId: string;
  readonly isDispatcher: boolean;
}

/** An SOS as it stands, with its exact place: only for those entitled to it. */
export function sosView(state: SosState, requester?: Contact) {
  return {
    sosId: state.id,
    seq: state.seq,
    status: state.status,
    emergencyType: state.emergencyType,
    priority: state.priority,
    point: state.point,
    description: state.description,
    requesterId: state.requesterId,
    ...(requester ? { requesterName: requester.name, requesterPhone: requester.phone } : {}),
    acceptedBy: state.acceptedBy,
    createdAtMs: state.createdAtMs,
    acceptedAtMs: state.acceptedAtMs,
    wave: state.wave,
    openOffers: openOffers(state).length,
    escalationLevel: state.escalationLevel,
  };
}

/** Who may see the exact place, the names and every step of an SOS at this moment (invariant 6). */
export function mayReadSos(viewer: Viewer, state: SosState): boolean {
  return viewer.isDispatcher || isParty(viewer, state);
}

/** Who talks on its chat at this moment. */
export function isParty(viewer: { userId: string }, state: SosState): boolean {
  return state.requesterId === viewer.userId || state.slot?.holderId === viewer.userId;
}

/** The event as somebody may see it: who was asked and who said no is for dispatchers only. */
export function project(viewer: Viewer, event: LogEvent): unknown {
  if (viewer.isDispatcher || !event.stream.startsWith('sos:')) return event.data;
  const data = event.data as Record<string, unknown>;
  if (event.type === 'sos.wave_sent') {
    const { excluded: _, offers, ...rest } = data;
    return { ...rest, offers: Array.isArray(offers) ? offers.length : offers };
  }
  if (event.type === 'sos.offer_declined') return { offerId: data.offerId };
  return data;
}
