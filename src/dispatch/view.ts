import { may } from '../access/may.ts';
import type { Relation } from '../access/words.ts';
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
  return may(subjectOf(viewer), 'read', 'sos', relationsTo(viewer, state)).allowed;
}

/** Who talks on its chat at this moment. */
export function isParty(viewer: { userId: string }, state: SosState): boolean {
  return may(NO_GRANTS, 'read', 'chat', relationsTo(viewer, state)).allowed;
}

/** How somebody stands to an SOS, in the words of the access matrix. */
export function relationsTo({ userId }: { userId: string }, state: SosState): Relation[] {
  const relations: Relation[] = [];
  if (state.requesterId === userId) relations.push('requester');
  if (state.slot?.holderId === userId) relations.push('holder');
  return relations;
}

const NO_GRANTS = { grants: [] } as const;
const DISPATCHER = { grants: ['dispatcher'] } as const;

const subjectOf = ({ isDispatcher }: Viewer) => (isDispatcher ? DISPATCHER : NO_GRANTS);

/** The event as somebody may see it: who was asked and who said no is for dispatchers only. */
export function project(viewer: Viewer, event: LogEvent): unknown {
  if (!event.stream.startsWith('sos:') || may(subjectOf(viewer), 'read', 'sos_asked').allowed)
    return event.data;
  const data = event.data as Record<string, unknown>;
  if (event.type === 'sos.wave_sent') {
    const { excluded: _, offers, ...rest } = data;
    return { ...rest, offers: Array.isArray(offers) ? offers.length : offers };
  }
  if (event.type === 'sos.offer_declined') return { offerId: data.offerId };
  return data;
}
