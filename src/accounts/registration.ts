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

type TakenCode = 'email_taken' | 'phone_taken';

/** Thrown inside a transaction, so that nothing of a refused registration is kept. */
class Taken extends Error {
  override readonly name = 'Taken';
  readonly code: TakenCode;

  constructor(code: TakenCode) {
    super(code);
    this.code = code;
  }
}

/** Adds a user with profile and grants, inside {@link unlessTaken}. */
export async function addUser({ newId }: Context, tx: Tx, user: NewUser): Promise<string> {
  const userId = newId();
  const [added] = await tx.query(INSERT_USER, [userId, emailOf(user.email), user.passwordHash]);
  if (!added) throw new Taken('email_taken');
  const [profile] = await tx.query(INSERT_PROFILE, [userId, user.name.trim(), phoneOf(user.phone)]);
  if (!profile) throw new Taken('phone_taken');
  await tx.query(ADD_GRANTS, [userId, user.grants, null, null]);
  return userId;
}

/** Runs a transaction that adds a user; a refusal by the unique indexes becomes an answer. */
export async function unlessTaken<T, Code extends string>(
  work: () => Promise<Result<T, Code>>,
): Promise<Result<T, Code | TakenCode>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Taken) return refused(error.code);
    throw error;
  }
}

export function openRegistration(context: Context): Pick<Accounts, 'register'> {
  const { db, metrics, passwords } = context;
  return {
    async register({ email, password, name, phone, volunteer }) {
      const hashed = await passwords.hash(password);
      if (!hashed.ok) return hashed;
      const grants: Grant[] = volunteer ? ['patient', 'volunteer'] : ['patient'];
      const user = { email, passwordHash: hashed.value, name, phone, grants };
      const result = await unlessTaken<{ userId: string }, never>(() =>
        db.transaction(async (tx) => {
          const userId = await addUser(context, tx, user);
          if (volunteer) await enrol(context, tx, userId, volunteer.skills);
          return ok({ userId });
        }),
      );
      metrics.count('accounts_registrations', { outcome: result.ok ? 'ok' : result.code });
      return result;
    },
  };
}
