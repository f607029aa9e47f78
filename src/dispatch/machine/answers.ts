import { ok, refused } from '../../lib/result.ts';
import { after } from './after.ts';
import type { Actor, Decision, Surroundings } from './commands.ts';
import type { SosEvent } from './events.ts';
import {
  emptySlots,
  type HeldSlot,
  heldSlots,
  isOpen,
  isSeeking,
  type Offer,
  type OfferCloseReason,
  openOffers,
  reserves,
  type SosState,
  slotOf,
} from './state.ts';
import { nextWave, replacement, slotFor } from './waves.ts';

/** The reasons for which an offer ended through no choice of its person: their late yes is still worth something. */
const NOT_THEIR_CHOICE: ReadonlySet<OfferCloseReason | null> = new Set(['filled', 'stood_down']);

/** Silence is not a no: who answers late is welcome while a slot is open. A decline or a withdrawal is final. */
function mayBeAccepted({ status, closeReason }: Offer): boolean {
  if (status === 'CLOSED') return NOT_THEIR_CHOICE.has(closeReason);
  return status === 'OPEN' || status === 'EXPIRED' || status === 'RESERVE';
}

export function accept(state: SosState, offerId: string, actor: Actor, around: Surroundings): Decision {
  const offer = state.offers.get(offerId);
  if (!offer || offer.responderId !== actor.userId) return refused('offer_not_found');
  if (slotOf(state, actor.userId)) return ok([]);
  if (!isOpen(state)) return refused('sos_closed');
  if (!mayBeAccepted(offer)) return refused('offer_closed');
  if (state.holdUntilMs !== null) return refused('sos_held');
  if (emptySlots(state).length === 0) return stayReady(state, offer, around);
  if (around.holding(actor.userId, state.isDrill) !== null) return refused('already_holding');
  const slot = slotFor(state, offer.fitsAll, (skills) => around.isEligible(actor.userId, skills, state));
  if (!slot) return refused('not_eligible');
  const accepted: SosEvent = {
    type: 'sos.accepted',
    data: {
      offerId,
      responderId: actor.userId,
      slot: slot.slot,
      role: slot.role,
      distanceM: offer.distanceM,
    },
  };
  return ok([accepted, ...standDown(after(state, [accepted], around.nowMs))]);
}

/** Every slot is filled: the first who come late are kept ready, the others hear the truth. */
function stayReady(state: SosState, offer: Offer, around: Surroundings): Decision {
  if (offer.status === 'RESERVE') return ok([]);
  const { id: offerId, responderId } = offer;
  const isElsewhere = around.holding(responderId, state.isDrill) !== null;
  // Who stands ready by an earlier offer does so once: else they would be asked twice at the same time.
  const before = reserves(state).filter((reserve) => reserve.responderId === responderId);
  const others = reserves(state).length - before.length;
  if (isElsewhere || others >= state.rule.reservesMax) return refused('offer_filled');
  return ok([
    ...closing(idsOf(before), 'asked_again'),
    { type: 'sos.reserve_joined', data: { offerId, responderId } },
  ]);
}

/** When nobody is wanted any more, who has not answered is let go. */
export function standDown(state: SosState): SosEvent[] {
  return emptySlots(state).length === 0 ? closing(idsOf(openOffers(state)), 'filled') : [];
}

export function decline(state: SosState, offerId: string, actor: Actor, around: Surroundings): Decision {
  const offer = state.offers.get(offerId);
  if (!offer || offer.responderId !== actor.userId) return refused('offer_not_found');
  if (offer.status === 'DECLINED') return ok([]);
  if (offer.status !== 'OPEN' && offer.status !== 'EXPIRED' && offer.status !== 'RESERVE')
    return refused('offer_closed');
  const declined: SosEvent = { type: 'sos.offer_declined', data: { offerId, responderId: actor.userId } };
  if (!isSeeking(state)) return ok([declined]);
  return ok([declined, ...replacement(after(state, [declined], around.nowMs), around)]);
}

export function withdraw(
  state: SosState,
  reason: string | null,
  actor: Actor,
  around: Surroundings,
): Decision {
  if (!isOpen(state)) return refused('sos_closed');
  const held = slotOf(state, actor.userId);
  if (!held) return refused('not_holder');
  const withdrawn: SosEvent = {
    type: 'sos.withdrawn',
    data: { responderId: actor.userId, slot: held.slot, reason },
  };
  return ok([withdrawn, ...refill(after(state, [withdrawn], around.nowMs), around)]);
}

/** After a slot came free: somebody on the way becomes the primary where there is none, and others are asked. */
export function refill(state: SosState, around: Surroundings): SosEvent[] {
  const promoted = promotion(state, around);
  const next = after(state, promoted, around.nowMs);
  return isSeeking(next) ? [...promoted, ...nextWave(next, around)] : promoted;
}

/** Who is on the way becomes the primary where there is none. */
export function promotion(state: SosState, around: Surroundings): SosEvent[] {
  const [first] = state.slots;
  if (!first || first.holder) return [];
  const best = heldSlots(state)
    .filter(({ holder }) => around.isQualified(holder.responderId, first.skills))
    .toSorted(nearness)[0];
  if (!best) return [];
  const { slot: fromSlot, holder } = best;
  return [
    { type: 'sos.holder_promoted', data: { responderId: holder.responderId, fromSlot, toSlot: first.slot } },
  ];
}

/** Who is there comes before who has set off, and the earlier yes before the later one. */
function nearness({ holder: a }: HeldSlot, { holder: b }: HeldSlot): number {
  const rank = (h: HeldSlot['holder']) => (h.arrivedAtMs !== null ? 0 : h.departedAtMs !== null ? 1 : 2);
  return rank(a) - rank(b) || a.heldAtMs - b.heldAtMs;
}

/**
 * Somebody has taken another SOS: what they are asked here is void. Their part in a drill ends too, since the real SOS
 * takes them.
 */
export function releaseOffers(state: SosState, responderId: string, around: Surroundings): SosEvent[] {
  const mine = [...openOffers(state), ...reserves(state)].filter(
    (offer) => offer.responderId === responderId,
  );
  const closed = closing(idsOf(mine), 'busy');
  const held = state.isDrill && isOpen(state) ? slotOf(state, responderId) : null;
  const released: SosEvent[] = held
    ? [{ type: 'sos.holder_released', data: { responderId, slot: held.slot, reason: 'real_sos' } }]
    : [];
  const events = [...closed, ...released];
  if (events.length === 0) return [];
  const next = after(state, events, around.nowMs);
  if (held) return [...events, ...refill(next, around)];
  return isSeeking(state) && mine.some(({ status }) => status === 'OPEN')
    ? [...events, ...replacement(next, around)]
    : events;
}

export const idsOf = (offers: readonly Offer[]) => offers.map((offer) => offer.id);

export function closing(offerIds: readonly string[], reason: OfferCloseReason): SosEvent[] {
  return offerIds.length === 0 ? [] : [{ type: 'sos.offers_closed', data: { offerIds, reason } }];
}
