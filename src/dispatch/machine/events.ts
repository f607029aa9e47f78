import type { LatLng } from '../../geo/lat-lng.ts';
import type { Arrival, ArrivalInputs, ArrivalScene } from '../arrival.ts';
import type { Rule, Step } from '../rule.ts';
import type { EmergencyType, HandOffState, OfferCloseReason, Origin, Priority, SlotRole } from './state.ts';

export interface OfferSent {
  readonly offerId: string;
  readonly responderId: string;
  readonly distanceM: number;
  readonly etaMs: number;
  readonly pArrive: number;
  readonly fitsAll: boolean;
  readonly expiresAtMs: number;
}

/** Somebody who could be asked, and the arithmetic of their place in the order. */
export interface Candidate extends ArrivalInputs, Arrival {
  readonly responderId: string;
}

/** How it was decided whom to ask: enough to decide it again. */
export interface MatchRecord {
  readonly scene: ArrivalScene;
  /** In their order; those asked come first, reserves before everybody. */
  readonly candidates: readonly Candidate[];
  /** Of the nearest 200, who was passed over and why, one by one … */
  readonly excluded: readonly (readonly [responderId: string, reason: string, distanceM: number])[];
  /** … and how many were looked at in all, by reason. */
  readonly excludedCounts: Readonly<Record<string, number>>;
}

interface Held {
  readonly responderId: string;
  readonly slot: number;
}

/** By position, or because somebody said so. */
export type SeenBy = 'position' | 'person' | 'dispatcher';

export interface SosCreated {
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly description: string | null;
  readonly requesterId: string | null;
  readonly origin: Origin;
  readonly raisedBy: string | null;
  /** Raised by a machine: the alert for which it was. */
  readonly alertId: string | null;
  readonly callbackNumber: string | null;
  readonly addressText: string | null;
  readonly isDrill: boolean;
  readonly drillFor: string | null;
  readonly duplicates: readonly string[];
  readonly policyVersion: number;
  readonly rule: Rule;
}

interface EventData {
  readonly 'sos.created': SosCreated;
  readonly 'sos.wave_sent': {
    readonly wave: number;
    readonly radiusM: number;
    readonly policyVersion: number;
    readonly offers: readonly OfferSent[];
    readonly match: MatchRecord;
    /** When the next wave follows silence; unchanged when one decline was replaced. */
    readonly nextWaveAtMs: number;
  };
  readonly 'sos.offers_received': { readonly delivered: readonly string[]; readonly seen: readonly string[] };
  readonly 'sos.offer_declined': { readonly offerId: string; readonly responderId: string };
  readonly 'sos.offers_expired': { readonly offerIds: readonly string[] };
  /** No device says that it has them. They stand, and others are asked in their place. */
  readonly 'sos.offers_unreached': { readonly offerIds: readonly string[] };
  readonly 'sos.offers_closed': { readonly offerIds: readonly string[]; readonly reason: OfferCloseReason };
  readonly 'sos.accepted': Held & {
    readonly offerId: string;
    readonly role: SlotRole;
    readonly distanceM: number;
  };
  readonly 'sos.reserve_joined': { readonly offerId: string; readonly responderId: string };
  /** A dispatcher sent somebody. `despite`: why the search would not have asked them. */
  readonly 'sos.holder_assigned': Held & { readonly role: SlotRole; readonly despite: string | null };
  readonly 'sos.withdrawn': Held & { readonly reason: string | null };
  /** Taken out by a dispatcher, or because a real SOS took them out of a drill. */
  readonly 'sos.holder_released': Held & { readonly reason: string | null };
  /** The primary gave it back, and somebody on the way takes their place. */
  readonly 'sos.holder_promoted': {
    readonly responderId: string;
    readonly fromSlot: number;
    readonly toSlot: number;
  };
  readonly 'sos.departed': Held & { readonly by: SeenBy };
  readonly 'sos.arrived': Held & { readonly by: SeenBy };
  readonly 'sos.holder_nudged': Held;
  readonly 'sos.slot_added': {
    readonly slot: number;
    readonly role: SlotRole;
    readonly skills: readonly string[];
    readonly behind: number | null;
  };
  readonly 'sos.started': { readonly responderId: string };
  readonly 'sos.resolved': { readonly responderId: string };
  readonly 'sos.cancelled': { readonly reason: string | null; readonly mergedInto: string | null };
  readonly 'sos.escalated': {
    readonly reason: 'nobody_left' | 'no_answer' | 'asked_for';
    readonly step: Step;
    readonly level: number;
    readonly rungsClimbed: number;
    readonly nextWaveAtMs: number;
  };
  readonly 'sos.taken_over': { readonly ownerId: string; readonly from: string | null };
  readonly 'sos.held': { readonly ownerId: string; readonly untilMs: number; readonly reason: string | null };
  readonly 'sos.unheld': Readonly<Record<string, never>>;
  readonly 'sos.reopened': { readonly reason: string | null };
  /** Another SOS turned out to be the same emergency: its requester belongs to this one now. */
  readonly 'sos.joined': {
    readonly sosId: string;
    readonly requesterIds: readonly string[];
    readonly callbackNumber: string | null;
  };
  /** What an external service was told. `confirmed` only when that service itself answered. */
  readonly 'sos.handed_off': {
    readonly handOffId: string;
    readonly service: string;
    readonly state: Exclude<HandOffState, 'needed'>;
    readonly reference: string | null;
    readonly note: string | null;
  };
}

export type SosEventType = keyof EventData;

/** What can happen to an SOS. These rows are its audit trail, its timeline and what replays it. */
export type SosEvent = {
  [T in SosEventType]: { readonly type: T; readonly data: EventData[T] };
}[SosEventType];
