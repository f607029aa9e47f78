import type { LogEvent } from '../log-event.ts';
import type { Sample } from '../vitals/sample.ts';
import type { Sealed } from './vault.ts';

/** Why nothing is read of a connection; null: it is. */
export type InactiveReason = 'paused' | 'needs_consent' | 'failing' | 'disconnected';

export interface Settings {
  /** By name, of the mapping; absent: all but those that are optional. */
  readonly resources?: readonly string[] | undefined;
}

/** How far one resource was read. */
export interface Mark {
  /** Everything that the provider had at this time was read. */
  readonly readToMs?: number;
  /** Records whose details were read, the newest last. */
  readonly done?: readonly string[];
  /** A reading that is not at its end: what it began at, and the page to go on with. */
  readonly resume?: { readonly beganMs: number; readonly sinceMs: number; readonly place: string };
}

export type Watermark = Readonly<Record<string, Mark>>;

/** What a person is shown of a connection. */
export interface ConnectionView {
  readonly id: string;
  readonly provider: string;
  readonly deviceName: string | null;
  readonly isActive: boolean;
  readonly inactiveReason: InactiveReason | null;
  readonly scopes: readonly string[];
  readonly settings: Settings;
  readonly syncEveryMs: number;
  readonly lastSyncAtMs: number | null;
  readonly nextSyncAtMs: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly createdAtMs: number;
}

export interface SyncLogView {
  readonly id: string;
  readonly startedAtMs: number;
  readonly completedAtMs: number | null;
  readonly status: 'pending' | 'success' | 'failed';
  readonly recordsSynced: number;
  readonly samplesStored: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface SealedTokens {
  readonly access: Sealed;
  readonly refresh: Sealed | null;
  readonly version: number;
}

export interface NewTokens {
  /** Both are sealed with one key. */
  readonly access: Sealed;
  readonly refresh: Sealed | null;
  readonly expiresInS: number | null;
}

/** A connection that one node reads at the moment. */
export interface Claimed {
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  readonly tokens: SealedTokens;
  readonly tokenExpiresAtMs: number | null;
  readonly scopes: readonly string[];
  readonly settings: Settings;
  readonly externalUserId: string | null;
  readonly watermark: Watermark;
  readonly syncEveryMs: number;
  /** In a row, before this. */
  readonly failures: number;
  readonly logId: string;
}

export interface Claiming {
  readonly owner: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Which can be asked now. */
  readonly providers: readonly string[];
  /** Whose tokens can be read here. */
  readonly keyIds: readonly string[];
}

/** What was read of one resource so far. */
export interface Portion {
  readonly samples: readonly Sample[];
  readonly records: number;
  readonly resource: string;
  readonly mark: Mark;
}

export type Ending =
  | { readonly ok: true; readonly nextInMs: number }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly nextInMs: number;
      /** Whether the provider has asked to be left alone until then. */
      readonly isAsked: boolean;
      readonly failures: number;
      readonly becomes: 'needs_consent' | 'failing' | null;
    };

/** What reading a connection needs of the store. Everything about time is by the store's clock. */
export interface SyncStore {
  /** Takes due connections until the lease runs out, and notes that an attempt began. */
  claim(claiming: Claiming): Promise<readonly Claimed[]>;
  /** False: another node has it, or the person has ended it. */
  extend(id: string, owner: string, leaseMs: number): Promise<boolean>;
  /** False: there are newer ones already. Regardless of any lease: what was replaced opens nothing any more. */
  saveTokens(id: string, version: number, tokens: NewTokens): Promise<boolean>;
  /**
   * Stores what is new, and how far was read, in one transaction. The answer is what was new; null: the connection is not
   * this node's any more, and nothing was stored.
   */
  keep(claimed: Claimed, owner: string, portion: Portion): Promise<readonly Sample[] | null>;
  finish(claimed: Claimed, owner: string, ending: Ending): Promise<readonly LogEvent[]>;
  /** Tokens that are sealed with another key than this one, of those that can be read here. */
  sealedOtherwise(
    keyId: string,
    keyIds: readonly string[],
    limit: number,
  ): Promise<readonly { readonly id: string; readonly tokens: SealedTokens }[]>;
  /** The same tokens under another key. False: there are newer ones. */
  reseal(id: string, version: number, sealed: Pick<NewTokens, 'access' | 'refresh'>): Promise<boolean>;
  /** Key ids that tokens are sealed with. */
  keyIdsInUse(): Promise<readonly string[]>;
}

export interface Consent {
  readonly userId: string;
  readonly provider: string;
  readonly deviceName: string | null;
}

export interface NewConnection extends Consent {
  readonly id: string;
  readonly epoch: string;
  readonly access: Sealed;
  readonly refresh: Sealed | null;
  readonly expiresInS: number | null;
  readonly scopes: readonly string[];
  readonly externalUserId: string | null;
}

export interface ConnectionChange {
  readonly syncEveryMs?: number | undefined;
  readonly isActive?: boolean | undefined;
  readonly deviceName?: string | null | undefined;
  readonly settings?: Settings | undefined;
}

/** What people do with their connections. Nobody's but one's own: every method goes by the user. */
export interface ConnectionStore {
  /** At most a few of one person are open at a time; the oldest goes. */
  addConsent(consent: Consent, stateHash: Buffer, codeVerifier: Sealed, lifeMs: number): Promise<void>;
  /** Uses it up, whoever asks; null: there is none, it has run out, or it is not theirs. */
  takeConsent(stateHash: Buffer, userId: string): Promise<(Consent & { codeVerifier: Sealed }) | null>;
  /** The id under which this person's connection with a provider is, or will be. */
  idFor(userId: string, provider: string): Promise<string | null>;
  /** Null: meanwhile there is one under another id, for which the tokens are not sealed. */
  connect(connection: NewConnection): Promise<ConnectionView | null>;
  list(userId: string): Promise<readonly ConnectionView[]>;
  get(userId: string, id: string): Promise<ConnectionView | null>;
  /**
   * Null: it can not be; what needs consent can not be made active. One that becomes active is due, but not so shortly after
   * it was read.
   */
  change(
    userId: string,
    id: string,
    change: ConnectionChange,
    notWithinMs: number,
  ): Promise<ConnectionView | null>;
  /** Makes it due, unless that has to wait, in ms. Null: nothing is read of it. */
  hurry(userId: string, id: string, notWithinMs: number): Promise<number | null>;
  /** What opened it, for taking it back; they are gone from the store. Null: there is no such connection. */
  disconnect(
    userId: string,
    id: string,
  ): Promise<{ provider: string; externalUserId: string | null; tokens: SealedTokens | null } | null>;
  logs(userId: string, id: string, before: string | null, limit: number): Promise<readonly SyncLogView[]>;
}
