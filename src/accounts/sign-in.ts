import { ok, refused } from '../lib/result.ts';
import { standingAtSignIn } from './coming-back.ts';
import type { Context } from './context.ts';
import { startSession } from './sessions.ts';
import type { Prove } from './sign-in-proof.ts';
import type { Accounts, Grant } from './types.ts';

/** Whoever may do much to many. */
const needsSecondFactor = (grant: Grant): boolean => grant === 'dispatcher' || grant === 'admin';

/** Proving who one is: by password once, then by token. */
export function openSignIn(context: Context, prove: Prove): Pick<Accounts, 'signIn' | 'verifyToken'> {
  const { clock, endedSessions, metrics, requireSecondFactor, standings, tokens } = context;

  const attempt: Accounts['signIn'] = async (input, from = {}) => {
    const proved = await prove(input, from);
    if (!proved.ok) return proved;
    const { userId, hasSecondFactor } = proved.value;
    // Read only now: checking the password takes time, in which an administrator may act.
    const readAtMs = clock.nowMs();
    const standing = await standingAtSignIn(context, userId);
    if (standing.suspended) return refused('account_suspended');
    if (requireSecondFactor && !hasSecondFactor && standing.grants.some(needsSecondFactor)) {
      return refused('second_factor_required', 'enrol a second factor first');
    }
    return startSession(context, userId, standing.grants, readAtMs, from);
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
