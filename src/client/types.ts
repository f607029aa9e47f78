import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { DownBody } from '../protocol/down.ts';
import type { UpFrame } from '../protocol/up.ts';
import type { Encoding } from '../protocol/version.ts';
import type { AlarmRow, SampleRow } from './samples.ts';
import type { TelemetryStore } from './telemetry-store.ts';

export type Welcome = DownBody<'welcome'>;
export type Done = DownBody<'done'>;
export type SamplingRate = DownBody<'rate'>;
/** How much of what can wait the node gives up; see "Overload" in docs/protocol.md. */
/** What a node has to do without. */
export type MissingEngine = NonNullable<DownBody<'hb'>['degraded']>[number];
export type NodeOverload = NonNullable<DownBody<'hb'>['overload']>;

/** Where the client stands. `reason` is the name of a close code, an error code, `asked`, or what broke. */
export type Status =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | { readonly state: 'waiting'; readonly retryAtMs: number; readonly reason: string }
  | { readonly state: 'closed'; readonly reason: string };

/** Something that should not have happened and did not stop the client. Carries no contents of messages. */
export interface Problem {
  readonly kind: 'undecodable' | 'malformed' | 'unknown_kind' | 'refused' | 'handler' | 'token' | 'store';
  readonly detail: string;
}

export type Report = (problem: Problem) => void;

/** Hands a frame to the open socket. False: there is none, nothing was sent. */
export type Send = (frame: UpFrame) => boolean;

/** As much of the WHATWG WebSocket as the SDK uses. */
export interface WebSocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export interface DeviceOptions {
  /** A UUID chosen once by the installation. */
  readonly id: string;
  /** Keeps positions that are not acknowledged across restarts; without one they are kept in memory. */
  readonly store?: TelemetryStore | undefined;
  /** The same for vital signs. */
  readonly vitalsStore?: TelemetryStore<SampleRow> | undefined;
  /** The same for alarms. */
  readonly alarmStore?: TelemetryStore<AlarmRow> | undefined;
  /** The most fixes that are kept; beyond it the oldest unsent one is dropped as `outbox_full`. Default 100,000. */
  readonly maxFixes?: number | undefined;
  /** The same of vital signs. Default 100,000. */
  readonly maxSamples?: number | undefined;
  /** The clock that every `atMs` is taken from, sent along as `sentAtMs`. Default `clock.nowMs`. */
  readonly deviceNowMs?: (() => number) | undefined;
}

/** Asked at each connect that can't go on where the last one broke off, and before the token of an open socket runs out. `refused`: one kept from before will not do. */
export type TokenSource = (hint: { readonly refused: boolean }) => Promise<string>;

export interface ClientOptions {
  /** `http(s)://host:port` of a node; the socket goes to `ws(s)://host:port/v1/socket`. */
  readonly url: string;
  /**
   * Asked for a fresh access token at each connect that can't go on where the last one broke off, and on an open socket when less than a minute is left. A
   * `MusterError` that is not retryable stops the client when it connects.
   */
  readonly token: TokenSource;
  /** Default `msgpack`. */
  readonly encoding?: Encoding | undefined;
  /** Name and version of the program, for the operator; at most 64 characters. */
  readonly program?: string | undefined;
  /** Present: this client sends telemetry. */
  readonly device?: DeviceOptions | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default `globalThis.WebSocket`; `node.ts` brings one for Node 20. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  readonly onStatus?: ((status: Status) => void) | undefined;
  readonly onProblem?: Report | undefined;
  /**
   * Somebody nearby needs help and the server asks where this phone is: take a fix now, without a sound, and give it to
   * `sendFix`. Only a client with a `device` is asked.
   */
  readonly onLocate?: (() => void) | undefined;
  /**
   * How often the server wants samples of a lane (`telemetry`: positions) from now on: more often in an SOS and on the move,
   * less often on a low battery or under load.
   */
  readonly onRate?: ((rate: SamplingRate) => void) | undefined;
  /** The node has more to do than it can and gives up what can wait, or does no longer (level 0). */
  readonly onOverload?: ((overload: NodeOverload) => void) | undefined;
  /** The node has to do without these from now on, or again without nothing. SOS go on all the same. */
  readonly onDegraded?: ((missing: readonly MissingEngine[]) => void) | undefined;
}
