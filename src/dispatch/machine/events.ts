import type { LatLng } from '../../geo/lat-lng.ts';
import type { EmergencyType, OfferCloseReason, Priority } from './state.ts';

export interface OfferSent {
  readonly offerId: string;
  readonly responderId: string;
  readonly distanceM: number;
  readonly etaMs: number;
  readonly expiresAtMs: number;
}

/** What can happen to an SOS. These rows are its audit trail, its timeline and what replays it. */
export type SosEvent =
  | {
      readonly type: 'sos.created';
      readonly data: {
        readonly emergencyType: EmergencyType;
        readonly priority: Priority;
        readonly point: LatLng;
        readonly description: string | null;
        readonly requesterId: string | null;
        readonly policyVersion: number;
      };
    }
  | {
      readonly type: 'sos.wave_sent';
      readonly data: {
        readonly wave: number;
        readonly radiusM: number;
        readonly policyVersion: number;
        readonly offers: readonly OfferSent[];
        /** People nearby who were not offered, counted by reason. */
        readonly excluded: Readonly<Record<string, number>>;
        /** When the next wave follows silence; unchanged when one decline was replaced. */
        readonly nextWaveAtMs: number;
      };
    }
  | {
      readonly type: 'sos.offer_declined';
      readonly data: { readonly offerId: string; readonly responderId: string };
    }
  | { readonly type: 'sos.offers_expired'; readonly data: { readonly offerIds: readonly string[] } }
  | {
      readonly type: 'sos.offers_closed';
      readonly data: { readonly offerIds: readonly string[]; readonly reason: OfferCloseReason };
    }
  | {
      readonly type: 'sos.accepted';
      readonly data: {
        readonly offerId: string;
        readonly responderId: string;
        readonly slot: number;
        readonly distanceM: number;
      };
    }
  | {
      readonly type: 'sos.withdrawn';
      readonly data: { readonly responderId: string; readonly slot: number; readonly reason: string | null };
    }
  | { readonly type: 'sos.started'; readonly data: { readonly responderId: string } }
  | { readonly type: 'sos.resolved'; readonly data: { readonly responderId: string } }
  | { readonly type: 'sos.cancelled'; readonly data: { readonly reason: string | null } }
  | {
      readonly type: 'sos.escalated';
      readonly data: {
        readonly reason: 'nobody_left' | 'asked_for';
        readonly level: number;
        readonly nextWaveAtMs: number;
      };
    };

export type SosEventType = SosEvent['type'];
