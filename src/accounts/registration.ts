import { ok, type Result, refused } from '../lib/result.ts';
import type { Tx } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
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

type Taken = 'email_taken' | 'phone_taken';

/** Adds a user with profile and grants. Rejects with the database's error when e-mail or phone are taken. */
export async function addUser({ newId }: Context, tx: Tx, user: NewUser): Promise<string> {
  const userId = newId();
  await tx.query(INSERT_USER, [userId, emailOf(user.email), user.passwordHash]);
  await tx.query(INSERT_PROFILE, [userId, user.name.trim(), phoneOf(user.phone)]);
  await tx.query(ADD_GRANTS, [userId, user.grants, null]);
  return userId;
}

/** Runs `work`, which adds a user, and turns the unique indexes' refusal into an answer. */
export async function unlessTaken<T, Code extends string>(
  work: () => Promise<Result<T, Code>>,
): Promise<Result<T, Code | Taken>> {
  try {
    return await work();
  } catch (error) {
    const taken = takenOf(error);
    if (taken) return refused(taken);
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

function takenOf(error: unknown): Taken | undefined {
  if (sqlState(error) !== UNIQUE_VIOLATION) return undefined;
  switch ((error as { constraint?: unknown }).constraint) {
    case 'users_email':
      return 'email_taken';
    case 'user_profiles_phone_key':
      return 'phone_taken';
    default:
      return undefined;
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
