import type { Result } from '../lib/result.ts';
import type { Grant, Principal } from './principal.ts';

/** From where somebody asks. */
export interface Caller {
  readonly address?: string | undefined;
  /** What their program says it is, unchecked. */
  readonly program?: string | undefined;
}

export interface SignedIn {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly accessToken: string;
  readonly expiresAtMs: number;
  /** Good for one exchange against a new pair. */
  readonly refreshToken: string;
}

export interface SessionView {
  readonly sessionId: string;
  readonly startedAtMs: number;
  /** When tokens were last given out for it. */
  readonly lastUsedAtMs: number;
  readonly address: string | null;
  readonly program: string | null;
  /** The one that asks. */
  readonly current: boolean;
}

export const ACTIVITY_TYPES = [
  'LOCATION_MISMATCH',
  'RATE_LIMIT_EXCEEDED',
  'MULTIPLE_FAILED_LOGINS',
  'SPAM_MESSAGES',
  'REFRESH_TOKEN_REUSED',
  'BREAK_GLASS',
  'UNUSUAL_READING',
] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

export interface SuspiciousActivity {
  readonly activityId: string;
  readonly userId: string | null;
  readonly userName: string | null;
  /** Whether the account may sign in at this moment. */
  readonly userStatus: string | null;
  readonly type: ActivityType;
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string | null;
  readonly atMs: number;
}

/** An SOS that was taken in and answered. */
export interface RaisedSos {
  readonly userId: string;
  readonly sosId: string;
  /** From where it came; null: not known. */
  readonly address: string | null;
  /** Where the person says they are, WGS 84 degrees. */
  readonly point: { readonly lat: number; readonly lng: number };
}

export interface ActivityPage {
  readonly type?: ActivityType | undefined;
  /** The last activity id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** RFC 7517 with RFC 8037: keys that check our access tokens. */
export interface PublicKeys {
  readonly keys: readonly {
    readonly kty: 'OKP';
    readonly crv: 'Ed25519';
    readonly use: 'sig';
    readonly alg: string;
    readonly kid: string;
    readonly x: string;
  }[];
}

/** What somebody proves themselves with. */
export interface Proving {
  readonly email: string;
  readonly password: string;
  /** Of the authenticator, or a recovery code; for those who have enrolled one. */
  readonly code?: string | undefined;
}

/** Too many attempts failed before this one. */
export interface TooSoon {
  readonly ok: false;
  readonly code: 'rate_limited';
  readonly detail?: string;
  readonly retryAfterMs: number;
}

type Proved<T, Code extends string = never> = Promise<
  Result<T, 'credentials_wrong' | 'second_factor_required' | 'busy' | Code> | TooSoon
>;

/** Something to be done every so often; each step is safe to repeat. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  run(during: { readonly signal: AbortSignal }): Promise<void>;
}

/** Staying signed in, and ending that. */
export interface Sessions {
  publicKeys(): Promise<PublicKeys>;
  /** What is to be done now and then, on one node at a time. */
  readonly jobs: readonly Chore[];
  /** Asks the database nothing more of its own accord. */
  stop(): void;
  /**
   * A wrong password and an unknown address are told apart neither by the answer nor by its time. After failures the
   * next attempt has to wait, longer and longer; who is signed in is never kept waiting.
   */
  signIn(input: Proving, from?: Caller): Proved<SignedIn, 'account_suspended'>;
  /**
   * A new secret for an authenticator, shown this once. It counts once confirmed; whoever has one already needs its
   * code, or a recovery code, and is without until then.
   */
  enrolSecondFactor(input: Proving, from?: Caller): Proved<{ readonly uri: string }>;
  /** The first code of a new authenticator. The answer are codes that stand in for it, each once, shown this once. */
  confirmSecondFactor(
    input: Proving & { readonly code: string },
    from?: Caller,
  ): Proved<{ readonly recoveryCodes: readonly string[] }, 'not_found'>;
  /**
   * Exchanges a refresh token for a new pair. The token that was exchanged last is answered with the same refresh
   * token for half a minute, so that a lost answer or a second tab harms nobody. Any other use of an exchanged token
   * means that two hold it: the session ends and administrators are told.
   */
  refresh(
    refreshToken: string,
    from?: Caller,
  ): Promise<Result<SignedIn, 'token_invalid' | 'token_expired' | 'account_suspended'>>;
  /** One's own sessions, newest first, at most 200. */
  listSessions(by: Principal): Promise<readonly SessionView[]>;
  /** Ends one of one's own sessions. Its access tokens stop working here at once, on other nodes within 15 s. */
  endSession(by: Principal, sessionId: string): Promise<Result<null, 'not_found'>>;
  /** Ends all of one's own sessions, this one too. */
  endAllSessions(by: Principal): Promise<void>;
  /** Somebody asked for more than their share: recorded a moment later. Never throws. */
  noteLimitExceeded(exceeded: {
    readonly userId: string | null;
    readonly address: string | null;
    readonly what: string;
  }): void;
  /** Somebody floods a chat: recorded a moment later, at most once in ten minutes for each person. Never throws. */
  noteSpam(spam: { readonly userId: string; readonly sosId: string; readonly reason: string }): void;
  /** Somebody called for help and was answered: looked at a moment later, for what administrators should know. */
  noteSos(sos: RaisedSos): void;
  /** What this node does not look for, because it is not told how. */
  readonly activitiesOff: readonly ActivityType[];
  /** Admin only. What looks like an attack, newest first. */
  listSuspicious(
    by: Principal,
    page: ActivityPage,
  ): Promise<Result<readonly SuspiciousActivity[], 'forbidden'>>;
}
