import type { Access } from '../accounts/access-service.ts';
import type { Devices } from '../accounts/devices-types.ts';
import type { People } from '../accounts/people.ts';
import type { ResumeFacts, ResumeTokens } from '../accounts/resume-tokens.ts';
import type { Accounts, Principal, Registration } from '../accounts/types.ts';
import type { Broadcasts } from '../dispatch/broadcasts.ts';
import type { Coming } from '../dispatch/coming.ts';
import type { ExportFile } from '../dispatch/exports.ts';
import type { Feedback } from '../dispatch/feedback.ts';
import type { WaitingHandOff } from '../dispatch/hand-off.ts';
import type { Shifts } from '../dispatch/shifts.ts';
import type { SosRecords } from '../dispatch/sos-records.ts';
import type { Entitlement, EventSource, Snapshots } from '../fanout/types.ts';
import type { EngineAway } from '../lib/engine-health.ts';
import type { Result } from '../lib/result.ts';
import type { NotificationDesk } from '../notify/pg-notices.ts';
import type { PushDesk } from '../notify/push/desk.ts';
import type { Places } from '../places/types.ts';
import type { DownBody } from '../protocol/down.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { CommandKind, UpBody } from '../protocol/up.ts';
import type { Attachments } from '../records/attachments.ts';
import type { Records } from '../records/types.ts';
import type { AlertReading } from '../telemetry/alerts/alert-reading.ts';
import type { Answered as AlertAnswered } from '../telemetry/alerts/alerts.ts';
import type { AppDoor } from '../telemetry/apps/app-door.ts';
import type { AppMessages } from '../telemetry/apps/app-message.ts';
import type { DeviceClocks } from '../telemetry/clocks/device-clocks.ts';
import type { Connections } from '../telemetry/connections/connections.ts';
import type { Fhir } from '../telemetry/fhir/service.ts';
import type { FenceService } from '../telemetry/geofences/fence-service.ts';
import type { PastScore } from '../telemetry/pg-scores.ts';
import type { SeriesPoint, TimeRange } from '../telemetry/series/downsample.ts';
import type { PersonRecords, Shown } from '../telemetry/series/person-records.ts';
import type { Bedside } from '../telemetry/vitals/bedside.ts';

export type { Resumed, StreamHead } from '../accounts/resume-tokens.ts';

export type {
  Caller,
  Grant,
  Principal,
  Registration,
  SignedIn,
  StandingChange,
  VolunteerView,
} from '../accounts/types.ts';

/** Accounts, as much of them as the street door needs. */
export type AccountsService = Pick<
  Accounts,
  | 'signIn'
  | 'refresh'
  | 'publicKeys'
  | 'enrolSecondFactor'
  | 'confirmSecondFactor'
  | 'listSessions'
  | 'endSession'
  | 'endAllSessions'
  | 'listSuspicious'
  | 'activitiesOff'
  | 'noteSos'
  | 'verifyToken'
  | 'setup'
  | 'setAvailable'
  | 'verifyVolunteer'
  | 'listVolunteers'
  | 'setGrant'
  | 'suspend'
  | 'onStandingChange'
> & {
  /** A null id: the account comes into being once the mail is answered, if the address had none. */
  register(input: Registration): Promise<Result<{ userId: string | null }, 'email_taken' | 'busy'>>;
};

/** What nodes do every so often, as much of it as the street door needs. */
export interface JobsService {
  list(): Promise<readonly unknown[]>;
  /** False: there is no such job. */
  runNow(name: string): Promise<boolean>;
}

/** What people say of themselves and is decided about them, as much of it as the street door needs. */
export type PeopleService = Omit<People, 'careRole' | 'chores' | 'askRegistration'>;

/** Paired devices, as much of them as the street door needs. */
export type DevicesService = Omit<Devices, 'stop'>;

export type { AppMessages, ExportFile, SeriesPoint, Shown, SosRecords, TimeRange };

export type Done = Omit<DownBody<'done'>, 'id'>;

type FrameOf<K extends CommandKind> = { [Kind in K]: readonly [Kind, UpBody<Kind>] }[K];

export type AlertCommandKind = Extract<CommandKind, `alert.${string}`>;
export type AlertCommand = FrameOf<AlertCommandKind>;

export type RecordCommandKind = Extract<CommandKind, `record.${string}`>;
export type RecordCommand = FrameOf<RecordCommandKind>;

/** The commands that dispatch carries out; `duty.set` belongs to accounts. */
export type DispatchCommand = FrameOf<
  Exclude<CommandKind, 'duty.set' | AlertCommandKind | RecordCommandKind>
>;

export interface DispatchService {
  /** Decides, writes and tells. Idempotent by the command's id. `receivedAtMs` is when the frame came in. */
  execute(
    by: Principal,
    command: DispatchCommand,
    receivedAtMs: number,
  ): Promise<Result<Done, ErrorCode> & { readonly current?: unknown; readonly retryAfterMs?: number }>;
  /** What became of an offer on a device; not answered. */
  received(by: Principal, receipt: UpBody<'offer.receipt'>): void;
  policy(): { version: number; body: unknown };
  setPolicy(by: Principal, body: unknown): Promise<Result<{ version: number }, 'forbidden' | 'bad_request'>>;
  policyHistory(): Promise<readonly unknown[]>;
  /** The dispatchers' feed as it stands. */
  feedSnapshot(): DownBody<'feed'>;
  /** The rows of those that are still there, by handles of the roster. */
  responderRows(handles: Iterable<number>): { responders: DownBody<'state'>['responders']; gone: string[] };
  responderIdOf(handle: number): string;
}

/** What was found about people, as much of it as the street door needs. */
export interface AlertService extends Omit<AlertReading, 'openFor' | 'chargesOf'> {
  /** Idempotent by the command's id; refused, also how the alert stands, for those who may know. */
  execute(by: Principal, command: AlertCommand): Promise<AlertAnswered>;
}

/** What everybody in an area is told, as much of it as the street door needs. */
export type BroadcastService = Pick<Broadcasts, 'send' | 'get' | 'list' | 'end' | 'received'>;

/** Shifts of dispatchers, as much of them as the street door needs. */
export type ShiftService = Pick<Shifts, 'begin' | 'end' | 'handOver' | 'list'>;

/** Samples with their numbers. */
export type SampleFrame = { [K in SampleKind]: readonly [K, UpBody<K>] }[SampleKind];
type SampleKind = 'pos' | 'vit' | 'alarm';

/** Wearable clouds, as much of them as the street door needs. */
export type ConnectionsService = Pick<
  Connections,
  'providers' | 'begin' | 'confirm' | 'list' | 'change' | 'syncNow' | 'logs' | 'disconnect'
>;

/** One socket's stream of samples. */
export interface TelemetrySource {
  /** The answers: cumulative acknowledgements, holes, and "keep it for now". */
  answer(
    frame:
      | readonly ['ack', DownBody<'ack'>]
      | readonly ['nack', DownBody<'nack'>]
      | readonly ['hold', DownBody<'hold'>]
      | readonly ['rate', DownBody<'rate'>],
  ): void;
}

/** What is kept of one person's measurements and positions. */
export type HistoryService = PersonRecords;

/** What those at somebody's side read, set and write down of their vital signs. */
export type BedsideService = Bedside<PastScore>;

export interface TelemetryService {
  /** What is committed of each lane of this device, told in `welcome`; null: it can't be told now. */
  ackedSeqs(
    userId: string,
    device: NonNullable<UpBody<'hello'>['device']>,
  ): Promise<Readonly<Record<'telemetry' | 'vitals' | 'alarm', number | null>>>;
  /** Takes a frame in, never waiting: it is answered through `source` once committed. */
  take(
    from: { userId: string; deviceId: string },
    frame: SampleFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void;
  /** Takes the newest of what a device has, ahead of what is still to come: neither stored nor answered. */
  hint(
    userId: string,
    device: NonNullable<UpBody<'hello'>['device']>,
    newest: UpBody<'now'>,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void;
  /** A sign of life of a device: it may have to be asked for more, or less. */
  alive(from: { userId: string; deviceId: string }, source: TelemetrySource): void;
}

/** How far the clocks of devices are off, as much of it as the street door needs. */
export type DeviceClocksService = Pick<DeviceClocks, 'read'>;

/** How those who were here a moment ago come back without being looked up. */
export interface ResumeService {
  give(
    principal: Principal,
    facts: Omit<ResumeFacts, 'logXid'>,
  ): { readonly token: string; readonly forMs: number } | null;
  /** Reads no database. */
  take: ResumeTokens['take'];
  /** Whether somebody asked for help that is still open, or goes there. */
  isInSos(userId: string): boolean;
}

/** Who is connected, for matching: only somebody who can be reached is offered anything. */
export interface PresenceService {
  connected(userId: string): void;
  disconnected(userId: string): void;
}

/** What is kept of who did what, as much of it as the street door needs. */
export type AccessService = Pick<Access, 'breakGlass' | 'reading'> & {
  readonly trail: Pick<Access['trail'], 'hasRoom' | 'record' | 'refused' | 'unknown'>;
};

export interface Health {
  /** Ready to serve: null. Otherwise what is missing, in one sentence. */
  notReady(): string | null;
  readonly nodeId: string;
  readonly startedAtMs: number;
  /** Other nodes that live, by id. */
  otherNodes(): readonly string[];
  /** What the node has to do without. */
  away(): readonly EngineAway[];
  /** How much longer than a beat ago the log was read last; 0 while all is well. */
  logSilentMs(): number;
}

/** Everything that lies behind the street door, handed over by `node.ts`. */
export interface Services {
  readonly accounts: AccountsService;
  readonly people: PeopleService;
  readonly devices: DevicesService;
  readonly connections: ConnectionsService;
  readonly access: AccessService;
  readonly dispatch: DispatchService;
  readonly feedback: Feedback;
  /** SOS looked back at. */
  readonly sos: SosRecords;
  /** Who comes to help somebody at this moment, and where they are. */
  readonly coming: (userId: string) => Promise<readonly Coming[]>;
  readonly alerts: AlertService;
  readonly broadcasts: BroadcastService;
  readonly shifts: ShiftService;
  readonly places: Places;
  readonly handOffs: { waiting(limit: number): Promise<readonly WaitingHandOff[]> };
  readonly telemetry: TelemetryService;
  readonly deviceClocks: DeviceClocksService;
  /** What was measured of people and where they were. */
  readonly history: HistoryService;
  readonly geofences: FenceService;
  readonly attachments: Attachments;
  readonly notifications: NotificationDesk;
  readonly push: PushDesk;
  /** Records of every declared type. */
  readonly records: Records;
  readonly fhir: Fhir;
  readonly bedside: BedsideService;
  /** Apps that we did not write. */
  readonly apps: AppDoor;
  readonly presence: PresenceService;
  readonly resumes: ResumeService;
  readonly events: EventSource;
  readonly entitlement: Entitlement;
  readonly snapshots: Snapshots;
  readonly jobs: JobsService;
  readonly health: Health;
  /** The metrics page, in the Prometheus text format. */
  metricsText(): string;
}
