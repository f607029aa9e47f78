import { randomBytes } from 'node:crypto';
import { ok, refused } from '../lib/result.ts';
import type { Context } from './context.ts';
import { emailOf } from './normal-form.ts';
import { recoveryHash } from './second-factor-check.ts';
import { base32, otpauthUri, stepOf } from './second-factor-code.ts';
import type { Sessions } from './sessions-types.ts';
import type { Prove } from './sign-in-proof.ts';
import {
  DROP_RECOVERY_CODES,
  INSERT_RECOVERY_CODES,
  REPLACE_SECOND_FACTOR,
  SECOND_FACTOR,
  type SecondFactorRow,
  USE_STEP,
} from './sql/second-factor.ts';

const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 80 bits: a plain hash is enough for what nobody can try through. */
const RECOVERY_BYTES = 10;

/**
 * Enrolling a second factor. Both steps ask for the password: a session left open somewhere is not enough, and somebody
 * whom the policy keeps from signing in without a second factor can still get one.
 */
export function openSecondFactor(
  context: Context,
  prove: Prove,
): Pick<Sessions, 'enrolSecondFactor' | 'confirmSecondFactor'> {
  const { clock, db } = context;
  return {
    async enrolSecondFactor(input, from) {
      const proved = await prove(input, from);
      if (!proved.ok) return proved;
      const secret = randomBytes(SECRET_BYTES);
      await db.query(REPLACE_SECOND_FACTOR, [proved.value.userId, secret]);
      return ok({ uri: otpauthUri(secret, emailOf(input.email)) });
    },

    async confirmSecondFactor({ email, password, code }, from) {
      const proved = await prove({ email, password }, from);
      if (!proved.ok) return proved;
      const { userId } = proved.value;
      const [row] = await db.query<SecondFactorRow>(SECOND_FACTOR, [userId]);
      if (!row) return refused('not_found');
      const step = stepOf(row.secret, code, clock.nowMs());
      if (step === null) return refused('second_factor_required', 'the code is wrong');
      const codes = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(RECOVERY_BYTES)));
      return db.transaction(async (tx) => {
        const [used] = await tx.query(USE_STEP, [userId, step, row.secret]);
        if (!used) return refused('second_factor_required', 'the code was used already');
        await tx.query(DROP_RECOVERY_CODES, [userId]);
        await tx.query(INSERT_RECOVERY_CODES, [userId, codes.map(recoveryHash)]);
        return ok({ recoveryCodes: codes });
      });
    },
  };
}
