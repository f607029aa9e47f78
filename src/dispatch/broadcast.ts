import type { AreaShape } from '../geo/area.ts';
import type { LatLng } from '../geo/lat-lng.ts';
import type { CommandKey, LogEvent } from './store.ts';

/** How bad it is, in the words of the Common Alerting Protocol 1.2 (OASIS), section 3.2.2. */
export type Severity = 'MINOR' | 'MODERATE' | 'SEVERE' | 'EXTREME';
export type BroadcastState = 'choosing' | 'sending' | 'sent' | 'ending' | 'ended';

/** What is said to everybody who is in an area now. Who comes into it later is not told. */
export interface BroadcastOrder {
  readonly area: AreaShape;
  /** Verified volunteers and professionals, or everybody whose position is known. */
  readonly audience: 'responders' | 'everybody';
  /** Leaves out responders who are not available, off duty, or in their quiet hours. */
  readonly onDutyOnly: boolean;
  /** How old a last known position may be to count. */
  readonly seenWithinMs: number;
  readonly severity: Severity;
  readonly message: string;
  /** From then on it is over, and whoever was not told yet never is. */
  readonly untilMs: number;
}

/** A broadcast as dispatchers see it. The figures rise while it goes out and receipts come in. */
export interface Broadcast extends BroadcastOrder {
  readonly broadcastId: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly state: BroadcastState;
  readonly recipients: number;
  /** Whose inboxes have it. */
  readonly told: number;
  /** On whose devices it is, and who has looked at it. */
  readonly delivered: number;
  readonly seen: number;
  readonly endedAtMs: number | null;
}

/** Who was where when they were last heard of. */
export interface PersonAt extends LatLng {
  readonly userId: string;
}

/** Where people were last, kept by telemetry. In the order of their ids, those after `afterUserId`. */
export interface LastPositions {
  within(
    circle: { readonly center: LatLng; readonly radiusM: number; readonly seenWithinMs: number },
    afterUserId: string | null,
    limit: number,
  ): Promise<readonly PersonAt[]>;
}

/** What a step has written, and who to go on after; null once nothing is left to do. */
export interface Step {
  readonly events: readonly LogEvent[];
  readonly afterUserId: string | null;
}

export interface BroadcastReceipts {
  readonly delivered: readonly string[];
  readonly seen: readonly string[];
}

/** Where broadcasts are kept. Each method is one short transaction and can be repeated. */
export interface BroadcastStore {
  /** The one that this command made before, if it did. Null: the id was given to another command. */
  add(key: CommandKey, id: string, order: BroadcastOrder): Promise<Broadcast | null>;
  get(id: string): Promise<Broadcast | null>;
  /** The newest first. */
  list(before: string | null, limit: number): Promise<readonly Broadcast[]>;
  /** Those with something left to do, the oldest first. */
  unfinished(limit: number): Promise<readonly Broadcast[]>;

  addRecipients(id: string, userIds: readonly string[]): Promise<void>;
  /** Everybody is chosen. */
  chosen(id: string): Promise<void>;
  /** Puts it into the inboxes of the next few; once there is nobody left, or it is over, it counts as sent. */
  tell(id: string, afterUserId: string | null, limit: number): Promise<Step>;
  /** Null: there is none. One that is over already stays as it is. */
  end(id: string, by: string): Promise<Broadcast | null>;
  /** Tells the next few of those who were told that it has ended. */
  tellEnd(id: string, afterUserId: string | null, limit: number): Promise<Step>;

  /** Of people whom it was not sent to nothing is taken. */
  receipts(id: string, receipts: BroadcastReceipts): Promise<void>;
}
