import { errorFields } from '../lib/log.ts';
import { type Result, refused } from '../lib/result.ts';
import { openAdmission } from './admission.ts';
import { standingAtSignIn } from './coming-back.ts';
import type { Context } from './context.ts';
import { emailOf } from './normal-form.ts';
import { type NewSession, startProvedSession } from './sessions.ts';
import type { Caller, Proving, SignedIn } from './sessions-types.ts';
import type { Prove } from './sign-in-proof.ts';
import { UPGRADE_HASH } from './sql/sign-in.ts';
import { CREDENTIAL_BY_EMAIL, type CredentialRow } from './sql/users.ts';
import type { Accounts, Grant } from './types.ts';

/** Whoever may do much to many. */
const needsSecondFactor = (grant: Grant): boolean => grant === 'dispatcher' || grant === 'admin';

/** Proving who one is: by password once, then by token. */
export function openSignIn(context: Context, prove: Prove): Pick<Accounts, 'signIn' | 'verifyToken'> {
  const { clock, db, log, metrics, passwords, requireSecondFactor, tokens } = context;
  const admit = openAdmission(context);

  /** Nobody waits for it, and a line that is full does without: there will be another sign-in. */
  const upgradeLater = (userId: string, stored: string, password: string): void => {
    passwords
      .hash(password)
      .then((hashed) => (hashed.ok ? db.query(UPGRADE_HASH, [userId, stored, hashed.value]) : []))
      .catch((error: unknown) => {
        log.warn(errorFields(error), 'a password hash could not be brought up to date');
      });
  };

  /** With a hash that was brought up to date meanwhile the password is still right; with a new one it is not. */
  const start = async (
    session: NewSession,
    { email, password }: Proving,
    provedHash: string,
    from: Caller,
  ): Promise<Result<SignedIn, 'credentials_wrong' | 'busy'>> => {
    const started = await startProvedSession(context, session, provedHash, from);
    if (started.ok) {
      // Only now: the session goes by the hash that was proved.
      if (passwords.isOutdated(provedHash)) upgradeLater(session.userId, provedHash, password);
      return started;
    }
    const [now] = await db.query<CredentialRow>(CREDENTIAL_BY_EMAIL, [emailOf(email)]);
    const hash = now?.id === session.userId ? now.password_hash : null;
    const verified = await passwords.verify(hash, password);
    if (!verified.ok) return verified;
    if (hash === null || !verified.value) return refused('credentials_wrong');
    return startProvedSession(context, session, hash, from);
  };

  const attempt: Accounts['signIn'] = async (input, from = {}) => {
    const proved = await prove(input, from);
    if (!proved.ok) return proved;
    const { userId, hasSecondFactor, provedHash } = proved.value;
    // Read only now: checking the password takes time, in which an administrator may act.
    const readAtMs = clock.nowMs();
    const standing = await standingAtSignIn(context, userId);
    if (standing.suspended) return refused('account_suspended');
    if (requireSecondFactor && !hasSecondFactor && standing.grants.some(needsSecondFactor)) {
      return refused('second_factor_required', 'enrol a second factor first');
    }
    return start({ userId, grants: standing.grants, readAtMs }, input, provedHash, from);
  };

  return {
    async signIn(input, from) {
      const result = await attempt(input, from);
      metrics.count('accounts_sign_ins', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },

    async verifyToken(token) {
      const verified = await tokens.verify(token);
      return verified.ok ? admit(verified.value) : verified;
    },
  };
}
