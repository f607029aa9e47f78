import type { ActionOf, Resource } from '../access/matrix.ts';
import { may } from '../access/may.ts';
import { isUuid } from '../lib/ids.ts';
import type { Queryable, Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import { STANDING, type StandingRow } from './sql/grants.ts';
import type { Standing } from './standings.ts';
import type { Grant, Principal } from './types.ts';

const NOBODY: Standing = { grants: [], suspended: false, asOfMs: 0 };

async function readStanding(db: Queryable, userId: string): Promise<Standing> {
  const [row] = await db.query<StandingRow>(STANDING, [userId]);
  if (!row) return NOBODY;
  const suspended = row.status !== 'active';
  return { grants: suspended ? [] : row.grants, suspended, asOfMs: row.as_of };
}

/** The standing as the database has it now, whatever was known before. */
export const freshStanding = ({ db }: { readonly db: Queryable }, userId: string): Promise<Standing> =>
  readStanding(db, userId);

export async function grantsOf({ db, standings }: Context, userId: string): Promise<readonly Grant[]> {
  if (!isUuid(userId)) return [];
  return (await standings.current(userId, () => readStanding(db, userId))).grants;
}

/** Whether the access matrix lets this person do it at this moment, whatever the token says. */
export async function allowed<R extends Resource>(
  context: Context,
  by: Principal,
  action: ActionOf<R>,
  resource: R,
): Promise<boolean> {
  return may({ grants: await grantsOf(context, by.userId) }, action, resource).allowed;
}

/** Whether this person holds one of the grants at this moment, whatever the token says. */
export async function holds(context: Context, by: Principal, ...oneOf: readonly Grant[]): Promise<boolean> {
  const grants = await grantsOf(context, by.userId);
  return oneOf.some((grant) => grants.includes(grant));
}

/** To be called last in a transaction that changed the standing of somebody whose row it locked. */
export async function standingChanged({ standings }: Context, tx: Tx, userId: string): Promise<void> {
  const standing = await readStanding(tx, userId);
  tx.afterCommit(() => standings.changed(userId, standing));
}
