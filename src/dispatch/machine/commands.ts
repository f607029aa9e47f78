import type { LatLng } from '../../geo/lat-lng.ts';
import type { Result } from '../../lib/result.ts';
import type { Policy } from '../policy.ts';
import type { Rule } from '../rule.ts';
import type { MatchRecord, SosCreated, SosEvent } from './events.ts';
import type { SosState } from './state.ts';

export type { Candidate } from './events.ts';

/** Who asks for something, as far as the decision depends on it. */
export interface Actor {
  readonly userId: string;
  readonly isDispatcher: boolean;
}

/** What people ask of an SOS that exists. */
export type PersonalCommand =
  | { readonly type: 'accept'; readonly offerId: string }
  | { readonly type: 'decline'; readonly offerId: string }
  | { readonly type: 'withdraw'; readonly reason: string | null }
  | { readonly type: 'depart' }
  | { readonly type: 'arrive' }
  | { readonly type: 'start' }
  | { readonly type: 'resolve' }
  | { readonly type: 'cancel'; readonly reason: string | null };

/** What only dispatchers ask of it. */
export type DispatcherCommand =
  | { readonly type: 'escalate'; readonly reason: string | null }
  /** Null: whoever asks becomes its owner. */
  | { readonly type: 'take_over'; readonly ownerId: string | null }
  | { readonly type: 'assign'; readonly responderId: string; readonly slot: number | null }
  | { readonly type: 'release'; readonly responderId: string; readonly reason: string | null }
  | { readonly type: 'hold'; readonly forMs: number; readonly reason: string | null }
  | { readonly type: 'unhold' }
  | { readonly type: 'reopen'; readonly reason: string | null }
  | {
      readonly type: 'hand_off';
      readonly service: string;
      readonly state: 'reported' | 'confirmed';
      readonly reference: string | null;
      readonly note: string | null;
    };

/** What time, positions and other SOS ask of it. */
export type InnerCommand =
  /** Somebody has to look at it again: a deadline has come. */
  | { readonly type: 'tick' }
  /** Somebody may have come near an SOS for which nobody was left to ask. */
  | { readonly type: 'search' }
  /** A phone has said where it is: perhaps its person would be there sooner than whoever is asked. */
  | { readonly type: 'reconsider'; readonly responderId: string }
  | { readonly type: 'moved'; readonly responderId: string; readonly what: 'departed' | 'arrived' }
  | { readonly type: 'received'; readonly delivered: readonly string[]; readonly seen: readonly string[] }
  /** This person has taken another SOS: their open offers here are void, and so is their part in a drill. */
  | { readonly type: 'release_offers'; readonly responderId: string };

export type SosCommand = PersonalCommand | DispatcherCommand | InnerCommand;

export type SosCreation = Omit<SosCreated, 'policyVersion' | 'rule' | 'duplicates'>;

/** Why a command changes nothing. */
export type SosRefusal =
  | 'forbidden'
  /** There is no such SOS, or none that this person has a part in: the answer is the same. */
  | 'sos_not_found'
  | 'sos_closed'
  | 'sos_wrong_state'
  | 'sos_held'
  /** Somebody else has changed it since it was looked at. */
  | 'sos_changed'
  | 'offer_not_found'
  | 'offer_filled'
  | 'offer_closed'
  | 'already_holding'
  | 'not_holder'
  | 'not_eligible';

export interface Search {
  readonly point: LatLng;
  readonly rule: Rule;
  readonly radiusM: number;
  readonly limit: number;
  /** People fit with one of these; empty: everybody. */
  readonly skills: readonly string[];
  /** Asked already, or not to be asked: the requester, who declined, who was asked before. */
  readonly not: ReadonlySet<string>;
  /** Asked before everybody else when they may be, however far and beyond the limit. */
  readonly first: readonly string[];
  /** Nobody else is asked; null: everybody may be. */
  readonly only: string | null;
  readonly nowMs: number;
}

export type Explanation = Pick<MatchRecord, 'excluded' | 'excludedCounts'>;

/** Who was found, in their order, and where. */
export type Found = Pick<MatchRecord, 'scene' | 'candidates'>;

/** What a decision may look at besides the state: all of it passed in, so that the same inputs decide the same. */
export interface Surroundings {
  readonly nowMs: number;
  /** By which a new SOS is decided; one that exists has its own rule. */
  readonly policy: Policy;
  readonly newId: () => string;
  /** The best eligible people within the radius, lowest score first. */
  readonly search: (search: Search) => Found;
  /** Who was passed over in that search, and why. */
  readonly explain: (search: Search, candidates: Found['candidates']) => Explanation;
  /** Whether this person may take a slot of this SOS that wants one of these skills at this moment. */
  readonly isEligible: (
    responderId: string,
    skills: readonly string[],
    sos: Pick<SosState, 'rule' | 'drillFor'>,
  ) => boolean;
  /** Whether somebody who is on the way already is qualified for these skills, wherever their phone is now. */
  readonly isQualified: (responderId: string, skills: readonly string[]) => boolean;
  /** Why the search would not ask this person; `unknown`: nobody who offers help. */
  readonly reasonAgainst: (responderId: string, skills: readonly string[], rule: Rule) => string | null;
  /** The SOS whose slot this person holds; of drills, when this is one. */
  readonly holding: (responderId: string, isDrill: boolean) => string | null;
  /** Open SOS that may be the same emergency. */
  readonly duplicatesOf: (point: LatLng) => readonly string[];
}

/** What a command does: the events that follow, or why there are none. */
export type Decision = Result<readonly SosEvent[], SosRefusal>;
