import { createHash, randomBytes } from 'node:crypto';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Queryable } from '../store/db.ts';
import type { Context } from './context.ts';
import { addUser, unlessTaken } from './registration.ts';
import { startSession } from './sessions.ts';
import { ADMIN_EXISTS, LOCK_ADMINS } from './sql/grants.ts';
import { DROP_UNUSED_LINKS, INSERT_LINK, LINK_EXISTS, USE_LINK } from './sql/setup-links.ts';
import type { Accounts, Grant } from './types.ts';

const TOKEN_BYTES = 32;
const FIRST_ADMIN: readonly Grant[] = ['admin', 'dispatcher', 'patient'];

const hashOf = (token: string) => createHash('sha256').update(token).digest();

async function holdsTrue(db: Queryable, ...query: Parameters<Queryable['query']>): Promise<boolean> {
  const [row] = await db.query<{ exists: boolean }>(...query);
  return row?.exists === true;
}

/** The first administrator: whoever holds the one-time token that the operator was shown. */
export function openSetup(context: Context): Pick<Accounts, 'setup' | 'setupLinkToken'> {
  const { db, passwords } = context;

  const mayUse = async (
    on: Queryable,
    tokenHash: Buffer,
  ): Promise<Result<null, 'setup_done' | 'token_invalid'>> => {
    if (await holdsTrue(on, ADMIN_EXISTS)) return refused('setup_done');
    if (!(await holdsTrue(on, LINK_EXISTS, [tokenHash]))) return refused('token_invalid');
    return ok(null);
  };

  return {
    setupLinkToken: () =>
      db.transaction(async (tx) => {
        await tx.query(LOCK_ADMINS);
        if (await holdsTrue(tx, ADMIN_EXISTS)) return null;
        const token = randomBytes(TOKEN_BYTES).toString('base64url');
        await tx.query(DROP_UNUSED_LINKS);
        await tx.query(INSERT_LINK, [hashOf(token)]);
        return token;
      }),

    async setup({ setupToken, email, password, name }, from = {}) {
      const tokenHash = hashOf(setupToken);
      // Before the costly hash, so that a guessed token costs us nothing.
      const early = await mayUse(db, tokenHash);
      if (!early.ok) return early;
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      const user = { email, passwordHash: hashed.value, name, grants: FIRST_ADMIN };
      const made = await unlessTaken<string, 'setup_done' | 'token_invalid'>(() =>
        db.transaction(async (tx) => {
          await tx.query(LOCK_ADMINS);
          const usable = await mayUse(tx, tokenHash);
          if (!usable.ok) return usable;
          await tx.query(USE_LINK, [tokenHash]);
          return ok(await addUser(context, tx, user));
        }),
      );
      if (!made.ok) return made;
      const session = { userId: made.value, grants: FIRST_ADMIN, readAtMs: context.clock.nowMs() };
      return startSession(context, session, from);
    },
  };
}
