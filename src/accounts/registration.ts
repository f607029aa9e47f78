import { ok, type Result, refused } from '../lib/result.ts';
import type { Tx } from '../store/db.ts';
import type { Context } from './context.ts';
import { emailOf, phoneOf } from './normal-form.ts';
import { ADD_GRANTS } from './sql/grants.ts';
import { INSERT_PROFILE, INSERT_USER } from './sql/users.ts';
import type { Accounts, Grant } from './types.ts';
import { enrol } from './volunteers.ts';

export interface NewUser {
  readonly email: string;
  readonly passwordHash: string;
  readonly name: string;
  readonly phone?: string | undefined;
  readonly grants: readonly Grant[];
}

/** Thrown inside a transaction, so that nothing of a refused registration is kept. */
class Taken extends Error {
  override readonly name = 'Taken';
}

/** Adds a user with profile and grants, inside {@link unlessTaken}. */
export async function addUser({ newId }: Context, tx: Tx, user: NewUser): Promise<string> {
  const userId = newId();
  const [added] = await tx.query(INSERT_USER, [userId, emailOf(user.email), user.passwordHash]);
  if (!added) throw new Taken('the address has an account');
  await tx.query(INSERT_PROFILE, [userId, user.name.trim(), phoneOf(user.phone)]);
  await tx.query(ADD_GRANTS, [userId, user.grants, null, null]);
  return userId;
}

/** Somebody who makes their own account. */
export interface Applicant extends Omit<NewUser, 'grants'> {
  /** Null: offers no help. */
  readonly skills: readonly string[] | null;
}

/** Adds them as a patient, and as a volunteer if they offer help, inside {@link unlessTaken}. */
export async function addApplicant(context: Context, tx: Tx, applicant: Applicant): Promise<string> {
  const { skills, ...user } = applicant;
  const userId = await addUser(context, tx, {
    ...user,
    grants: skills ? ['patient', 'volunteer'] : ['patient'],
  });
  if (skills) await enrol(context, tx, userId, skills);
  return userId;
}

/** Runs a transaction that adds a user; an address that has an account becomes an answer. */
export async function unlessTaken<T, Code extends string>(
  work: () => Promise<Result<T, Code>>,
): Promise<Result<T, Code | 'email_taken'>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Taken) return refused('email_taken');
    throw error;
  }
}

export function openRegistration(context: Context): Pick<Accounts, 'register'> {
  const { db, metrics, passwords } = context;
  return {
    async register({ email, password, name, phone, volunteer }) {
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      const applicant = { email, passwordHash: hashed.value, name, phone, skills: volunteer?.skills ?? null };
      const result = await unlessTaken<{ userId: string }, never>(() =>
        db.transaction(async (tx) => ok({ userId: await addApplicant(context, tx, applicant) })),
      );
      metrics.count('accounts_registrations', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },
  };
}
