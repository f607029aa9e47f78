import { ok, refused } from '../../lib/result.ts';
import { closing, idsOf } from './answers.ts';
import type { Actor, Decision } from './commands.ts';
import type { SosEvent } from './events.ts';
import {
  heldSlots,
  isHolder,
  isOpen,
  type OfferCloseReason,
  openOffers,
  reserves,
  type SosState,
} from './state.ts';

export function resolve(state: SosState, actor: Actor): Decision {
  if (state.status === 'RESOLVED') return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  if (!isHolder(state, actor.userId) && !actor.isDispatcher) return refused('not_holder');
  if (!wasHelped(state)) return refused('sos_wrong_state');
  return ok([...letGo(state, 'resolved'), { type: 'sos.resolved', data: { responderId: actor.userId } }]);
}

/** Somebody is on the scene or on the way, or another service has it: else there is nothing that could be resolved. */
const wasHelped = (state: SosState) =>
  heldSlots(state).length > 0 || state.handOff === 'reported' || state.handOff === 'confirmed';

export function cancel(state: SosState, reason: string | null, actor: Actor): Decision {
  // Who was merged into this one can't end it for the other.
  if (state.requesterId !== actor.userId && !actor.isDispatcher) return refused('forbidden');
  if (state.status === 'CANCELLED') return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  return ok([...letGo(state, 'cancelled'), { type: 'sos.cancelled', data: { reason, mergedInto: null } }]);
}

/** Two SOS that are the same emergency: one is closed, and the other takes in its requester. */
export function merge(
  from: SosState,
  into: SosState,
  actor: Actor,
  reason: string | null,
): { from: Decision; into: Decision } {
  const both = (decision: Decision) => ({ from: decision, into: decision });
  if (!actor.isDispatcher) return both(refused('forbidden'));
  if (from.mergedInto === into.id) return both(ok([]));
  if (from.id === into.id || from.isDrill !== into.isDrill) return both(refused('sos_wrong_state'));
  if (!isOpen(from) || !isOpen(into)) return both(refused('sos_closed'));
  // Help that is on the way is sent home by no merge: it is the other one that has to go, or they are let go first.
  if (heldSlots(from).length > 0) return both(refused('sos_wrong_state'));
  return {
    from: ok([...letGo(from, 'merged'), { type: 'sos.cancelled', data: { reason, mergedInto: into.id } }]),
    into: ok([{ type: 'sos.joined', data: joining(from) }]),
  };
}

function joining({ id, requesterId, joinedIds, callbackNumber }: SosState) {
  const requesterIds = requesterId === null ? joinedIds : [requesterId, ...joinedIds];
  return { sosId: id, requesterIds, callbackNumber };
}

const letGo = (state: SosState, reason: OfferCloseReason): SosEvent[] =>
  closing(idsOf([...openOffers(state), ...reserves(state)]), reason);
