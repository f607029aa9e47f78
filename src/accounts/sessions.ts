import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { isUuid } from '../lib/ids.ts';
import { type Ok, ok, type Result, refused } from '../lib/result.ts';
import type { Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import {
  hashOf,
  isGenuine,
  newSecret,
  nextSecret,
  type ReadToken,
  readToken,
  writeToken,
} from './refresh-tokens.ts';
import type { Caller, Sessions, SignedIn } from './sessions-types.ts';
import {
  DROP_OLDER_TOKENS,
  INSERT_REFRESH_TOKEN,
  REFRESH_TOKEN,
  REVOKE_TOKENS,
  type RefreshTokenRow,
  USE_REFRESH_TOKEN,
} from './sql/refresh-tokens.ts';
import {
  END_SESSIONS,
  type EndedRow,
  INSERT_SESSION,
  LOCK_SESSION,
  SESSION_USED,
  SESSIONS_OF,
  type SessionRow,
  type SessionStateRow,
} from './sql/sessions.ts';
import { STILL_PROVED } from './sql/sign-in.ts';
import { freshStanding } from './standing.ts';
import { recordSuspicious } from './suspicious.ts';
import type { Grant } from './types.ts';

const TAG_KEY_BYTES = 32;
/**
 * How long the token exchanged last is answered again with the same one. Longer than a client waits for an answer
 * (15 s): whoever lost it on a bad network comes back with the old token.
 */
const GRACE_MS = 30_000;
const PROGRAM_CHARS_MAX = 200;
const LISTED_MAX = 200;

/** What is worth keeping of where somebody asks from. */
export const addressOf = ({ address = '' }: Caller): string | null => (isIP(address) ? address : null);
const programOf = ({ program = '' }: Caller): string | null =>
  program.replace(/[^\x20-\x7e]/g, '').slice(0, PROGRAM_CHARS_MAX) || null;

export interface NewSession {
  readonly userId: string;
  readonly grants: readonly Grant[];
  /** From before the grants were read, so that a change after that overrules it. */
  readonly readAtMs: number;
}

/** Starts a session of an account whose password nobody can have changed yet. */
export async function startSession(
  context: Context,
  session: NewSession,
  from: Caller,
): Promise<Ok<SignedIn>> {
  const kept = await context.db.transaction((tx) => keepSession(context, tx, session.userId, from));
  return pair(context, { ...session, ...kept });
}

/**
 * Starts a session unless the password is another one by now. A new password ends every session there is, and one that
 * the old password opened a moment later would stay.
 */
export async function startProvedSession(
  context: Context,
  session: NewSession,
  provedHash: string,
  from: Caller,
): Promise<Result<SignedIn, 'credentials_wrong'>> {
  const { userId } = session;
  const kept = await context.db.transaction(async (tx) => {
    const [still] = await tx.query(STILL_PROVED, [userId, provedHash]);
    return still ? keepSession(context, tx, userId, from) : null;
  });
  return kept ? pair(context, { ...session, ...kept }) : refused('credentials_wrong');
}

async function keepSession(context: Context, tx: Tx, userId: string, from: Caller) {
  const [sessionId, secret, tagKey] = [context.newId(), newSecret(), randomBytes(TAG_KEY_BYTES)];
  await tx.query(INSERT_SESSION, [sessionId, userId, tagKey, addressOf(from), programOf(from)]);
  await keepToken(context, tx, userId, sessionId, secret);
  return { sessionId, refreshToken: writeToken(sessionId, secret, tagKey) };
}

const keepToken = (context: Context, tx: Tx, userId: string, sessionId: string, secret: Buffer) =>
  tx.query(INSERT_REFRESH_TOKEN, [
    context.newId(),
    userId,
    sessionId,
    hashOf(secret),
    context.refreshTokenLifeMs / 1_000,
  ]);

interface Pair {
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly readAtMs: number;
  readonly sessionId: string;
  readonly refreshToken: string;
}

async function pair(
  { tokens }: Context,
  { userId, grants, readAtMs, sessionId, refreshToken }: Pair,
): Promise<Ok<SignedIn>> {
  const { token, expiresAtMs } = await tokens.issue(userId, grants, readAtMs, sessionId);
  return ok({ userId, grants, accessToken: token, expiresAtMs, refreshToken });
}

type Exchanged = Result<
  { userId: string; grants: readonly Grant[]; secret: Buffer; tagKey: Buffer },
  'token_invalid' | 'token_expired' | 'account_suspended'
>;

/** Ends sessions, one of a user's or all, inside a transaction. */
async function end(
  { endedSessions }: Context,
  tx: Tx,
  userId: string,
  sessionId: string | null,
  reason: 'signed_out' | 'token_reused',
): Promise<number> {
  const ended = await tx.query<EndedRow>(END_SESSIONS, [userId, sessionId, reason]);
  await tx.query(REVOKE_TOKENS, [ended.map(({ id }) => id)]);
  tx.afterCommit(() => {
    for (const row of ended) endedSessions.add(row);
  });
  return ended.length;
}

/** Signs somebody out everywhere, as part of a larger change. */
export async function endSessionsOf(context: Context, tx: Tx, userId: string): Promise<void> {
  await end(context, tx, userId, null, 'signed_out');
}

export function openSessions(
  context: Context,
): Pick<Sessions, 'refresh' | 'listSessions' | 'endSession' | 'endAllSessions'> {
  const { clock, db, metrics } = context;

  const reused = async (tx: Tx, userId: string, sessionId: string, from: Caller): Promise<Exchanged> => {
    const endedNow = await end(context, tx, userId, sessionId, 'token_reused');
    if (endedNow > 0) {
      await recordSuspicious(context, tx, {
        userId,
        type: 'REFRESH_TOKEN_REUSED',
        details: { sessionId },
        address: addressOf(from),
      });
    }
    return refused('token_invalid');
  };

  const exchange = async (tx: Tx, given: ReadToken, from: Caller): Promise<Exchanged> => {
    const { sessionId, secret } = given;
    const [session] = await tx.query<SessionStateRow>(LOCK_SESSION, [sessionId]);
    if (!session || session.ended || !isGenuine(given, session.tag_key)) return refused('token_invalid');
    const { user_id: userId, tag_key: tagKey } = session;
    const [row] = await tx.query<RefreshTokenRow>(REFRESH_TOKEN, [hashOf(secret), sessionId]);
    if (!row) return reused(tx, userId, sessionId, from);
    if (row.revoked) return refused('token_invalid');
    const { grants, suspended } = await freshStanding({ db: tx }, userId);
    // Before anything is exchanged: the same token is good again once the suspension is over.
    if (suspended) return refused('account_suspended');
    if (row.used_ago_ms !== null && row.next_seed) {
      if (row.used_ago_ms > GRACE_MS) return reused(tx, userId, sessionId, from);
      return ok({ userId, grants, tagKey, secret: nextSecret(secret, row.next_seed) });
    }
    if (row.expired) return refused('token_expired');
    const seed = newSecret();
    const next = nextSecret(secret, seed);
    await tx.query(USE_REFRESH_TOKEN, [row.id, seed]);
    await tx.query(DROP_OLDER_TOKENS, [sessionId, row.id]);
    await keepToken(context, tx, userId, sessionId, next);
    await tx.query(SESSION_USED, [sessionId, addressOf(from), programOf(from)]);
    return ok({ userId, grants, tagKey, secret: next });
  };

  const attempt: Sessions['refresh'] = async (refreshToken, from = {}) => {
    const given = readToken(refreshToken);
    if (!given) return refused('token_invalid');
    const { sessionId } = given;
    const readAtMs = clock.nowMs();
    const exchanged = await db.transaction((tx) => exchange(tx, given, from));
    if (!exchanged.ok) return exchanged;
    const { userId, grants, secret, tagKey } = exchanged.value;
    const next = writeToken(sessionId, secret, tagKey);
    return pair(context, { userId, grants, readAtMs, sessionId, refreshToken: next });
  };

  return {
    async refresh(refreshToken, from) {
      const result = await attempt(refreshToken, from);
      metrics.count('accounts_refreshes', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },

    async listSessions(by) {
      const rows = await db.query<SessionRow>(SESSIONS_OF, [by.userId, LISTED_MAX]);
      return rows.map(({ id, started_at, last_used_at, address, program }) => ({
        sessionId: id,
        startedAtMs: started_at,
        lastUsedAtMs: last_used_at,
        address,
        program,
        current: id === by.sessionId,
      }));
    },

    async endSession(by, sessionId) {
      if (!isUuid(sessionId)) return refused('not_found');
      const ended = await db.transaction((tx) => end(context, tx, by.userId, sessionId, 'signed_out'));
      return ended > 0 ? ok(null) : refused('not_found');
    },

    async endAllSessions(by) {
      await db.transaction((tx) => endSessionsOf(context, tx, by.userId));
    },
  };
}
