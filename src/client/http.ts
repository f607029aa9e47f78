import { z } from 'zod';
import { atMs, grant, type skill, uuid } from '../protocol/fields.ts';
import { type About, about } from '../protocol/http/about.ts';
import { type acceptance, made, registered, type registration } from '../protocol/http/accounts.ts';
import { type NodeHealth, nodeHealth } from '../protocol/http/health.ts';
import { AccessRoutes } from './routes/access.ts';
import { AdminRoutes } from './routes/admin.ts';
import { AlertRoutes } from './routes/alerts.ts';
import { AppRoutes } from './routes/apps.ts';
import { AreaRoutes } from './routes/area.ts';
import { AttachmentRoutes } from './routes/attachments.ts';
import { BedsideRoutes } from './routes/bedside.ts';
import { ConnectionRoutes } from './routes/connections.ts';
import { type DeviceView, devicesView } from './routes/device-view.ts';
import { DocumentRoutes } from './routes/documents.ts';
import { FeedbackRoutes } from './routes/feedback.ts';
import { FhirRoutes } from './routes/fhir.ts';
import { GeofenceRoutes } from './routes/geofences.ts';
import { HistoryRoutes } from './routes/history.ts';
import { MeRoutes } from './routes/me.ts';
import { NotificationRoutes } from './routes/notifications.ts';
import { PatientRoutes } from './routes/patients.ts';
import { PeopleRoutes } from './routes/people.ts';
import { PushRoutes } from './routes/push.ts';
import { RecordRoutes } from './routes/records.ts';
import { RightsRoutes } from './routes/rights.ts';
import { SosRoutes } from './routes/sos.ts';
import { type FetchLike, path, Transport } from './routes/transport.ts';

export type Grant = z.infer<typeof grant>;
export type Skill = z.infer<typeof skill>;

export type Registration = Readonly<z.input<typeof registration>>;
export type Acceptance = Readonly<z.input<typeof acceptance>>;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** `code`: of the authenticator, or a recovery code, where the account has a second factor. */
export interface SignInRequest extends Credentials {
  readonly code?: string | undefined;
}

export interface SetupRequest extends Credentials {
  /** From the one-time link that the node printed at its first start. */
  readonly setupToken: string;
  readonly name: string;
}

export interface VolunteersPage {
  readonly verified?: boolean | undefined;
  /** The last user id of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

const signedIn = z.object({
  userId: uuid,
  grants: z.array(grant),
  accessToken: z.string(),
  expiresAtMs: z.number(),
  refreshToken: z.string(),
});
const secondFactor = z.object({ uri: z.string() });
const recovery = z.object({ recoveryCodes: z.array(z.string()) });
const session = z.object({
  sessionId: uuid,
  startedAtMs: z.number(),
  lastUsedAtMs: z.number(),
  address: z.string().nullable(),
  program: z.string().nullable(),
  current: z.boolean(),
});
const sessions = z.object({ sessions: z.array(session) });
const pairingCode = z.object({ code: z.string(), expiresAtMs: atMs });
const paired = z.object({ deviceId: uuid, userId: uuid, credential: z.string() });
const volunteer = z.object({
  userId: uuid,
  name: z.string().nullable(),
  skills: z.array(z.string()),
  verified: z.boolean(),
  available: z.boolean(),
});
const volunteers = z.object({ volunteers: z.array(volunteer) });
const policy = z.object({ version: z.number().int(), body: z.unknown() });
const policies = z.object({
  policies: z.array(
    z.object({
      version: z.number().int(),
      body: z.unknown(),
      createdAtMs: atMs,
      createdBy: uuid.nullable(),
    }),
  ),
});
const policyVersion = z.object({ version: z.number().int() });

export type PolicyVersion = z.infer<typeof policies>['policies'][number];
export type SignedIn = z.infer<typeof signedIn>;
export type SessionView = z.infer<typeof session>;
export type Paired = z.infer<typeof paired>;
export type Volunteer = z.infer<typeof volunteer>;
export type { About, DeviceView, FetchLike, NodeHealth };

/** What a device says of itself; null: nothing. */
export interface Capabilities {
  readonly canPush?: boolean | null;
  readonly canSound?: boolean | null;
  /** Why an alarm would not be heard now, in the device's words. */
  readonly wouldNotRing?: string | null;
}

export interface DevicePairing extends Capabilities {
  readonly code: string;
  readonly name: string;
  readonly kind: 'phone' | 'tablet' | 'watch' | 'tracker' | 'computer' | 'other';
}

/**
 * A node's HTTP routes: accounts, sessions, devices and the policy right here, the rest by family. Every method rejects
 * with a `MusterError`: the server's, or `network`.
 */
export class MusterHttp {
  readonly me: MeRoutes;
  readonly connections: ConnectionRoutes;
  readonly apps: AppRoutes;
  readonly documents: DocumentRoutes;
  readonly people: PeopleRoutes;
  readonly patients: PatientRoutes;
  readonly access: AccessRoutes;
  readonly admin: AdminRoutes;
  readonly rights: RightsRoutes;
  readonly feedback: FeedbackRoutes;
  readonly sos: SosRoutes;
  readonly alerts: AlertRoutes;
  readonly area: AreaRoutes;
  readonly history: HistoryRoutes;
  readonly geofences: GeofenceRoutes;
  readonly records: RecordRoutes;
  readonly attachments: AttachmentRoutes;
  readonly notifications: NotificationRoutes;
  readonly push: PushRoutes;
  readonly fhir: FhirRoutes;
  readonly bedside: BedsideRoutes;
  readonly #to: Transport;

  constructor(url: string, fetch: FetchLike = (at, init) => globalThis.fetch(at, init)) {
    const to = new Transport(url, fetch);
    this.#to = to;
    this.me = new MeRoutes(to);
    this.connections = new ConnectionRoutes(to);
    this.apps = new AppRoutes(to);
    this.documents = new DocumentRoutes(to);
    this.people = new PeopleRoutes(to);
    this.patients = new PatientRoutes(to);
    this.access = new AccessRoutes(to);
    this.admin = new AdminRoutes(to);
    this.rights = new RightsRoutes(to);
    this.feedback = new FeedbackRoutes(to);
    this.sos = new SosRoutes(to);
    this.alerts = new AlertRoutes(to);
    this.area = new AreaRoutes(to);
    this.history = new HistoryRoutes(to);
    this.geofences = new GeofenceRoutes(to);
    this.records = new RecordRoutes(to);
    this.attachments = new AttachmentRoutes(to);
    this.notifications = new NotificationRoutes(to);
    this.push = new PushRoutes(to);
    this.fhir = new FhirRoutes(to);
    this.bedside = new BedsideRoutes(to);
  }

  /**
   * A null id: the node has mail, and says nothing of whether the address has an account. Whoever reads its mail goes on
   * from there.
   */
  register(registration: Registration): Promise<{ userId: string | null }> {
    return this.#to.read(registered, 'POST', '/v1/accounts', { body: registration });
  }

  /** Makes the account that was asked for, with the token of the link and the password that was chosen. */
  confirmRegistration(token: string, password: string): Promise<{ userId: string }> {
    return this.#to.read(made, 'POST', '/v1/accounts/confirmation', { body: { token, password } });
  }

  /** What anybody may know of this server. */
  about(): Promise<About> {
    return this.#to.read(about, 'GET', '/v1/about', {});
  }

  /** How the node does that answers, for dispatchers. */
  health(token: string): Promise<NodeHealth> {
    return this.#to.read(nodeHealth, 'GET', '/v1/dispatch/health', { token });
  }

  signIn({ email, password, code }: SignInRequest): Promise<SignedIn> {
    return this.#to.read(signedIn, 'POST', '/v1/sessions', { body: { email, password, code } });
  }

  /** Exchanges a refresh token, which is good once, for a new pair. */
  refresh(refreshToken: string): Promise<SignedIn> {
    return this.#to.read(signedIn, 'POST', '/v1/sessions/refresh', { body: { refreshToken } });
  }

  /** Where one is signed in. */
  async sessions(token: string): Promise<SessionView[]> {
    return (await this.#to.read(sessions, 'GET', '/v1/sessions', { token })).sessions;
  }

  /** Ends one session, or all: nothing of them can be used or continued any more. */
  async signOut(token: string, sessionId: 'current' | 'everywhere' | (string & {})): Promise<void> {
    const route = sessionId === 'everywhere' ? '/v1/sessions' : path('/v1/sessions/:id', sessionId);
    await this.#to.call('DELETE', route, { token });
  }

  /** A new secret for an authenticator app, as the `otpauth:` address of its QR code. It counts once confirmed. */
  enrolSecondFactor({ email, password, code }: SignInRequest): Promise<{ uri: string }> {
    return this.#to.read(secondFactor, 'POST', '/v1/second-factor', { body: { email, password, code } });
  }

  /** With the authenticator's first code. The answer are codes that stand in for it, each once: shown only now. */
  confirmSecondFactor({
    email,
    password,
    code,
  }: Credentials & { readonly code: string }): Promise<{ recoveryCodes: string[] }> {
    const body = { email, password, code };
    return this.#to.read(recovery, 'POST', '/v1/second-factor/confirmation', { body });
  }

  /** A code for pairing one of one's own devices: good once, for ten minutes. */
  pairingCode(token: string): Promise<{ code: string; expiresAtMs: number }> {
    return this.#to.read(pairingCode, 'POST', '/v1/devices/codes', { token });
  }

  /** Uses a code up, on the device. The credential is shown this once: a token for the socket that does not run out. */
  pairDevice(pairing: DevicePairing): Promise<Paired> {
    return this.#to.read(paired, 'POST', '/v1/devices', { body: pairing });
  }

  /** One's own devices, newest first. */
  async devices(token: string): Promise<DeviceView[]> {
    return (await this.#to.read(devicesView, 'GET', '/v1/devices', { token })).devices;
  }

  /** Its credential is good for nothing from now on, and its sockets end. */
  async revokeDevice(token: string, deviceId: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/devices/:id', deviceId), { token });
  }

  /** By the device itself, with its credential: what it is capable of now. */
  async setCapabilities(credential: string, capabilities: Capabilities): Promise<void> {
    await this.#to.call('PUT', '/v1/devices/self/capabilities', { device: credential, body: capabilities });
  }

  /** Uses up the one-time link of the first start: creates the first administrator. */
  setup(request: SetupRequest): Promise<SignedIn> {
    return this.#to.read(signedIn, 'POST', '/v1/setup', { body: request });
  }

  async volunteers(token: string, page: VolunteersPage = {}): Promise<Volunteer[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(volunteers, 'GET', '/v1/volunteers', call)).volunteers;
  }

  async verifyVolunteer(token: string, userId: string): Promise<void> {
    await this.#to.call('POST', path('/v1/volunteers/:id/verification', userId), { token });
  }

  /** `hospitalId`: where the grant holds; absent: everywhere. */
  async setGrant(
    token: string,
    userId: string,
    which: Grant,
    held: boolean,
    hospitalId?: string,
  ): Promise<void> {
    const route = path('/v1/users/:id/grants/:grant', userId, which);
    await this.#to.call(held ? 'PUT' : 'DELETE', route, { token, query: { scope: hospitalId } });
  }

  /** Asks for a link for a new password; says nothing of whether there is such an account. */
  async askPasswordReset(email: string): Promise<void> {
    await this.#to.call('POST', '/v1/password-resets', { body: { email } });
  }

  async resetPassword(resetToken: string, password: string): Promise<void> {
    await this.#to.call('POST', '/v1/password-resets/use', { body: { token: resetToken, password } });
  }

  acceptInvitation(acceptance: Acceptance): Promise<{ userId: string }> {
    return this.#to.read(made, 'POST', '/v1/invitations/accept', { body: acceptance });
  }

  policy(token: string): Promise<{ version: number; body: unknown }> {
    return this.#to.read(policy, 'GET', '/v1/dispatch/policy', { token });
  }

  /** The policies there were, the newest first. */
  async policyHistory(token: string): Promise<PolicyVersion[]> {
    return (await this.#to.read(policies, 'GET', '/v1/dispatch/policies', { token })).policies;
  }

  setPolicy(token: string, body: unknown): Promise<{ version: number }> {
    return this.#to.read(policyVersion, 'PUT', '/v1/dispatch/policy', { token, body });
  }
}
