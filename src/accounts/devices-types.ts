import type { Result } from '../lib/result.ts';
import type { Principal, StandingChange } from './types.ts';

export const DEVICE_KINDS = ['phone', 'tablet', 'watch', 'tracker', 'computer', 'other'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Apps that we did not write: OwnTracks, and those that speak as OsmAnd does, such as Traccar Client. */
export const DEVICE_APPS = ['owntracks', 'osmand'] as const;
export type DeviceApp = (typeof DEVICE_APPS)[number];

/** What a device says of itself; what it did not say is null. */
export interface Capabilities {
  readonly canPush: boolean | null;
  readonly canSound: boolean | null;
  /** Why an alarm would not be heard now (muted, do not disturb, no permission), in the device's words. */
  readonly wouldNotRing: string | null;
}

export interface DeviceView extends Capabilities {
  readonly id: string;
  readonly name: string;
  readonly kind: DeviceKind;
  /** Null: it is paired by our own protocol. */
  readonly app: DeviceApp | null;
  readonly batteryPct: number | null;
  /** When a position or a sign of life last came, up to a few seconds late; null: never. */
  readonly lastContactAtMs: number | null;
  readonly pairedAtMs: number;
}

export interface PairingCode {
  /** Eight characters without look-alikes; upper case. */
  readonly code: string;
  readonly expiresAtMs: number;
}

export interface Pairing extends Capabilities {
  readonly code: string;
  readonly name: string;
  readonly kind: DeviceKind;
}

export interface Paired {
  readonly deviceId: string;
  readonly userId: string;
  /** Shown this once: `device:<id>:<secret>`, for the socket's `hello`; id and secret for HTTP. */
  readonly credential: string;
}

/** What a stock app has to be told; shown this once. */
export interface PairedApp {
  readonly deviceId: string;
  readonly app: DeviceApp;
  /** Of OwnTracks: the password to the device's id. */
  readonly secret: string | null;
  /** Of the others: what the app calls itself by. Whoever knows it can send positions and call for help, and read nothing. */
  readonly trackerId: string | null;
}

/**
 * Devices of people and how they prove themselves. Every method that reads or writes the database rejects with
 * `StoreUnavailable` when it does not answer.
 */
export interface Devices {
  /** A fresh code for one of one's own devices. The fifth but last stops counting. */
  newCode(by: Principal): Promise<PairingCode>;
  /** Uses the code up. After ten wrong ones from an address within ten minutes: `rate_limited`. */
  pair(
    input: Pairing,
    address: string,
  ): Promise<Result<Paired, 'not_found' | 'rate_limited' | 'bad_request' | 'account_suspended'>>;
  /** Pairs a stock app, in the name of whoever is signed in: it can't show a code. */
  pairApp(
    by: Principal,
    input: { readonly app: DeviceApp; readonly name: string; readonly kind: DeviceKind },
  ): Promise<Result<PairedApp, 'bad_request'>>;
  /** One's own, or anybody's for an administrator, and whose it is. */
  find(
    by: Principal,
    deviceId: string,
  ): Promise<Result<{ readonly ownerId: string; readonly device: DeviceView }, 'not_found'>>;
  /** One's own, newest first. */
  list(by: Principal): Promise<readonly DeviceView[]>;
  /** Anybody's, for who was let in by the matrix: newest first. */
  listOf(userId: string): Promise<readonly DeviceView[]>;
  /** One's own, or anybody's for an administrator. Its sockets end at once. */
  revoke(by: Principal, deviceId: string): Promise<Result<{ readonly ownerId: string }, 'not_found'>>;
  setCapabilities(by: Principal, deviceId: string, told: Capabilities): Promise<Result<null, 'not_found'>>;
  /**
   * Whose device it is, when the credential (`device:<id>:<secret>`) is good. While the store is away this node says so of
   * those that it knew to be good within the grace of sessions.
   */
  verifyToken(token: string): Promise<Result<Principal, 'token_invalid'>>;
  /** The same for stock apps over HTTP, which send id and secret as user and password. */
  verifyPair(deviceId: string, secret: string): Promise<Result<Principal, 'token_invalid'>>;
  /** Whose device it is that calls itself by this; also when that was typed, with spaces or in small letters. */
  verifyTracker(trackerId: string): Promise<Result<Principal, 'token_invalid'>>;
  /** A sign of life, written down with others a few seconds later. Never throws; of unknown devices nothing is kept. */
  heard(userId: string, deviceId: string, batteryPct?: number): void;
  /** Tells of revocations made here, right after their commit. The answer ends it. */
  onStandingChange(listener: (change: StandingChange) => void): () => void;
  /** Writes down what was heard and not yet written. */
  stop(): Promise<void>;
}
