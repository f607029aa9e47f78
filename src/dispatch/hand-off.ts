import type { LatLng } from '../geo/lat-lng.ts';
import type { EmergencyType, Priority } from './machine/state.ts';
import type { LogEvent } from './store.ts';

/** What an external service is told: enough to send somebody, and nothing else. */
export interface HandOffRequest {
  /** The same each time this one is sent, so that the service can tell a repeat. */
  readonly handOffId: string;
  readonly sosId: string;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
  readonly point: LatLng;
  readonly addressText: string | null;
  readonly callbackNumber: string | null;
  readonly description: string | null;
  readonly raisedAtMs: number;
}

/** An external service that can itself say that it has taken something over. */
export interface HandOffReceiver {
  /** As it is named in the timeline. */
  readonly service: string;
  /**
   * The reference by which the service knows it from now on. Rejects when the service has not said so itself, with a `code`
   * that holds no words of the request.
   */
  tell(request: HandOffRequest): Promise<{ readonly reference: string }>;
}

/** A hand-off that is needed, and how telling about it goes. */
export interface WaitingHandOff {
  readonly handOffId: string;
  readonly sosId: string;
  readonly neededAtMs: number;
  readonly attempts: number;
  /** When it is tried again; null: it has not been tried. */
  readonly dueAtMs: number | null;
  /** A code. */
  readonly lastError: string | null;
}

export interface ClaimedHandOff {
  readonly handOffId: string;
  readonly sosId: string;
  /** This one counted. */
  readonly attempts: number;
}

export interface HandOffStore {
  /** The next few that are due, one of each SOS, put off so that a node that dies with them leaves them to the next. */
  claim(limit: number, leaseMs: number): Promise<readonly ClaimedHandOff[]>;
  /** `code`: why it came to nothing; null: the service has answered. */
  finish(handOff: ClaimedHandOff, code: string | null): Promise<void>;
  /** The first time it also tells the owner and every dispatcher on shift. */
  putOff(handOff: ClaimedHandOff, waitMs: number, code: string): Promise<readonly LogEvent[]>;
  /** Of open SOS that are no drills, the oldest first. */
  waiting(limit: number): Promise<readonly WaitingHandOff[]>;
}
