import type { LatLng } from '../../geo/lat-lng.ts';
import type { Policy } from '../policy.ts';
import type { EmergencyType, Priority } from './state.ts';

/** Who asks for something, as far as the decision depends on it. */
export interface Actor {
  readonly userId: string;
  readonly isDispatcher: boolean;
}

/** What can be asked of an SOS that exists. */
export type SosCommand =
  | { readonly type: 'accept'; readonly offerId: string }
  | { readonly type: 'decline'; readonly offerId: string }
  | { readonly type: 'withdraw'; readonly reason: string | null }
  | { readonly type: 'start' }
  | { readonly type: 'resolve' }
  | { readonly type: 'cancel'; readonly reason: string | null }
  | { readonly type: 'escalate'; readonly reason: string | null }
  /** Somebody has to look at it again: a deadline has come. */
  | { readonly type: 'tick' }
  /** Somebody may have come near an SOS for which nobody was left to ask. */
  | { readonly type: 'search' }
  /** This person has taken another SOS: their open offers here are void. */
  | { readonly type: 'release_offers'; readonly responderId: string };

export interface SosCreation {
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly description: string | null;
  readonly requesterId: string | null;
}

/** Why a command changes nothing. */
export type SosRefusal =
  | 'forbidden'
  /** There is no such SOS, or none that this person has a part in: the answer is the same. */
  | 'sos_not_found'
  | 'sos_closed'
  | 'sos_wrong_state'
  | 'offer_not_found'
  | 'offer_filled'
  | 'offer_closed'
  | 'already_holding'
  | 'not_holder'
  | 'not_eligible';

export interface Candidate {
  readonly responderId: string;
  readonly distanceM: number;
  readonly etaMs: number;
}

export interface Search {
  readonly point: LatLng;
  readonly emergencyType: EmergencyType;
  readonly radiusM: number;
  readonly limit: number;
  /** Asked already, or not to be asked: the requester, who declined, who was asked before. */
  readonly not: ReadonlySet<string>;
}

/** What a decision may look at besides the state: all of it passed in, so that the same inputs decide the same. */
export interface Surroundings {
  readonly nowMs: number;
  readonly policy: Policy;
  readonly newId: () => string;
  /** The best eligible people within the radius, soonest expected arrival first. */
  readonly search: (search: Search) => {
    candidates: readonly Candidate[];
    excluded: Readonly<Record<string, number>>;
  };
  /** Whether this person may take this kind of emergency at this moment. */
  readonly isEligible: (responderId: string, type: EmergencyType) => boolean;
  /** The SOS whose slot this person holds. */
  readonly holding: (responderId: string) => string | null;
}
