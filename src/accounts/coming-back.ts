import type { Context } from './context.ts';
import { COME_BACK, SIGNED_IN_NOW } from './sql/profiles.ts';
import { freshStanding, standingChanged } from './standing.ts';
import type { Standing } from './standings.ts';

/** How long somebody who left can come back by signing in. Later an administrator has to. */
export const GRACE_DAYS = 30;

/**
 * The standing of somebody who has just proved who they are, and when they did: who left by themselves is taken back
 * within the time of grace.
 */
export async function standingAtSignIn(context: Context, userId: string): Promise<Standing> {
  const standing = await freshStanding(context, userId);
  if (!standing.suspended) {
    await context.db.query(SIGNED_IN_NOW, [userId]);
    return standing;
  }
  return context.db.transaction(async (tx) => {
    const [back] = await tx.query(COME_BACK, [userId, GRACE_DAYS]);
    if (!back) return standing;
    await standingChanged(context, tx, userId);
    return freshStanding({ db: tx }, userId);
  });
}
