import { z } from 'zod';
import { uuid } from '../../protocol/fields.ts';
import { disclosure } from '../../protocol/http/access.ts';

import {
  type certification,
  certificationView,
  type channel,
  type duty,
  dutyView,
  type professional,
  professionalView,
  type profilePatch,
  profileView,
} from '../../protocol/http/people.ts';
import { path, type Transport } from './transport.ts';

export type Profile = z.infer<typeof profileView>;
export type ProfilePatch = z.input<typeof profilePatch>;
export type Duty = z.infer<typeof dutyView>;
export type NewCertification = z.input<typeof certification>;
export type Certification = z.infer<typeof certificationView>;
export type NewProfessional = z.input<typeof professional>;
export type Professional = z.infer<typeof professionalView>;
export type Channel = z.infer<typeof channel>;
export type Disclosure = z.infer<typeof disclosure>;

/** Newest first. */
export interface Page {
  /** The last id of the page before. */
  readonly before?: string | undefined;
  /** Up to 200; 50 unless given. */
  readonly limit?: number | undefined;
}

const certifications = z.object({ certifications: z.array(certificationView) });
const added = z.object({ id: uuid });
const disclosures = z.object({ disclosures: z.array(disclosure) });

/** What people see and say of themselves. */
export class MeRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  profile(token: string): Promise<Profile> {
    return this.#to.read(profileView, 'GET', '/v1/me', { token });
  }

  /** Absent stays as it is, null is taken away; emergency contacts are replaced as a whole. */
  change(token: string, patch: ProfilePatch): Promise<Profile> {
    return this.#to.read(profileView, 'PATCH', '/v1/me', { token, body: patch });
  }

  /** Leaves; signing in within 30 days takes it back. */
  async deactivate(token: string): Promise<void> {
    await this.#to.call('POST', '/v1/me/deactivation', { token });
  }

  duty(token: string): Promise<Duty> {
    return this.#to.read(dutyView, 'GET', '/v1/me/duty', { token });
  }

  /** Shifts, quiet hours and rest, all of them anew. */
  setDuty(token: string, body: z.input<typeof duty>): Promise<Duty> {
    return this.#to.read(dutyView, 'PUT', '/v1/me/duty', { token, body });
  }

  async certifications(token: string): Promise<Certification[]> {
    return (await this.#to.read(certifications, 'GET', '/v1/me/certifications', { token })).certifications;
  }

  async addCertification(token: string, body: NewCertification): Promise<string> {
    const { id } = await this.#to.read(added, 'POST', '/v1/me/certifications', { token, body });
    return id;
  }

  async dropCertification(token: string, id: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/me/certifications/:id', id), { token });
  }

  /** What somebody is by profession. It counts once an administrator has verified it, and again after a change. */
  setProfessional(token: string, body: NewProfessional): Promise<Professional> {
    return this.#to.read(professionalView, 'PUT', '/v1/me/professional', { token, body });
  }

  /** Sends a code to the address or number of the profile. `channel_off`: nothing is set up there that could. */
  async sendCode(token: string, channel: Channel): Promise<void> {
    await this.#to.call('POST', path('/v1/me/codes/:channel', channel), { token });
  }

  /** The code shows that one reads what is sent there. */
  async prove(token: string, channel: Channel, code: string): Promise<void> {
    await this.#to.call('POST', path('/v1/me/proofs/:channel', channel), { token, body: { code } });
  }

  /** Who looked at one's exact position or record. */
  async disclosures(token: string, page: Page = {}): Promise<Disclosure[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(disclosures, 'GET', '/v1/me/disclosures', call)).disclosures;
  }
}
