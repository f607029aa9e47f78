/** The SDK for browsers. In Node use `node.ts`, which is the same with a socket; QR codes are in `qr.ts`. */
export { osmAndUrl, ownTracksLink, ownTracksUrl, traccarLink } from './app-links.ts';
export type { CareHandlers, CareRow } from './care-watch.ts';
export { type LaneState, MusterClient, type TelemetryState } from './client.ts';
export type { CommandBody, CommandOptions } from './commands.ts';
export type { WatchHandlers } from './dispatch-watch.ts';
export { type LocalErrorCode, MusterError } from './errors.ts';
export type { Fix, FixRow } from './fix.ts';
export {
  type About,
  type Acceptance,
  type Capabilities,
  type Credentials,
  type DevicePairing,
  type DeviceView,
  type Grant,
  MusterHttp,
  type NodeHealth,
  type Paired,
  type Registration,
  type SessionView,
  type SetupRequest,
  type SignedIn,
  type SignInRequest,
  type Skill,
  type Volunteer,
  type VolunteersPage,
} from './http.ts';
export { indexedDbStore } from './indexed-db-store.ts';
export { type PairingInvitation, pairingUri, readPairingUri } from './pairing.ts';
export type {
  Activities,
  ActivityPage,
  AuditEntry,
  AuditPage,
  AuditPerson,
  AuditVerdict,
  Breaking,
  BrokenGlass,
  SuspiciousActivity,
} from './routes/access.ts';
export type { FoundUser, JobView, SentInvitation, WaitingVerification } from './routes/admin.ts';
export type {
  AlertAnswer,
  AlertPage,
  AlertSettings,
  AlertsAsked,
  AlertView,
  AlertWithHistory,
} from './routes/alerts.ts';
export type { AppPairing, DeviceHealth, PairedApp } from './routes/apps.ts';
export type {
  AreaPage,
  BroadcastOrder,
  BroadcastView,
  HandedOver,
  HandOver,
  PlaceView,
  ShiftView,
  WaitingHandOff,
} from './routes/area.ts';
export type { AttachmentView } from './routes/attachments.ts';
export type {
  LatestVitals,
  News2View,
  RecordedVitals,
  ScoresView,
  ThresholdSettings,
  ThresholdsView,
  VitalsEntry,
} from './routes/bedside.ts';
export type {
  ConnectionBegun,
  ConnectionChange,
  ConnectionReturn,
  ConnectionView,
  ProviderView,
  SyncLogsPage,
  SyncLogView,
} from './routes/connections.ts';
export type { DocumentAbout, DocumentContent, DocumentView } from './routes/documents.ts';
export type { FhirResource, ObservationPage, ObservationSearch } from './routes/fhir.ts';
export type { GeofenceOrder, GeofenceView } from './routes/geofences.ts';
export type {
  Range,
  SeriesAsked,
  SeriesView,
  TrackView,
  TripsView,
  VitalName,
} from './routes/history.ts';
export type {
  Certification,
  Channel,
  Disclosure,
  Duty,
  NewCertification,
  NewProfessional,
  Page,
  Professional,
  Profile,
  ProfilePatch,
} from './routes/me.ts';
export type { NotificationPage, NotificationView } from './routes/notifications.ts';
export type { CareRole, CareTie, NewPatient, Patient, PatientsPage } from './routes/patients.ts';
export type { Decision, DecisionView, Invitation, VerificationRole } from './routes/people.ts';
export type { PushBrowser, PushView } from './routes/push.ts';
export type {
  Once,
  RecordChange,
  RecordCorrection,
  RecordInput,
  RecordsPage,
  RecordsQuery,
  RecordTypeName,
  RecordVersion,
  RecordView,
} from './routes/records.ts';
export type { PersonalExport, Proof } from './routes/rights.ts';
export type {
  ClosedPage,
  CursorPage,
  Days,
  HeldSos,
  Helper,
  KnownPerson,
  ListedSos,
  NearestAsked,
  NearResponder,
  PhaseReport,
  RaisedSos,
  SosDisclosure,
  SosView,
  Span,
  TimelinePage,
  VolunteerFigures,
} from './routes/sos.ts';
export type { Alarm, AlarmKind, AlarmRow, SampleRow, VitalsSample } from './samples.ts';
export { refreshedToken, signedInToken } from './signed-in-token.ts';
export { sosAfter, sosCreated } from './sos-view.ts';
export type { Snapshot, StreamHandlers } from './stream-subscription.ts';
export type { Subscription } from './subscriptions.ts';
export type { TailHandlers, TailState } from './tails.ts';
export type { KeptRow, KeptTelemetry, Numbering, TelemetryStore, TelemetryWrite } from './telemetry-store.ts';
export type {
  ClientOptions,
  DeviceOptions,
  Done,
  MissingEngine,
  NodeOverload,
  Problem,
  SamplingRate,
  Status,
  TokenSource,
  WebSocketConstructor,
  WebSocketLike,
  Welcome,
} from './types.ts';
export { uploadFetch } from './upload-fetch.ts';
