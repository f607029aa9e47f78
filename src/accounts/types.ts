import type { Result } from '../lib/result.ts';
import type { Grant, Principal } from './principal.ts';
import type { Caller, Sessions, SignedIn } from './sessions-types.ts';

export { GRANTS, type Grant, type Principal } from './principal.ts';

/** What open connections must obey at once. */
export type StandingChange =
  /** Somebody was suspended, or may do something else from now on. */
  | {
      readonly kind: 'standing';
      readonly userId: string;
      readonly grants: readonly Grant[];
      readonly suspended: boolean;
    }
  /** What they proved themselves with counts no more: one device, one session, or when neither is named, everything. */
  | {
      readonly kind: 'revoked';
      readonly userId: string;
      readonly deviceId?: string;
      readonly sessionId?: string;
    };

/** Text fields arrive checked for length and control characters; here they are only brought into one form. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly phone?: string | undefined;
  /** Present: this person offers help, and is verified by an administrator later. */
  readonly volunteer?: { readonly skills: readonly string[] } | undefined;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface FirstAdmin extends Credentials {
  readonly setupToken: string;
  readonly name: string;
}

export type { Caller, SignedIn } from './sessions-types.ts';

export interface VolunteerView {
  readonly userId: string;
  readonly name: string | null;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  /** 0 to 5; 0 without ratings. */
  readonly averageRating: number;
  /** How often this person gave a slot back. */
  readonly cancellationCount: number;
}

/** What dispatch needs to know of somebody who offers help. */
export interface VolunteerState {
  readonly userId: string;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  /** When this was so, by the database's clock: of two states of one person the larger is the newer. */
  readonly asOfMs: number;
  readonly duty: DutyState;
}

/** When somebody who is available may be asked, and how long what they have proved holds. */
export interface DutyState {
  /** IANA: what quiet hours and expiry dates go by. */
  readonly timezone: string;
  /** None: at any time. ISO weekdays; an end that is not after the start lies on the next day. */
  readonly shifts: readonly {
    readonly weekday: number;
    readonly fromMin: number;
    readonly toMin: number;
    readonly timezone: string;
  }[];
  readonly quietHours: { readonly fromMin: number; readonly toMin: number } | null;
  readonly restAfterAlertMs: number;
  /** `expiresOn` (`YYYY-MM-DD`) is the last day; null: no end. A null skill stands for all of them. */
  readonly certificates: readonly { readonly skill: string | null; readonly expiresOn: string | null }[];
}

export interface Contact {
  readonly name: string | null;
  readonly phone: string | null;
}

export interface Rating {
  /** 0 to 5; 0 without ratings. */
  readonly averageRating: number;
  /** How often this person gave a slot back. */
  readonly cancellationCount: number;
}

export interface VolunteerPage {
  readonly verified?: boolean | undefined;
  /** The last user id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * People, what they may do, and how they prove who they are. Every method that reads or writes the database rejects
 * with `StoreUnavailable` when it does not answer.
 */
export interface Accounts extends Sessions {
  register(input: Registration): Promise<Result<{ userId: string }, 'email_taken' | 'busy'>>;
  /** Reads no database: signature, audience and time, then what this node changed since the token was made. */
  verifyToken(token: string): Promise<Result<Principal, 'token_invalid' | 'token_expired'>>;
  /** What this person may do now; nothing when suspended or unknown. Another node's change shows within 15 s. */
  grantsOf(userId: string): Promise<readonly Grant[]>;
  /** Tells of every change that this node made, right after its commit. The answer ends it. */
  onStandingChange(listener: (change: StandingChange) => void): () => void;

  /** A fresh one-time token for the first administrator, replacing an unused one; null once there is one. */
  setupLinkToken(): Promise<string | null>;
  /** Uses that token up: makes the first administrator, who is a dispatcher too. */
  setup(
    input: FirstAdmin,
    from?: Caller,
  ): Promise<Result<SignedIn, 'token_invalid' | 'setup_done' | 'email_taken' | 'busy'>>;

  /** Admin only. Somebody who may help no more is no longer available; the last administrator stays one. */
  setGrant(
    by: Principal,
    userId: string,
    grant: Grant,
    held: boolean,
    /** The hospital it holds in; null: everywhere. */
    scopeId?: string | null,
  ): Promise<Result<null, 'forbidden' | 'not_found' | 'bad_request'>>;
  /** Admin only. The last administrator can not be suspended. */
  suspend(
    by: Principal,
    userId: string,
    suspended: boolean,
  ): Promise<Result<null, 'forbidden' | 'not_found'>>;

  /** For those who hold the grant volunteer or professional. */
  setAvailable(userId: string, available: boolean): Promise<Result<null, 'forbidden'>>;
  /** Admin only. */
  verifyVolunteer(by: Principal, userId: string): Promise<Result<null, 'forbidden' | 'not_found'>>;
  /** Admins and dispatchers. In the order of registration, at most {@link PAGE_MAX}. */
  listVolunteers(by: Principal, page: VolunteerPage): Promise<Result<readonly VolunteerView[], 'forbidden'>>;
  /** Everybody who offers help, in order of id, at most {@link PAGE_MAX} at a time; for rebuilding a read model. */
  volunteersPage(afterUserId: string | null, limit: number): Promise<readonly VolunteerState[]>;
  /** Name and phone of those who exist. */
  contactOf(userIds: readonly string[]): Promise<Map<string, Contact>>;
  /** What others thought of their help, of those who offer it. */
  ratingsOf(userIds: readonly string[]): Promise<Map<string, Rating>>;
}

export const PAGE_MAX = 1_000;
