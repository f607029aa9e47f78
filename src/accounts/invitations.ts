import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { scopeProblem } from './grant-scopes.ts';
import { emailOf } from './normal-form.ts';
import { hashOf, newToken } from './one-time.ts';
import type { PeopleContext } from './people-context.ts';
import { addUser, unlessTaken } from './registration.ts';
import { ADD_GRANTS } from './sql/grants.ts';
import {
  ADD_INVITATION,
  EMAIL_VERIFIED,
  INVITATION_EXISTS,
  INVITATIONS,
  type InvitationRow,
  OPEN_INVITATION,
  REVOKE_INVITATION,
  type SentInvitationRow,
  USE_INVITATION,
} from './sql/proofs.ts';
import { allowed } from './standing.ts';
import type { Grant, Principal } from './types.ts';
import { enrol, mayHelp } from './volunteers.ts';

const DAY_MS = 86_400_000;
export const INVITATION_LIFE_MS = 7 * DAY_MS;

export interface Invitation {
  readonly email: string;
  readonly grants: readonly Grant[];
  /** The hospital that all of the scoped grants hold in; null: everywhere. */
  readonly scopeId: string | null;
}

export interface Acceptance {
  readonly token: string;
  readonly password: string;
  readonly name: string;
  readonly phone?: string | undefined;
}

export interface SentInvitation extends Invitation {
  readonly id: string;
  readonly invitedBy: string | null;
  readonly invitedAtMs: number;
  readonly expiresAtMs: number;
  readonly acceptedAtMs: number | null;
}

export interface Invitations {
  /** Admin only: newest first, below the id `before`. */
  listInvitations(
    by: Principal,
    page: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<Result<readonly SentInvitation[], 'forbidden'>>;
  /** Admin only. Its link opens nothing any more; one that was used or has run out is not found. */
  revokeInvitation(by: Principal, id: string): Promise<Result<null, 'forbidden' | 'not_found'>>;
  /** Admin only. Sends a link that makes one account; says the same whether there is one already. */
  invite(
    by: Principal,
    invitation: Invitation,
  ): Promise<Result<{ expiresAtMs: number }, 'forbidden' | 'bad_request'>>;
  /** Makes the account, whose address the link has proved. */
  acceptInvitation(
    acceptance: Acceptance,
  ): Promise<Result<{ userId: string }, 'token_invalid' | 'email_taken' | 'busy'>>;
}

export function openInvitations(context: PeopleContext): Invitations {
  const { db, deliver, newId, passwords, publicUrl } = context;
  return {
    async listInvitations(by, { before, limit }) {
      if (!(await allowed(context, by, 'read', 'invitations'))) return refused('forbidden');
      return ok((await db.query<SentInvitationRow>(INVITATIONS, [before ?? null, limit])).map(sentOf));
    },

    async revokeInvitation(by, id) {
      if (!(await allowed(context, by, 'revoke', 'invitations'))) return refused('forbidden');
      const gone = isUuid(id) ? await db.query(REVOKE_INVITATION, [id]) : [];
      return gone.length > 0 ? ok(null) : refused('not_found');
    },

    async invite(by, { email, grants, scopeId }) {
      if (!(await allowed(context, by, 'send', 'invitations'))) return refused('forbidden');
      if (scopeId !== null && !isUuid(scopeId)) return refused('bad_request', 'scopeId: not an id');
      for (const grant of grants) {
        const problem = scopeProblem(grant, SCOPED.has(grant) ? scopeId : null);
        if (problem) return refused('bad_request', problem);
      }
      const token = newToken();
      return db.transaction(async (tx) => {
        const address = emailOf(email);
        const fields = [
          newId(),
          address,
          grants,
          scopeId,
          hashOf(token),
          by.userId,
          INVITATION_LIFE_MS / 1_000,
        ];
        const [added] = await tx.query<{ expires_at: number }>(ADD_INVITATION, fields);
        await deliver(tx, {
          userId: null,
          channel: 'email',
          recipient: address,
          subject: 'You are invited to Muster',
          body: `You are invited to Muster. This link makes your account, once:\n\n${publicUrl}/invitation#token=${token}\n`,
          lifeMs: INVITATION_LIFE_MS,
        });
        return ok({ expiresAtMs: added?.expires_at ?? 0 });
      });
    },

    async acceptInvitation({ token, password, name, phone }) {
      // Before the costly hash, so that a guessed token costs us nothing.
      const [usable] = await db.query(INVITATION_EXISTS, [hashOf(token)]);
      if (!usable) return refused('token_invalid');
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      return unlessTaken<{ userId: string }, 'token_invalid'>(() =>
        db.transaction(async (tx) => {
          const [invitation] = await tx.query<InvitationRow>(OPEN_INVITATION, [hashOf(token)]);
          if (!invitation) return refused('token_invalid');
          const user = { email: invitation.email, passwordHash: hashed.value, name, phone };
          const userId = await addUser(context, tx, { ...user, grants: ['patient'] });
          const grants = invitation.grants as Grant[];
          const scoped = grants.filter((grant) => SCOPED.has(grant));
          const unscoped = grants.filter((grant) => !SCOPED.has(grant));
          await tx.query(ADD_GRANTS, [userId, unscoped, invitation.invited_by, null]);
          await tx.query(ADD_GRANTS, [userId, scoped, invitation.invited_by, invitation.scope_id]);
          if (mayHelp(grants)) await enrol(context, tx, userId, []);
          await tx.query(EMAIL_VERIFIED, [userId, invitation.email]);
          await tx.query(USE_INVITATION, [invitation.id, userId]);
          return ok({ userId });
        }),
      );
    },
  };
}

const SCOPED: ReadonlySet<Grant> = new Set(['hospital_authority', 'staff', 'professional']);

const sentOf = (row: SentInvitationRow): SentInvitation => ({
  id: row.id,
  email: row.email,
  grants: row.grants,
  scopeId: row.scope_id,
  invitedBy: row.invited_by,
  invitedAtMs: row.created_at,
  expiresAtMs: row.expires_at,
  acceptedAtMs: row.accepted_at,
});
