import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Queryable, Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import { scopeProblem } from './grant-scopes.ts';
import {
  ADD_GRANTS,
  LOCK_ADMINS,
  OTHER_ADMIN_EXISTS,
  REMOVE_GRANT,
  STANDING,
  type StandingRow,
} from './sql/grants.ts';
import { LOCK_USER, type LockedUserRow, SET_STATUS } from './sql/users.ts';
import { allowed, standingChanged } from './standing.ts';
import type { Accounts, Grant, Principal } from './types.ts';
import { enrol, mayHelp, standDown } from './volunteers.ts';

const lastAdmin = () => refused('forbidden', 'the last administrator stays one');

async function isLastAdmin(db: Queryable, userId: string): Promise<boolean> {
  const [row] = await db.query<{ exists: boolean }>(OTHER_ADMIN_EXISTS, [userId]);
  return row?.exists !== true;
}

/** What administrators decide about people. */
export function openGrants(context: Context): Pick<Accounts, 'setGrant' | 'suspend'> {
  /** Runs `change` on somebody's locked row, for who may, and makes its effect known after commit. */
  const decide = async <Code extends string>(
    mayDecide: Promise<boolean>,
    userId: string,
    change: (tx: Tx) => Promise<Result<null, Code>>,
  ): Promise<Result<null, Code | 'forbidden' | 'not_found'>> => {
    if (!(await mayDecide)) return refused('forbidden');
    if (!isUuid(userId)) return refused('not_found');
    return context.db.transaction(async (tx) => {
      await tx.query(LOCK_ADMINS);
      const [user] = await tx.query<LockedUserRow>(LOCK_USER, [userId]);
      if (!user) return refused('not_found');
      const outcome = await change(tx);
      if (outcome.ok) await standingChanged(context, tx, userId);
      return outcome;
    });
  };

  const add = async (tx: Tx, by: Principal, userId: string, grant: Grant, scopeId: string | null) => {
    await tx.query(ADD_GRANTS, [userId, [grant], by.userId, scopeId]);
    if (mayHelp([grant])) await enrol(context, tx, userId, []);
  };

  const remove = async (tx: Tx, userId: string, grant: Grant, scopeId: string | null) => {
    await tx.query(REMOVE_GRANT, [userId, grant, scopeId]);
    const [left] = await tx.query<StandingRow>(STANDING, [userId]);
    if (!mayHelp(left?.grants ?? [])) await standDown(context, tx, userId);
  };

  return {
    setGrant: (by, userId, grant, held, scopeId = null) =>
      decide(allowed(context, by, 'change', 'grants'), userId, async (tx) => {
        const problem = scopeProblem(grant, scopeId);
        if (problem) return refused('bad_request', problem);
        if (grant === 'admin' && !held && (await isLastAdmin(tx, userId))) return lastAdmin();
        await (held ? add(tx, by, userId, grant, scopeId) : remove(tx, userId, grant, scopeId));
        return ok(null);
      }),

    suspend: (by, userId, suspended) =>
      decide(allowed(context, by, 'suspend', 'account'), userId, async (tx) => {
        if (suspended && (await isLastAdmin(tx, userId))) return lastAdmin();
        await tx.query(SET_STATUS, [userId, suspended ? 'suspended' : 'active']);
        if (suspended) await standDown(context, tx, userId);
        return ok(null);
      }),
  };
}
