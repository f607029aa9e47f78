import type { z } from 'zod';
import {
  invitationsView,
  jobsView,
  type jobView,
  type userFound,
  usersFound,
  type waitingVerification,
  waitingVerifications,
} from '../../protocol/http/admin.ts';
import { type DeviceView, devicesView } from './device-view.ts';
import type { Page } from './me.ts';
import { path, type Transport } from './transport.ts';

export type JobView = z.infer<typeof jobView>;
export type FoundUser = z.infer<typeof userFound>;
export type WaitingVerification = z.infer<typeof waitingVerification>;
export type SentInvitation = z.infer<typeof invitationsView>['invitations'][number];

/** What administrators need besides deciding about one person. */
export class AdminRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** By a part of the name, the beginning of the address, or the id. */
  async findUsers(token: string, text: string, limit?: number): Promise<FoundUser[]> {
    const call = { token, body: { text, limit } };
    return (await this.#to.read(usersFound, 'POST', '/v1/users/search', call)).users;
  }

  /** What somebody's positions and vital signs come from, newest first. */
  async devicesOf(token: string, userId: string): Promise<DeviceView[]> {
    return (await this.#to.read(devicesView, 'GET', path('/v1/users/:id/devices', userId), { token }))
      .devices;
  }

  /** Who waits to be verified, the longest first; also who has handed in documents since. */
  async waitingVerifications(token: string, limit?: number): Promise<WaitingVerification[]> {
    const call = { token, query: { limit } };
    return (await this.#to.read(waitingVerifications, 'GET', '/v1/verifications', call)).waiting;
  }

  /** Sent ones, newest first. */
  async invitations(token: string, page: Page = {}): Promise<SentInvitation[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(invitationsView, 'GET', '/v1/invitations', call)).invitations;
  }

  /** Its link opens nothing any more. */
  async revokeInvitation(token: string, id: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/invitations/:id', id), { token });
  }

  /** What nodes do every so often, by name. */
  async jobs(token: string): Promise<JobView[]> {
    return (await this.#to.read(jobsView, 'GET', '/v1/jobs', { token })).jobs;
  }

  /** Makes it due at once; one that runs goes on as it is. */
  async runJob(token: string, name: string): Promise<void> {
    await this.#to.call('POST', path('/v1/jobs/:name/run', name), { token });
  }
}
