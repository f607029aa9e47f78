import type { LatLng } from '../../geo/lat-lng.ts';

export type EmergencyType = 'MEDICAL' | 'FIRE' | 'ACCIDENT' | 'CRIME' | 'NATURAL_DISASTER' | 'OTHER';
export type Priority = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
export type SosStatus = 'PENDING' | 'ACCEPTED' | 'IN_PROGRESS' | 'RESOLVED' | 'CANCELLED' | 'ESCALATED';
export type OfferStatus = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'EXPIRED' | 'CLOSED';
export type OfferCloseReason = 'filled' | 'cancelled' | 'resolved' | 'stood_down' | 'busy';

export interface Offer {
  readonly id: string;
  readonly responderId: string;
  readonly wave: number;
  readonly distanceM: number;
  /** Expected time from the offer to standing beside the person. */
  readonly etaMs: number;
  readonly status: OfferStatus;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  readonly answeredAtMs: number | null;
}

/** The primary slot: what the status of an SOS speaks of. */
export interface Slot {
  readonly slot: number;
  readonly holderId: string;
  readonly offerId: string;
  readonly heldAtMs: number;
}

/** One SOS at number `seq` of its stream. */
export interface SosState {
  readonly id: string;
  /** The id the requester's device gave it. */
  readonly clientId: string;
  readonly seq: number;
  readonly requesterId: string | null;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly description: string | null;
  readonly status: SosStatus;
  readonly policyVersion: number;
  readonly createdAtMs: number;
  readonly acceptedBy: string | null;
  readonly acceptedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly closedAtMs: number | null;
  /** Waves sent so far, and how far the last one reached. */
  readonly wave: number;
  readonly radiusM: number;
  /** When silence is answered with the next wave; null while somebody holds the slot or it is closed. */
  readonly nextWaveAtMs: number | null;
  readonly escalationLevel: number;
  readonly slot: Slot | null;
  readonly offers: ReadonlyMap<string, Offer>;
  /** Who is never offered this SOS again: declined it, or gave it back. */
  readonly declined: ReadonlySet<string>;
}

export const PRIMARY_SLOT = 1;

export function isOpen(state: SosState): boolean {
  return state.status !== 'RESOLVED' && state.status !== 'CANCELLED';
}

export function openOffers(state: SosState): Offer[] {
  return [...state.offers.values()].filter((offer) => offer.status === 'OPEN');
}
