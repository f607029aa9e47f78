import type { LatLng } from '../geo/lat-lng.ts';
import type { Holding } from './holdings.ts';
import type { EmergencyType, Origin, Priority, SosStatus } from './machine/state.ts';

/** One SOS as a list has it, with its exact place: for whoever is entitled to that. */
export interface ListedSos {
  readonly sosId: string;
  readonly status: SosStatus;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly isDrill: boolean;
  readonly origin: Origin;
  readonly point: LatLng;
  readonly addressText: string | null;
  readonly requesterId: string | null;
  readonly callbackNumber: string | null;
  readonly acceptedBy: string | null;
  readonly createdAtMs: number;
  readonly acceptedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly escalationLevel: number;
  readonly ownerId: string | null;
  readonly holdUntilMs: number | null;
  readonly mergedInto: string | null;
}

/** Where a page of open SOS ended: its urgency (CRITICAL is 1), then its age. */
export type OpenAfter = readonly [urgency: number, createdAtMs: number, sosId: string];

export interface Page<After> {
  /** The last row of the page before; null: from the beginning. */
  readonly after: After | null;
  readonly limit: number;
}

/** A holding with the SOS that it was in. */
export type HeldSos = Omit<Holding, 'offerId'> & { readonly sosId: string };

export interface FeedbackOf {
  readonly sosId: string;
  readonly volunteerId: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly comment: string | null;
}

/** What one volunteer did; drills are not in it. Durations are means. */
export interface VolunteerFigures {
  readonly userId: string;
  /** Offers sent to them, those they looked at, and those they accepted. */
  readonly offers: number;
  readonly seen: number;
  readonly accepted: number;
  /** SOS in which they held a place: in all, as the primary, and only in support. */
  readonly held: number;
  readonly asPrimary: number;
  readonly asSupport: number;
  /** SOS that were resolved while they held a place. */
  readonly resolved: number;
  /** Places they gave back. */
  readonly withdrawn: number;
  /** From the offer to their yes, and from that to being there; null: never. */
  readonly answerMs: number | null;
  readonly arrivalMs: number | null;
}

export interface PhaseRow {
  /** Null: all of them. */
  readonly emergencyType: EmergencyType | null;
  readonly priority: Priority | null;
  readonly phase: Phase;
  /** SOS raised, and those that came so far. */
  readonly raised: number;
  readonly reached: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  /** Since the phase before it, of SOS in which both are known. */
  readonly stepP50Ms: number | null;
  readonly stepP90Ms: number | null;
}

/** In their order, each counted from the receipt of the SOS: the first of anybody, of whoever held a place at the time. */
export const PHASES = [
  'offered',
  'delivered',
  'seen',
  'accepted',
  'departed',
  'arrived',
  'started',
  'closed',
] as const;
export type Phase = (typeof PHASES)[number];

/** Days of the calendar of a time zone, `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
}

/** Which of those that are over; what is absent fits all. */
export interface ClosedAsked {
  /** When it was raised; `to` is not in it. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly type?: EmergencyType | undefined;
  /** How its id or the number of its caller ends. */
  readonly number?: string | undefined;
}

/** What is read of many SOS at once. */
export interface ListStore {
  /** Not closed, ESCALATED among them: the most urgent first, of those who waits longest. */
  open(page: Page<OpenAfter>): Promise<{ readonly sos: ListedSos[]; readonly last: OpenAfter | null }>;
  /** Newest first; `after` is the last id. */
  closed(page: Page<string>, asked?: ClosedAsked): Promise<ListedSos[]>;
  raisedBy(userId: string, page: Page<string>): Promise<ListedSos[]>;
  /** In which they held any place, with their last holding in each. */
  heldBy(
    userId: string,
    page: Page<string>,
  ): Promise<{ readonly sos: ListedSos; readonly holding: HeldSos }[]>;
  /** Everybody who held a place, in order of time. */
  holdings(sosIds: readonly string[]): Promise<HeldSos[]>;
  /** What was said of those who helped, once for each of them. */
  feedback(sosIds: readonly string[]): Promise<FeedbackOf[]>;
  /** One for each id, in their order. */
  figuresOf(userIds: readonly string[]): Promise<VolunteerFigures[]>;
  phases(days: DayRange): Promise<PhaseRow[]>;
}
