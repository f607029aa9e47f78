import { errorFields } from '../lib/log.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { BoundedLine } from './bounded-line.ts';
import { emailOf } from './normal-form.ts';
import { hashOf, newToken } from './one-time.ts';
import type { PeopleContext } from './people-context.ts';
import { RESET_ACCOUNT, RESET_EXISTS, SET_PASSWORD, SET_RESET, USE_RESET } from './sql/proofs.ts';
import { LOCK_USER } from './sql/users.ts';

const RESET_LIFE_MS = 30 * 60_000;
const RESET_EVERY_MS = 60_000;
const ASKED_AT_ONCE = { runningMax: 1, waitingMax: 1_000 };

export interface PasswordReset {
  /**
   * Sends a link if there is such an account. Whether there is shows neither in the answer nor in its time: callers
   * answer without waiting. Resolves once it is written down, or known that nothing is to be sent.
   */
  askPasswordReset(email: string): Promise<void>;
  /** Sets the password, once per link, and ends everything that was signed in. */
  resetPassword(token: string, password: string): Promise<Result<null, 'token_invalid' | 'busy'>>;
}

export function openPasswordReset(context: PeopleContext): PasswordReset {
  const { db, deliver, endSessions, log, metrics, passwords, publicUrl } = context;
  const line = new BoundedLine(ASKED_AT_ONCE);

  const writeDown = (email: string) =>
    db.transaction(async (tx) => {
      const [account] = await tx.query<{ id: string; email: string }>(RESET_ACCOUNT, [emailOf(email)]);
      if (!account) return;
      const token = newToken();
      const times = [RESET_LIFE_MS / 1_000, RESET_EVERY_MS / 1_000];
      const [set] = await tx.query(SET_RESET, [account.id, hashOf(token), ...times]);
      if (!set) return;
      await deliver(tx, {
        userId: account.id,
        channel: 'email',
        recipient: account.email,
        subject: 'Your new password for Muster',
        body:
          `Somebody asked for a new password for your account. If it was you, choose one here within half an ` +
          `hour:\n\n${publicUrl}/password-reset#token=${token}\n\nIf not, there is nothing to do.\n`,
        lifeMs: RESET_LIFE_MS,
      });
    });

  return {
    async askPasswordReset(email) {
      try {
        const done = await line.run(() => writeDown(email));
        if (!done.ok) metrics.count('password_resets_refused');
      } catch (error) {
        log.warn(errorFields(error), 'a password reset could not be written down');
      }
    },

    async resetPassword(token, password) {
      // Before the costly hash, so that a guessed token costs us nothing.
      const [usable] = await db.query(RESET_EXISTS, [hashOf(token)]);
      if (!usable) return refused('token_invalid');
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      return db.transaction(async (tx) => {
        const [used] = await tx.query<{ user_id: string }>(USE_RESET, [hashOf(token)]);
        if (!used) return refused('token_invalid');
        await tx.query(LOCK_USER, [used.user_id]);
        await tx.query(SET_PASSWORD, [used.user_id, hashed.value]);
        await endSessions(tx, used.user_id);
        return ok(null);
      });
    },
  };
}
