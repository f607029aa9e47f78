import { coarseCell, distanceBandM } from '../geo/coarse.ts';
import type { SosEvent } from './machine/events.ts';
import type { OfferCloseReason, SosState } from './machine/state.ts';

/** What one person is told in their inbox. */
export interface InboxEvent {
  readonly userId: string;
  readonly type: 'offer.sent' | 'offer.closed' | 'sos.assigned' | 'sos.released';
  readonly data: Readonly<Record<string, unknown>>;
}

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
    case 'sos.accepted':
      return [
        {
          userId: event.data.responderId,
          type: 'sos.assigned',
          data: { sosId: after.id, slot: event.data.slot },
        },
      ];
    case 'sos.withdrawn':
      return [released(event.data.responderId, after.id, 'withdrawn')];
    case 'sos.resolved':
    case 'sos.cancelled': {
      const holderId = before?.slot?.holderId;
      return holderId
        ? [released(holderId, after.id, event.type === 'sos.resolved' ? 'resolved' : 'cancelled')]
        : [];
    }
    default:
      return [];
  }
}

const released = (
  userId: string,
  sosId: string,
  reason: 'withdrawn' | 'resolved' | 'cancelled',
): InboxEvent => ({
  userId,
  type: 'sos.released',
  data: { sosId, reason },
});

function closed(
  sos: SosState,
  offerIds: readonly string[],
  reason: OfferCloseReason | 'expired' | 'declined',
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
