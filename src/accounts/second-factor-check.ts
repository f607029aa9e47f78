import { createHash } from 'node:crypto';
import type { Context } from './context.ts';
import { stepOf } from './second-factor-code.ts';
import { SECOND_FACTOR, type SecondFactorRow, USE_RECOVERY_CODE, USE_STEP } from './sql/second-factor.ts';

/** none: there is no second factor. */
export type SecondFactor = 'none' | 'right' | 'missing' | 'wrong';

export const recoveryHash = (code: string): Buffer =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^A-Z2-7]/g, ''))
    .digest();

/** Looks at a code of the authenticator, or a recovery code, and uses it up. */
export async function checkSecondFactor(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  userId: string,
  code: string | undefined,
): Promise<SecondFactor> {
  const [row] = await db.query<SecondFactorRow>(SECOND_FACTOR, [userId]);
  if (!row?.confirmed) return 'none';
  if (code === undefined) return 'missing';
  const step = stepOf(row.secret, code, clock.nowMs());
  const used =
    step === null
      ? await db.query(USE_RECOVERY_CODE, [userId, recoveryHash(code)])
      : await db.query(USE_STEP, [userId, step, row.secret]);
  return used.length > 0 ? 'right' : 'wrong';
}
