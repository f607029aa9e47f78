import { ok, refused } from '../lib/result.ts';
import { standingAtSignIn } from './coming-back.ts';
import type { Context } from './context.ts';
import { emailOf } from './normal-form.ts';
import { startSession } from './sessions.ts';
import { CREDENTIAL_BY_EMAIL, type CredentialRow } from './sql/users.ts';
import type { Accounts } from './types.ts';

/** Proving who one is: by password once, then by token. */
export function openSignIn(context: Context): Pick<Accounts, 'signIn' | 'verifyToken'> {
  const { clock, db, endedSessions, metrics, passwords, standings, tokens } = context;

  const attempt: Accounts['signIn'] = async ({ email, password }, from = {}) => {
    const [known] = await db.query<CredentialRow>(CREDENTIAL_BY_EMAIL, [emailOf(email)]);
    const verified = await passwords.verify(known?.password_hash ?? null, password);
    if (!verified.ok) return verified;
    if (!known || !verified.value) return refused('credentials_wrong');
    // Read only now: checking the password takes time, in which an administrator may act.
    const readAtMs = clock.nowMs();
    const standing = await standingAtSignIn(context, known.id);
    if (standing.suspended) return refused('account_suspended');
    return startSession(context, known.id, standing.grants, readAtMs, from);
  };

  return {
    async signIn(input, from) {
      const result = await attempt(input, from);
      metrics.count('accounts_sign_ins', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },

    async verifyToken(token) {
      const verified = await tokens.verify(token);
      if (!verified.ok) return verified;
      const { userId, grants, sessionId, madeAtMs, expiresAtMs } = verified.value;
      if (endedSessions.has(sessionId)) return refused('token_invalid');
      const changed = standings.changedSince(userId, madeAtMs);
      if (changed?.suspended) return refused('token_invalid');
      return ok({ userId, grants: changed?.grants ?? grants, sessionId, expiresAtMs });
    },
  };
}
