import { type Ok, ok, refused } from '../lib/result.ts';
import type { Context } from './context.ts';
import { emailOf } from './normal-form.ts';
import { CREDENTIAL_BY_EMAIL, type CredentialRow } from './sql/users.ts';
import { freshStanding } from './standing.ts';
import type { Accounts, Grant, SignedIn } from './types.ts';

/** A fresh token. `readAtMs`: from before the grants were read, so that a change after that overrules it. */
export async function signedIn(
  { tokens }: Context,
  userId: string,
  grants: readonly Grant[],
  readAtMs: number,
): Promise<Ok<SignedIn>> {
  const { token, expiresAtMs } = await tokens.issue(userId, grants, readAtMs);
  return ok({ userId, grants, accessToken: token, expiresAtMs });
}

/** Proving who one is: by password once, then by token. */
export function openSignIn(context: Context): Pick<Accounts, 'signIn' | 'verifyToken'> {
  const { clock, db, metrics, passwords, standings, tokens } = context;

  const attempt: Accounts['signIn'] = async ({ email, password }) => {
    const [known] = await db.query<CredentialRow>(CREDENTIAL_BY_EMAIL, [emailOf(email)]);
    const verified = await passwords.verify(known?.password_hash ?? null, password);
    if (!verified.ok) return verified;
    if (!known || !verified.value) return refused('credentials_wrong');
    // Read only now: checking the password takes time, in which an administrator may act.
    const readAtMs = clock.nowMs();
    const standing = await freshStanding(context, known.id);
    if (standing.suspended) return refused('account_suspended');
    return signedIn(context, known.id, standing.grants, readAtMs);
  };

  return {
    async signIn(input) {
      const result = await attempt(input);
      metrics.count('accounts_sign_ins', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },

    async verifyToken(token) {
      const verified = await tokens.verify(token);
      if (!verified.ok) return verified;
      const { userId, grants, madeAtMs, expiresAtMs } = verified.value;
      const changed = standings.changedSince(userId, madeAtMs);
      if (changed?.suspended) return refused('token_invalid');
      return ok({ userId, grants: changed?.grants ?? grants, expiresAtMs });
    },
  };
}
