import { z } from 'zod';
import type { invitation } from '../../protocol/http/accounts.ts';
import { invited } from '../../protocol/http/accounts.ts';
import {
  type decision,
  decisionView,
  profileView,
  type verificationRole,
} from '../../protocol/http/people.ts';
import type { Profile } from './me.ts';
import { path, type Transport } from './transport.ts';

export type Invitation = z.input<typeof invitation>;
export type Decision = z.input<typeof decision>;
export type DecisionView = z.infer<typeof decisionView>;
export type VerificationRole = z.infer<typeof verificationRole>;

const decisions = z.object({ decisions: z.array(decisionView) });

/** What administrators see of people and decide about them. */
export class PeopleRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  profile(token: string, userId: string): Promise<Profile> {
    return this.#to.read(profileView, 'GET', path('/v1/users/:id', userId), { token });
  }

  /** Ends everything they are signed in with. */
  async suspend(token: string, userId: string): Promise<void> {
    await this.#to.call('POST', path('/v1/users/:id/suspend', userId), { token });
  }

  async reactivate(token: string, userId: string): Promise<void> {
    await this.#to.call('POST', path('/v1/users/:id/reactivate', userId), { token });
  }

  /** Who decided what about their verification, newest first. */
  async decisions(token: string, userId: string): Promise<DecisionView[]> {
    const route = path('/v1/users/:id/verification', userId);
    return (await this.#to.read(decisions, 'GET', route, { token })).decisions;
  }

  /** A professional is verified from at least one document; `verified: false` takes it back. */
  async decide(token: string, userId: string, role: VerificationRole, body: Decision): Promise<void> {
    await this.#to.call('PUT', path('/v1/users/:id/verification/:role', userId, role), { token, body });
  }

  /** Sends a link that makes one account, for seven days. */
  invite(token: string, body: Invitation): Promise<{ expiresAtMs: number }> {
    return this.#to.read(invited, 'POST', '/v1/invitations', { token, body });
  }
}
