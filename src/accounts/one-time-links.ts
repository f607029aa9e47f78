import type { Db } from '../store/db.ts';
import { sql } from '../store/db.ts';
import { hashOf, newToken } from './one-time.ts';
import { SET_RESET } from './sql/proofs.ts';

const ANYBODY = sql('accounts_is_anybody_there', 'select 1 as one from accounts.users limit 1');

/** Whether there is any account. */
export const isAnybodyThere = async (db: Db): Promise<boolean> => (await db.query(ANYBODY)).length > 0;

/**
 * The token of a link with which somebody chooses their password, once: for whoever runs the machine, where nothing is sent
 * by mail. It replaces one that was asked for before.
 */
export async function oneTimeToken(db: Db, userId: string, lifeMs: number): Promise<string> {
  const token = newToken();
  await db.query(SET_RESET, [userId, hashOf(token), lifeMs / 1_000, 0]);
  return token;
}
