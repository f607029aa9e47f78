import type { Entitlement, EventSource, Snapshots } from '../fanout/types.ts';
import type { Result } from '../lib/result.ts';
import type { DownBody } from '../protocol/down.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { CommandKind, UpBody } from '../protocol/up.ts';

export type Grant = 'patient' | 'volunteer' | 'professional' | 'dispatcher' | 'admin';

/** Somebody whose token was checked. */
export interface Principal {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly expiresAtMs: number;
}

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly phone?: string | undefined;
  /** Present: this person offers help. Verified by an administrator later. */
  readonly volunteer?: { readonly skills: readonly string[] } | undefined;
}

export interface SignedIn {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly accessToken: string;
  readonly expiresAtMs: number;
}

export interface VolunteerView {
  readonly userId: string;
  readonly name: string | null;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
}

/** Accounts, as much of them as the street door needs. */
export interface AccountsService {
  register(input: Registration): Promise<Result<{ userId: string }, 'email_taken' | 'phone_taken' | 'busy'>>;
  signIn(input: {
    email: string;
    password: string;
  }): Promise<Result<SignedIn, 'credentials_wrong' | 'account_suspended' | 'busy'>>;
  verifyToken(token: string): Promise<Result<Principal, 'token_invalid' | 'token_expired'>>;
  /** Uses up the one-time link of the first start: creates the first administrator, who is a dispatcher too. */
  setup(input: {
    setupToken: string;
    email: string;
    password: string;
    name: string;
  }): Promise<Result<SignedIn, 'token_invalid' | 'setup_done' | 'email_taken' | 'busy'>>;
  setAvailable(userId: string, available: boolean): Promise<Result<null, 'forbidden'>>;
  verifyVolunteer(by: Principal, userId: string): Promise<Result<null, 'forbidden' | 'not_found'>>;
  listVolunteers(
    by: Principal,
    page: { verified?: boolean | undefined; after?: string | undefined; limit: number },
  ): Promise<Result<readonly VolunteerView[], 'forbidden'>>;
  setGrant(
    by: Principal,
    userId: string,
    grant: Grant,
    held: boolean,
  ): Promise<Result<null, 'forbidden' | 'not_found'>>;
}

export type Done = Omit<DownBody<'done'>, 'id'>;

/** The commands that dispatch carries out; `duty.set` belongs to accounts. */
export type DispatchCommand = { [K in Exclude<CommandKind, 'duty.set'>]: readonly [K, UpBody<K>] }[Exclude<
  CommandKind,
  'duty.set'
>];

export interface DispatchService {
  /** Decides, writes and tells. Idempotent by the command's id. `receivedAtMs` is when the frame came in. */
  execute(by: Principal, command: DispatchCommand, receivedAtMs: number): Promise<Result<Done, ErrorCode>>;
  policy(): { version: number; body: unknown };
  setPolicy(by: Principal, body: unknown): Promise<Result<{ version: number }, 'forbidden' | 'bad_request'>>;
  /** The dispatchers' feed as it stands. */
  feedSnapshot(): DownBody<'feed'>;
  /** Which responders changed since the last call of this reader, and the rows of those that are still there. */
  responderRows(ids: Iterable<string>): { responders: DownBody<'state'>['responders']; gone: string[] };
}

/** One socket's stream of samples. */
export interface TelemetrySource {
  /** The answers: cumulative acknowledgements, holes, and "keep it for now". */
  answer(
    frame:
      | readonly ['ack', DownBody<'ack'>]
      | readonly ['nack', DownBody<'nack'>]
      | readonly ['hold', DownBody<'hold'>],
  ): void;
}

export interface TelemetryService {
  /** What is committed for this device and epoch; told in `welcome`. */
  ackedSeq(userId: string, device: { id: string; epoch: string }): Promise<number>;
  /** Takes a frame in, never waiting: it is answered through `source` once committed. */
  take(
    from: { userId: string; deviceId: string },
    frame: UpBody<'pos'>,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void;
}

/** Who is connected, for matching: only somebody who can be reached is offered anything. */
export interface PresenceService {
  connected(userId: string): void;
  disconnected(userId: string): void;
}

export interface Health {
  /** Ready to serve: null. Otherwise what is missing, in one sentence. */
  notReady(): string | null;
  readonly nodeId: string;
  readonly startedAtMs: number;
}

/** Everything that lies behind the street door, handed over by `node.ts`. */
export interface Services {
  readonly accounts: AccountsService;
  readonly dispatch: DispatchService;
  readonly telemetry: TelemetryService;
  readonly presence: PresenceService;
  readonly events: EventSource;
  readonly entitlement: Entitlement;
  readonly snapshots: Snapshots;
  readonly health: Health;
  /** The metrics page, in the Prometheus text format. */
  metricsText(): string;
}
