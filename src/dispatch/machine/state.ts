import type { LatLng } from '../../geo/lat-lng.ts';
import type { Rule, SlotRule } from '../rule.ts';

export type EmergencyType = 'MEDICAL' | 'FIRE' | 'ACCIDENT' | 'CRIME' | 'NATURAL_DISASTER' | 'OTHER';
export type Priority = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';
export type SosStatus = 'PENDING' | 'ACCEPTED' | 'IN_PROGRESS' | 'RESOLVED' | 'CANCELLED' | 'ESCALATED';
export type OfferStatus = 'OPEN' | 'ACCEPTED' | 'RESERVE' | 'DECLINED' | 'EXPIRED' | 'CLOSED';
export type OfferCloseReason =
  | 'filled'
  | 'cancelled'
  | 'resolved'
  | 'merged'
  | 'stood_down'
  | 'busy'
  | 'asked_again';
/** Who raised it: the person, a dispatcher for somebody, or a machine such as a vital sign that crossed a line. */
export type Origin = 'person' | 'dispatcher' | 'machine';
export type SlotRole = SlotRule['role'];

export interface Offer {
  readonly id: string;
  readonly responderId: string;
  readonly wave: number;
  readonly distanceM: number;
  /** Expected time from the offer to standing beside the person. */
  readonly etaMs: number;
  /** Chance that they come, as it was expected. */
  readonly pArrive: number;
  /** Asked as a professional: fits every slot. */
  readonly fitsAll: boolean;
  readonly status: OfferStatus;
  readonly closeReason: OfferCloseReason | null;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  /** A device of theirs has it; they have looked at it. */
  readonly deliveredAtMs: number | null;
  readonly seenAtMs: number | null;
  /** No device of theirs had it by then, so somebody else was asked; it stands all the same. */
  readonly unreachedAtMs: number | null;
  readonly answeredAtMs: number | null;
}

/** Somebody who has said yes, or was sent, and what they have done since. */
export interface Holder {
  readonly responderId: string;
  /** Null: sent by a dispatcher. */
  readonly offerId: string | null;
  readonly heldAtMs: number;
  readonly departedAtMs: number | null;
  readonly arrivedAtMs: number | null;
  /** They were asked whether they are on their way. */
  readonly nudgedAtMs: number | null;
}

/** A place on the scene that somebody is wanted for. */
export interface Slot {
  readonly slot: number;
  readonly role: SlotRole;
  readonly skills: readonly string[];
  /** The slot whose holder does not move, which this one makes up for; null: wanted from the start. */
  readonly behind: number | null;
  readonly holder: Holder | null;
}

export type HandOffState = 'needed' | 'reported' | 'confirmed';

/** One SOS at number `seq` of its stream. */
export interface SosState {
  readonly id: string;
  readonly seq: number;
  /** The last number at which something was decided: receipts of offers decide nothing. */
  readonly editSeq: number;
  /** Null: somebody without an account. */
  readonly requesterId: string | null;
  /** Requesters of SOS that were merged into this one. */
  readonly joinedIds: readonly string[];
  readonly origin: Origin;
  readonly raisedBy: string | null;
  readonly alertId: string | null;
  readonly callbackNumber: string | null;
  readonly addressText: string | null;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly description: string | null;
  readonly isDrill: boolean;
  /** A drill of one's own: nobody else is asked. */
  readonly drillFor: string | null;
  readonly status: SosStatus;
  readonly policyVersion: number;
  /** How help is sought for it, as it was decided when it was raised. */
  readonly rule: Rule;
  /** Open SOS near in place and time when it was raised: perhaps the same emergency. */
  readonly duplicates: readonly string[];
  readonly createdAtMs: number;
  readonly acceptedBy: string | null;
  readonly acceptedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly mergedInto: string | null;
  /** Waves sent so far, and how far the last one reached. */
  readonly wave: number;
  readonly radiusM: number;
  /** When silence is answered with the next wave; null while nobody is sought. */
  readonly nextWaveAtMs: number | null;
  /** Since when a primary is sought: what the rungs of the ladder are counted from. */
  readonly seekingSinceMs: number;
  readonly rungsClimbed: number;
  /** How often it was escalated, by a rung or by somebody. */
  readonly escalationLevel: number;
  readonly ownerId: string | null;
  /** A dispatcher keeps it from asking anybody until then. */
  readonly holdUntilMs: number | null;
  readonly handOff: HandOffState | null;
  /** The primary first. */
  readonly slots: readonly Slot[];
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

/** Whom an answer may be expected of: not who is asked on devices that do not say that they have it. */
export function awaitedOffers(state: SosState): Offer[] {
  return openOffers(state).filter((offer) => offer.unreachedAtMs === null || offer.deliveredAtMs !== null);
}

export function reserves(state: SosState): Offer[] {
  return [...state.offers.values()].filter((offer) => offer.status === 'RESERVE');
}

export type HeldSlot = Slot & { readonly holder: Holder };

export function heldSlots(state: SosState): HeldSlot[] {
  return state.slots.filter((slot): slot is HeldSlot => slot.holder !== null);
}

export function emptySlots(state: SosState): Slot[] {
  return state.slots.filter((slot) => slot.holder === null);
}

/** The slot that this person holds. */
export function slotOf(state: SosState, responderId: string): HeldSlot | null {
  return heldSlots(state).find(({ holder }) => holder.responderId === responderId) ?? null;
}

export function isHolder(state: SosState, responderId: string): boolean {
  return slotOf(state, responderId) !== null;
}

export function hasPrimary(state: SosState): boolean {
  return state.slots[0]?.holder != null;
}

/** A primary on whom one may count: not one who does not move and is not made up for yet. */
export function isPrimaryUnderWay(state: SosState): boolean {
  const madeUpFor = state.slots.find(({ behind }) => behind === PRIMARY_SLOT);
  return hasPrimary(state) && madeUpFor?.holder !== null;
}

/** A number above that of every slot there is. */
export function nextSlotNumber(state: SosState): number {
  return Math.max(0, ...state.slots.map(({ slot }) => slot)) + 1;
}

/** Whether this is somebody's own emergency. */
export function isRequester(state: SosState, userId: string): boolean {
  return state.requesterId === userId || state.joinedIds.includes(userId);
}

/** Open, somebody is wanted, and nobody keeps it from asking. */
export function isSeeking(state: SosState): boolean {
  return isOpen(state) && state.holdUntilMs === null && emptySlots(state).length > 0;
}

/**
 * Somebody is wanted, and the search has run out of people: nobody is asked, or a wave was due and found nobody, such as
 * when a node has just started and everybody is still on their way back to it.
 */
export function isStarved(state: SosState, nowMs: number): boolean {
  if (!isSeeking(state)) return false;
  const isOverdue = state.nextWaveAtMs !== null && state.nextWaveAtMs <= nowMs;
  return state.status === 'ESCALATED' || isOverdue || awaitedOffers(state).length === 0;
}
