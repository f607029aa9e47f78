import { coarseCell, distanceBandM } from '../geo/coarse.ts';
import type { SosEvent } from './machine/events.ts';
import { heldSlots, type OfferCloseReason, type SosState } from './machine/state.ts';

/** What one person is told in their inbox. */
export interface InboxEvent {
  readonly userId: string;
  readonly type:
    | 'offer.sent'
    | 'offer.closed'
    | 'sos.assigned'
    | 'sos.promoted'
    | 'sos.nudged'
    | 'sos.released';
  readonly data: Readonly<Record<string, unknown>>;
}

type ReleaseReason = 'withdrawn' | 'released' | 'resolved' | 'cancelled' | 'merged';

/** What is offered: a cell, a band of distance and a kind of emergency; never an exact place (invariant 6). */
export function coarseOffer(sos: SosState, offer: { id: string; distanceM: number; expiresAtMs: number }) {
  return {
    offerId: offer.id,
    sosId: sos.id,
    emergencyType: sos.emergencyType,
    priority: sos.priority,
    cell: coarseCell(sos.point),
    distanceBandM: distanceBandM(offer.distanceM),
    expiresAtMs: offer.expiresAtMs,
    isDrill: sos.isDrill,
    origin: sos.origin,
  };
}

/**
 * What an event of an SOS means to the people asked and to the holder. `before` is the SOS as it stood, null when
 * it did not exist.
 */
export function inboxOf(event: SosEvent, before: SosState | null, after: SosState): InboxEvent[] {
  switch (event.type) {
    case 'sos.wave_sent':
      return event.data.offers.map((sent) => ({
        userId: sent.responderId,
        type: 'offer.sent',
        data: coarseOffer(after, {
          id: sent.offerId,
          distanceM: sent.distanceM,
          expiresAtMs: sent.expiresAtMs,
        }),
      }));
    case 'sos.offer_declined':
      return closed(after, [event.data.offerId], 'declined');
    case 'sos.offers_expired':
      return closed(after, event.data.offerIds, 'expired');
    case 'sos.offers_closed':
      return closed(after, event.data.offerIds, event.data.reason);
    case 'sos.reserve_joined':
      return closed(after, [event.data.offerId], 'reserve');
    case 'sos.accepted':
    case 'sos.holder_assigned': {
      const { responderId, slot, role } = event.data;
      return [{ userId: responderId, type: 'sos.assigned', data: { sosId: after.id, slot, role } }];
    }
    case 'sos.holder_promoted': {
      const { responderId, toSlot: slot } = event.data;
      return [{ userId: responderId, type: 'sos.promoted', data: { sosId: after.id, slot } }];
    }
    case 'sos.holder_nudged':
      return [{ userId: event.data.responderId, type: 'sos.nudged', data: { sosId: after.id } }];
    case 'sos.withdrawn':
      return [released(event.data.responderId, after.id, 'withdrawn')];
    case 'sos.holder_released':
      return [released(event.data.responderId, after.id, 'released')];
    case 'sos.resolved':
      return everybodyReleased(before, after.id, 'resolved');
    case 'sos.cancelled':
      return everybodyReleased(before, after.id, event.data.mergedInto ? 'merged' : 'cancelled');
    default:
      return [];
  }
}

const everybodyReleased = (before: SosState | null, sosId: string, reason: ReleaseReason): InboxEvent[] =>
  before ? heldSlots(before).map(({ holder }) => released(holder.responderId, sosId, reason)) : [];

const released = (userId: string, sosId: string, reason: ReleaseReason): InboxEvent => ({
  userId,
  type: 'sos.released',
  data: { sosId, reason },
});

function closed(
  sos: SosState,
  offerIds: readonly string[],
  reason: OfferCloseReason | 'expired' | 'declined' | 'reserve',
): InboxEvent[] {
  return offerIds.flatMap((offerId) => {
    const offer = sos.offers.get(offerId);
    return offer
      ? [
          {
            userId: offer.responderId,
            type: 'offer.closed' as const,
            data: { offerId, sosId: sos.id, reason },
          },
        ]
      : [];
  });
}
