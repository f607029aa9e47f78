import { ok, type Result, refused } from '../lib/result.ts';
import type { Context } from './context.ts';
import { emailOf, phoneOf } from './normal-form.ts';
import { hashOf, newToken } from './one-time.ts';
import type { Message, PeopleContext } from './people-context.ts';
import { addApplicant, unlessTaken } from './registration.ts';
import type { Chore } from './sessions-types.ts';
import { EMAIL_VERIFIED } from './sql/proofs.ts';
import {
  ADD_REGISTRATION,
  ADDRESS_IS_KNOWN,
  FORGET_REGISTRATIONS,
  type RegistrationRow,
  TRY_REGISTRATION,
  USE_REGISTRATION,
} from './sql/registrations.ts';
import type { Registration } from './types.ts';

const HOUR_MS = 3_600_000;
const REGISTRATION_LIFE_MS = 24 * HOUR_MS;
const PER_ADDRESS_AND_HOUR = 5;
export const CONFIRMATION_ATTEMPTS_MAX = 10;

/** Of an address that has an account: matches no password, and the link that leads to it is told to nobody. */
const NO_HASH = '';

export interface RegistrationByMail {
  /**
   * Asks for an account. What is answered, what is done and how long it takes are the same whether the address has one
   * already: only whoever reads its mail learns it. At most five mails an hour go to one address; that is not told either.
   */
  askRegistration(input: Registration): Promise<Result<{ userId: null }, 'busy'>>;
  /**
   * Makes the account, once per link. The password is asked for again, so that an account that a stranger prepared for
   * somebody's address does not come into being by that person's click. `token_invalid`: unknown, used, too old, or
   * tried too often.
   */
  confirmRegistration(confirmation: {
    readonly token: string;
    readonly password: string;
  }): Promise<Result<{ userId: string }, 'token_invalid' | 'credentials_wrong' | 'email_taken' | 'busy'>>;
}

export function openRegistrationByMail(context: PeopleContext): RegistrationByMail {
  const { db, deliver, metrics, newId, passwords, publicUrl } = context;
  return {
    async askRegistration({ email, password, name, phone, volunteer }) {
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      const address = emailOf(email);
      const token = newToken();
      await db.transaction(async (tx) => {
        const [state] = await tx.query<{ known: boolean }>(ADDRESS_IS_KNOWN, [address]);
        const isKnown = state?.known !== false;
        const [added] = await tx.query(ADD_REGISTRATION, [
          newId(),
          address,
          isKnown ? NO_HASH : hashed.value,
          name.trim(),
          phoneOf(phone),
          volunteer ? [...volunteer.skills] : null,
          hashOf(token),
          REGISTRATION_LIFE_MS / 1_000,
          PER_ADDRESS_AND_HOUR,
        ]);
        if (added) await deliver(tx, mailTo(address, isKnown ? note(publicUrl) : link(publicUrl, token)));
      });
      metrics.count('accounts_registrations', { outcome: 'asked' });
      return ok({ userId: null });
    },

    async confirmRegistration({ token, password }) {
      // A statement of its own: an attempt counts whatever happens afterwards.
      const [asked] = await db.query<RegistrationRow>(TRY_REGISTRATION, [
        hashOf(token),
        CONFIRMATION_ATTEMPTS_MAX,
      ]);
      if (!asked) return refused('token_invalid');
      const right = await passwords.verify(asked.password_hash, password);
      if (!right.ok) return right;
      if (!right.value) return refused('credentials_wrong');
      const made = await unlessTaken<{ userId: string }, 'token_invalid'>(() =>
        db.transaction(async (tx) => {
          const [used] = await tx.query(USE_REGISTRATION, [hashOf(token)]);
          if (!used) return refused('token_invalid');
          const { email, password_hash: passwordHash, name, phone, skills } = asked;
          const applicant = { email, passwordHash, name, phone: phone ?? undefined, skills };
          const userId = await addApplicant(context, tx, applicant);
          await tx.query(EMAIL_VERIFIED, [userId, email]);
          return ok({ userId });
        }),
      );
      metrics.count('accounts_registrations', { outcome: made.ok ? 'ok' : made.code });
      return made;
    },
  };
}

const mailTo = (recipient: string, words: Pick<Message, 'subject' | 'body'>): Message => ({
  userId: null,
  channel: 'email',
  recipient,
  ...words,
  lifeMs: REGISTRATION_LIFE_MS,
});

/** One subject for both: it shows on locked screens. */
const SUBJECT = 'Your account for Muster';

const link = (publicUrl: string, token: string) => ({
  subject: SUBJECT,
  body:
    `Somebody registered with this address. If it was you, make the account within a day here, with the password that ` +
    `you chose:\n\n${publicUrl}/registration#token=${token}\n\nIf not, there is nothing to do.\n`,
});

const note = (publicUrl: string) => ({
  subject: SUBJECT,
  body:
    `Somebody registered with this address. It has an account already. If it was you, sign in with it, or choose a new ` +
    `password here:\n\n${publicUrl}/password-reset\n\nIf not, there is nothing to do.\n`,
});

/** Deletes what nobody confirmed in time. */
export const oldRegistrationsChore = ({ db, log }: Context): Chore => ({
  name: 'old_registrations',
  everyMs: HOUR_MS,
  async run() {
    const { length: deleted } = await db.query(FORGET_REGISTRATIONS);
    if (deleted > 0) log.info({ deleted }, 'registrations that nobody confirmed deleted');
  },
});
