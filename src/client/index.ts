/** The SDK for browsers. In Node use `node.ts`, which is the same with a socket. */
export { MusterClient, type TelemetryState } from './client.ts';
export type { CommandBody, CommandOptions } from './commands.ts';
export type { WatchHandlers } from './dispatch-watch.ts';
export { type LocalErrorCode, MusterError } from './errors.ts';
export type { Fix, FixRow } from './fix.ts';
export {
  type Credentials,
  type DevicePairing,
  type DeviceView,
  type Grant,
  MusterHttp,
  type Paired,
  type PersonalExport,
  type Proof,
  type Registration,
  type SessionView,
  type SetupRequest,
  type SignedIn,
  type SignInRequest,
  type Skill,
  type Volunteer,
  type VolunteersPage,
} from './http.ts';
export { type PairingInvitation, pairingUri, readPairingUri } from './pairing.ts';
export { refreshedToken, signedInToken } from './signed-in-token.ts';
export type { Snapshot, StreamHandlers } from './stream-subscription.ts';
export type { Subscription } from './subscriptions.ts';
export type { KeptFix, KeptTelemetry, Numbering, TelemetryStore, TelemetryWrite } from './telemetry-store.ts';
export type {
  ClientOptions,
  DeviceOptions,
  Done,
  Problem,
  Status,
  TokenSource,
  WebSocketConstructor,
  WebSocketLike,
  Welcome,
} from './types.ts';
