import { z } from 'zod';
import { ERRORS, type ErrorCode, error } from '../protocol/errors.ts';
import { atMs, grant, type skill, uuid } from '../protocol/fields.ts';
import { localError, MusterError } from './errors.ts';
import { routeUrl } from './urls.ts';

export type Grant = z.infer<typeof grant>;
export type Skill = z.infer<typeof skill>;

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly phone?: string | undefined;
  /** Present: this person offers help. Verified by an administrator later. */
  readonly volunteer?: { readonly skills: readonly Skill[] } | undefined;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** `code`: of the authenticator, or a recovery code, where the account has a second factor. */
export interface SignInRequest extends Credentials {
  readonly code?: string | undefined;
}

/** Shown again for what can not be taken back. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

export interface SetupRequest extends Credentials {
  /** From the one-time link that the node printed at its first start. */
  readonly setupToken: string;
  readonly name: string;
}

export interface Acceptance {
  /** From the link that the invitation brought. */
  readonly token: string;
  readonly password: string;
  readonly name: string;
  readonly phone?: string | undefined;
}

export interface VolunteersPage {
  readonly verified?: boolean | undefined;
  /** The last user id of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

const registered = z.object({ userId: uuid });
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
const device = z.object({
  id: uuid,
  name: z.string(),
  kind: z.string(),
  canPush: z.boolean().nullable(),
  canSound: z.boolean().nullable(),
  wouldNotRing: z.string().nullable(),
  batteryPct: z.number().nullable(),
  lastContactAtMs: atMs.nullable(),
  pairedAtMs: atMs,
});
const devices = z.object({ devices: z.array(device) });
const volunteer = z.object({
  userId: uuid,
  name: z.string().nullable(),
  skills: z.array(z.string()),
  verified: z.boolean(),
  available: z.boolean(),
});
const volunteers = z.object({ volunteers: z.array(volunteer) });
const policy = z.object({ version: z.number().int(), body: z.unknown() });
const policyVersion = z.object({ version: z.number().int() });

/** By table, and `table (relation)` where rows are about the person in another way than the table's first. */
const personalExport = z.object({
  userId: uuid,
  exportedAt: z.string(),
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});

export type PersonalExport = z.infer<typeof personalExport>;
export type SignedIn = z.infer<typeof signedIn>;
export type SessionView = z.infer<typeof session>;
export type DeviceView = z.infer<typeof device>;
export type Paired = z.infer<typeof paired>;
export type Volunteer = z.infer<typeof volunteer>;
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface DevicePairing {
  readonly code: string;
  readonly name: string;
  readonly kind: 'phone' | 'tablet' | 'watch' | 'tracker' | 'computer' | 'other';
  readonly canPush?: boolean | null;
  readonly canSound?: boolean | null;
  readonly wouldNotRing?: string | null;
}

interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly withinMs?: number;
}

const WITHIN_MS = 15_000;
/** A month of positions takes longer than any other answer. */
const EXPORT_WITHIN_MS = 600_000;

/** A node's HTTP routes. Every method rejects with a `MusterError`: the server's, or `network`. */
export class MusterHttp {
  readonly #url: string;
  readonly #fetch: FetchLike;

  constructor(url: string, fetch: FetchLike = (at, init) => globalThis.fetch(at, init)) {
    this.#url = url;
    this.#fetch = fetch;
  }

  register(registration: Registration): Promise<{ userId: string }> {
    return this.#read(registered, 'POST', '/v1/accounts', { body: registration });
  }

  signIn({ email, password, code }: SignInRequest): Promise<SignedIn> {
    return this.#read(signedIn, 'POST', '/v1/sessions', { body: { email, password, code } });
  }

  /** Exchanges a refresh token, which is good once, for a new pair. */
  refresh(refreshToken: string): Promise<SignedIn> {
    return this.#read(signedIn, 'POST', '/v1/sessions/refresh', { body: { refreshToken } });
  }

  /** Where one is signed in. */
  async sessions(token: string): Promise<SessionView[]> {
    return (await this.#read(sessions, 'GET', '/v1/sessions', { token })).sessions;
  }

  /** Ends one session, or all: nothing of them can be used or continued any more. */
  async signOut(token: string, sessionId: 'current' | 'everywhere' | (string & {})): Promise<void> {
    const route =
      sessionId === 'everywhere' ? '/v1/sessions' : `/v1/sessions/${encodeURIComponent(sessionId)}`;
    await this.#call('DELETE', route, { token });
  }

  /** A new secret for an authenticator app, as the `otpauth:` address of its QR code. It counts once confirmed. */
  enrolSecondFactor({ email, password, code }: SignInRequest): Promise<{ uri: string }> {
    return this.#read(secondFactor, 'POST', '/v1/second-factor', { body: { email, password, code } });
  }

  /** With the authenticator's first code. The answer are codes that stand in for it, each once: shown only now. */
  confirmSecondFactor({
    email,
    password,
    code,
  }: Credentials & { readonly code: string }): Promise<{ recoveryCodes: string[] }> {
    const body = { email, password, code };
    return this.#read(recovery, 'POST', '/v1/second-factor/confirmation', { body });
  }

  /** A code for pairing one of one's own devices: good once, for ten minutes. */
  pairingCode(token: string): Promise<{ code: string; expiresAtMs: number }> {
    return this.#read(pairingCode, 'POST', '/v1/devices/codes', { token });
  }

  /** Uses a code up, on the device. The credential is shown this once: a token for the socket that does not run out. */
  pairDevice(pairing: DevicePairing): Promise<Paired> {
    return this.#read(paired, 'POST', '/v1/devices', { body: pairing });
  }

  /** One's own devices, newest first. */
  async devices(token: string): Promise<DeviceView[]> {
    return (await this.#read(devices, 'GET', '/v1/devices', { token })).devices;
  }

  /** Its credential is good for nothing from now on, and its sockets end. */
  async revokeDevice(token: string, deviceId: string): Promise<void> {
    await this.#call('DELETE', `/v1/devices/${encodeURIComponent(deviceId)}`, { token });
  }

  /** Uses up the one-time link of the first start: creates the first administrator. */
  setup(request: SetupRequest): Promise<SignedIn> {
    return this.#read(signedIn, 'POST', '/v1/setup', { body: request });
  }

  async volunteers(token: string, page: VolunteersPage = {}): Promise<Volunteer[]> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value));
    const asked = query.size > 0 ? `?${query}` : '';
    return (await this.#read(volunteers, 'GET', `/v1/volunteers${asked}`, { token })).volunteers;
  }

  async verifyVolunteer(token: string, userId: string): Promise<void> {
    await this.#call('POST', `/v1/volunteers/${encodeURIComponent(userId)}/verification`, { token });
  }

  /** `hospitalId`: where the grant holds; absent: everywhere. */
  async setGrant(
    token: string,
    userId: string,
    which: Grant,
    held: boolean,
    hospitalId?: string,
  ): Promise<void> {
    const scope = hospitalId === undefined ? '' : `?scope=${encodeURIComponent(hospitalId)}`;
    const route = `/v1/users/${encodeURIComponent(userId)}/grants/${which}${scope}`;
    await this.#call(held ? 'PUT' : 'DELETE', route, { token });
  }

  /** Asks for a link for a new password; says nothing of whether there is such an account. */
  async askPasswordReset(email: string): Promise<void> {
    await this.#call('POST', '/v1/password-resets', { body: { email } });
  }

  async resetPassword(resetToken: string, password: string): Promise<void> {
    await this.#call('POST', '/v1/password-resets/use', { body: { token: resetToken, password } });
  }

  acceptInvitation(acceptance: Acceptance): Promise<{ userId: string }> {
    return this.#read(registered, 'POST', '/v1/invitations/accept', { body: acceptance });
  }

  /** Everything kept about oneself, as JSON. At most five times an hour. */
  exportMe(token: string): Promise<PersonalExport> {
    return this.#read(personalExport, 'GET', '/v1/me/export', { token, withinMs: EXPORT_WITHIN_MS });
  }

  /** Everything kept about somebody, for administrators; `reason` goes into the audit log. */
  exportUser(token: string, userId: string, reason: string): Promise<PersonalExport> {
    const route = `/v1/users/${encodeURIComponent(userId)}/export`;
    return this.#read(personalExport, 'POST', route, { token, body: { reason }, withinMs: EXPORT_WITHIN_MS });
  }

  /** Makes oneself nobody, for good. Refused with `in_open_sos` while an SOS of one's own or that one holds is open. */
  async eraseMe(token: string, { password, code }: Proof): Promise<void> {
    await this.#call('POST', '/v1/me/erasure', { token, body: { password, code } });
  }

  /** Makes somebody nobody, for administrators, who show their own password again. */
  async eraseUser(token: string, userId: string, proof: Proof & { readonly reason: string }): Promise<void> {
    const { password, code, reason } = proof;
    const body = { password, code, reason };
    await this.#call('POST', `/v1/users/${encodeURIComponent(userId)}/erasure`, { token, body });
  }

  policy(token: string): Promise<{ version: number; body: unknown }> {
    return this.#read(policy, 'GET', '/v1/dispatch/policy', { token });
  }

  setPolicy(token: string, body: unknown): Promise<{ version: number }> {
    return this.#read(policyVersion, 'PUT', '/v1/dispatch/policy', { token, body });
  }

  async #read<S extends z.ZodType>(
    schema: S,
    method: string,
    route: string,
    call: Call,
  ): Promise<z.infer<S>> {
    const answer = await this.#call(method, route, call);
    const parsed = schema.safeParse(await json(answer));
    if (!parsed.success) throw serverError('internal', 'the answer has another shape');
    return parsed.data;
  }

  async #call(method: string, route: string, { token, body, withinMs = WITHIN_MS }: Call): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#fetch(routeUrl(this.#url, route), {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(withinMs),
      });
    } catch {
      throw localError('network');
    }
    if (answer.ok) return answer;
    const refusal = error.safeParse(await json(answer));
    throw refusal.success ? new MusterError(refusal.data) : serverError('internal', `HTTP ${answer.status}`);
  }
}

function serverError(code: ErrorCode, detail: string): MusterError {
  return new MusterError({ code, ...ERRORS[code], detail });
}

async function json(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}
