import { unreachable } from '../../lib/assert.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { apply, begin } from './apply.ts';
import type { Actor, SosCommand, SosCreation, SosRefusal, Surroundings } from './commands.ts';
import type { SosEvent } from './events.ts';
import { isOpen, type OfferCloseReason, openOffers, PRIMARY_SLOT, type SosState } from './state.ts';
import { nextWave, replacement } from './waves.ts';

type Decision = Result<readonly SosEvent[], SosRefusal>;

/** A new SOS and, in the same breath, its first wave: there is no moment at which it exists and nobody is asked. */
export function decideCreation(
  id: string,
  clientId: string,
  creation: SosCreation,
  around: Surroundings,
): readonly SosEvent[] {
  const created: SosEvent = {
    type: 'sos.created',
    data: { ...creation, policyVersion: around.policy.version },
  };
  const state = begin(id, clientId, { ...created, seq: 1, atMs: around.nowMs });
  return [created, ...nextWave(state, around)];
}

/** What a command does to an SOS as it stands: events, none (it is so already), or why not. */
export function decide(state: SosState, command: SosCommand, actor: Actor, around: Surroundings): Decision {
  if (isByPerson(command) && isStranger(state, actor)) return refused('sos_not_found');
  switch (command.type) {
    case 'accept':
      return accept(state, command.offerId, actor, around);
    case 'decline':
      return decline(state, command.offerId, actor, around);
    case 'withdraw':
      return withdraw(state, command.reason, actor, around);
    case 'start':
      return start(state, actor);
    case 'resolve':
      return resolve(state, actor);
    case 'cancel':
      return cancel(state, command.reason, actor);
    case 'escalate':
      return escalate(state, actor, around);
    case 'tick':
      return ok(tick(state, around));
    case 'search':
      return ok(state.status === 'ESCALATED' && isSeeking(state) ? nextWave(state, around) : []);
    case 'release_offers':
      return ok(releaseOffers(state, command.responderId, around));
    default:
      return unreachable(command);
  }
}

function accept(state: SosState, offerId: string, actor: Actor, around: Surroundings): Decision {
  const offer = state.offers.get(offerId);
  if (!offer || offer.responderId !== actor.userId) return refused('offer_not_found');
  if (state.slot?.offerId === offerId) return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  if (state.slot) return refused('offer_filled');
  // Silence is not a no: who answers late is welcome while the slot is open. A decline or a withdrawal is final.
  if (offer.status !== 'OPEN' && offer.status !== 'EXPIRED') return refused('offer_closed');
  if (around.holding(actor.userId)) return refused('already_holding');
  if (!around.isEligible(actor.userId, state.emergencyType)) return refused('not_eligible');
  const others = openOffers(state)
    .filter((o) => o.id !== offerId)
    .map((o) => o.id);
  return ok([
    {
      type: 'sos.accepted',
      data: { offerId, responderId: actor.userId, slot: PRIMARY_SLOT, distanceM: offer.distanceM },
    },
    ...closing(others, 'filled'),
  ]);
}

function decline(state: SosState, offerId: string, actor: Actor, around: Surroundings): Decision {
  const offer = state.offers.get(offerId);
  if (!offer || offer.responderId !== actor.userId) return refused('offer_not_found');
  if (offer.status === 'DECLINED') return ok([]);
  if (offer.status !== 'OPEN' && offer.status !== 'EXPIRED') return refused('offer_closed');
  const declined: SosEvent = { type: 'sos.offer_declined', data: { offerId, responderId: actor.userId } };
  if (!isSeeking(state)) return ok([declined]);
  return ok([declined, ...replacement(after(state, [declined], around), around)]);
}

function withdraw(state: SosState, reason: string | null, actor: Actor, around: Surroundings): Decision {
  if (!isOpen(state)) return refused('sos_closed');
  if (state.slot?.holderId !== actor.userId) return refused('not_holder');
  const withdrawn: SosEvent = {
    type: 'sos.withdrawn',
    data: { responderId: actor.userId, slot: state.slot.slot, reason },
  };
  return ok([withdrawn, ...nextWave(after(state, [withdrawn], around), around)]);
}

function start(state: SosState, actor: Actor): Decision {
  if (!isOpen(state)) return refused('sos_closed');
  if (state.slot?.holderId !== actor.userId) return refused('not_holder');
  if (state.status === 'IN_PROGRESS') return ok([]);
  return ok([{ type: 'sos.started', data: { responderId: actor.userId } }]);
}

function resolve(state: SosState, actor: Actor): Decision {
  if (state.status === 'RESOLVED') return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  const isHolder = state.slot?.holderId === actor.userId;
  if (!isHolder && !actor.isDispatcher) return refused('not_holder');
  if (state.status === 'PENDING') return refused('sos_wrong_state');
  return ok([
    ...closing(openIds(state), 'resolved'),
    { type: 'sos.resolved', data: { responderId: actor.userId } },
  ]);
}

function cancel(state: SosState, reason: string | null, actor: Actor): Decision {
  if (state.requesterId !== actor.userId && !actor.isDispatcher) return refused('forbidden');
  if (state.status === 'CANCELLED') return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  return ok([...closing(openIds(state), 'cancelled'), { type: 'sos.cancelled', data: { reason } }]);
}

function escalate(state: SosState, actor: Actor, around: Surroundings): Decision {
  if (!actor.isDispatcher) return refused('forbidden');
  if (!isOpen(state)) return refused('sos_closed');
  return ok([
    {
      type: 'sos.escalated',
      data: {
        reason: 'asked_for',
        level: state.escalationLevel + 1,
        nextWaveAtMs: state.nextWaveAtMs ?? around.nowMs + around.policy.body.escalatedRetryMs,
      },
    },
  ]);
}

/** Everything that has fallen due by now: offers without an answer end, silence is answered with the next wave. */
function tick(state: SosState, around: Surroundings): SosEvent[] {
  const expired = openOffers(state).filter((offer) => offer.expiresAtMs <= around.nowMs);
  const events: SosEvent[] =
    expired.length > 0
      ? [{ type: 'sos.offers_expired', data: { offerIds: expired.map((offer) => offer.id) } }]
      : [];
  const now = after(state, events, around);
  if (!isSeeking(now)) return events;
  const silent = now.nextWaveAtMs !== null && now.nextWaveAtMs <= around.nowMs;
  const nobodyAsked = now.status === 'PENDING' && openOffers(now).length === 0;
  return silent || nobodyAsked ? [...events, ...nextWave(now, around)] : events;
}

function releaseOffers(state: SosState, responderId: string, around: Surroundings): SosEvent[] {
  const mine = openOffers(state).filter((offer) => offer.responderId === responderId);
  if (mine.length === 0) return [];
  const closed = closing(
    mine.map((offer) => offer.id),
    'busy',
  );
  return isSeeking(state) ? [...closed, ...replacement(after(state, closed, around), around)] : closed;
}

/**
 * When somebody must look at this SOS again, or null while a person owns it (a holder) or it is closed. `nowMs` is
 * the moment of the decision that led here: an escalated SOS for which nobody was found is retried from then.
 */
export function dueAtMs(state: SosState, around: Pick<Surroundings, 'nowMs' | 'policy'>): number | null {
  if (!isSeeking(state)) return null;
  const dues = openOffers(state).map((offer) => offer.expiresAtMs);
  if (state.nextWaveAtMs !== null && state.nextWaveAtMs > around.nowMs) dues.push(state.nextWaveAtMs);
  if (dues.length === 0) dues.push(around.nowMs + around.policy.body.escalatedRetryMs);
  return Math.min(...dues);
}

const isByPerson = (command: SosCommand) => !['tick', 'search', 'release_offers'].includes(command.type);

/** Somebody who has no part in it: not even that it exists is theirs to know. */
function isStranger(state: SosState, actor: Actor): boolean {
  if (actor.isDispatcher || state.requesterId === actor.userId || state.slot?.holderId === actor.userId)
    return false;
  return ![...state.offers.values()].some((offer) => offer.responderId === actor.userId);
}

/** Open, and nobody on the way. */
function isSeeking(state: SosState): boolean {
  return isOpen(state) && !state.slot;
}

const openIds = (state: SosState) => openOffers(state).map((offer) => offer.id);

function closing(offerIds: readonly string[], reason: OfferCloseReason): SosEvent[] {
  return offerIds.length === 0 ? [] : [{ type: 'sos.offers_closed', data: { offerIds, reason } }];
}

/** The state that these events lead to, for deciding what follows from them in the same breath. */
function after(state: SosState, events: readonly SosEvent[], around: Surroundings): SosState {
  let next = state;
  for (const event of events) next = apply(next, { ...event, seq: next.seq + 1, atMs: around.nowMs });
  return next;
}
