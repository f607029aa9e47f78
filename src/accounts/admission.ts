import { ok, type Result, refused } from '../lib/result.ts';
import type { Context } from './context.ts';
import type { Claims } from './tokens.ts';
import type { Grant, Principal } from './types.ts';

/** What asking for help and answering offers needs. All others show much about many, or decide about them. */
const OF_THOSE_IN_NEED_AND_HELPING: ReadonlySet<Grant> = new Set(['patient', 'volunteer', 'professional']);

type AdmissionParts = Pick<Context, 'clock' | 'graceMs' | 'standings'> & {
  readonly endedSessions: Pick<Context['endedSessions'], 'has'>;
};

/**
 * Whom a token lets in whose signature and time are right, and as what: by what this node knows of them, without a
 * question to the database. A token that is good only because the store is away stands behind what is known of its
 * person, and of somebody unknown it carries nothing but asking for help and giving it.
 */
export function openAdmission({ clock, graceMs, standings, endedSessions }: AdmissionParts) {
  return ({
    userId,
    grants,
    sessionId,
    madeAtMs,
    expiresAtMs,
  }: Claims): Result<Principal, 'token_invalid'> => {
    if (endedSessions.has(sessionId)) return refused('token_invalid');
    const isOverdue = expiresAtMs <= clock.nowMs();
    const isAway = isOverdue || graceMs() > 0;
    const known = standings.changedSince(userId, madeAtMs) ?? (isAway ? standings.last(userId) : undefined);
    if (known?.suspended) return refused('token_invalid');
    if (known) return ok({ userId, grants: known.grants, sessionId, expiresAtMs });
    if (isOverdue) {
      const left = grants.filter((grant) => OF_THOSE_IN_NEED_AND_HELPING.has(grant));
      return ok({ userId, grants: left, sessionId, expiresAtMs });
    }
    standings.vouched(userId, { grants, suspended: false, asOfMs: madeAtMs });
    return ok({ userId, grants, sessionId, expiresAtMs });
  };
}
