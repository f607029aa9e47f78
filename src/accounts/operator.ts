import { ok, type Result, refused } from '../lib/result.ts';
import { type Db, sql } from '../store/db.ts';
import { scopeProblem } from './grant-scopes.ts';
import { emailOf } from './normal-form.ts';
import type { Passwords } from './passwords.ts';
import { personalExport } from './personal-export.ts';
import { eraseIn, isInSos } from './personal-rights.ts';
import { ADD_GRANTS, REMOVE_GRANT } from './sql/grants.ts';
import {
  CREDENTIAL_BY_EMAIL,
  type CredentialRow,
  INSERT_PROFILE,
  INSERT_USER,
  LOCK_USER,
  SET_STATUS,
} from './sql/users.ts';
import type { Grant } from './types.ts';

const LIST = sql(
  'operator_list',
  `select u.id, u.email, u.status,
          array(select g.grant_name || coalesce('@' || g.scope_id, '') from accounts.user_grants g
                 where g.user_id = u.id order by 1) as grants
     from accounts.users u where u.id > $1 order by u.id limit $2`,
);
const LAST_ADMIN = sql(
  'operator_last_admin',
  `select count(*) as others from accounts.user_grants g join accounts.users u on u.id = g.user_id
    where g.grant_name = 'admin' and u.status = 'active' and u.id <> $1`,
);
const IS_ADMIN = sql(
  'operator_is_admin',
  `select 1 as one from accounts.user_grants where user_id = $1 and grant_name = 'admin'`,
);

export interface ListedUser {
  readonly id: string;
  readonly email: string;
  readonly status: string;
  readonly grants: readonly string[];
}

export type OperatorRefusal = 'email_taken' | 'not_found' | 'last_admin' | 'bad_request' | 'busy' | 'in_sos';
type Answer<T> = Promise<Result<T, OperatorRefusal>>;

/**
 * What whoever runs the machine may do to accounts, straight on the database: for the first operator and for scripts.
 * A running node hears of it within 15 s, as of another node's doing.
 */
export interface Operator {
  list(afterId: string | null, limit: number): Promise<readonly ListedUser[]>;
  create(user: {
    email: string;
    name: string;
    password: string;
    grants: readonly Grant[];
  }): Answer<{ userId: string }>;
  setGrant(email: string, grant: Grant, held: boolean): Answer<{ userId: string }>;
  setSuspended(email: string, suspended: boolean): Answer<{ userId: string }>;
  /** Everything kept about somebody, as pieces of JSON. */
  exportOne(email: string, nowMs: number): Answer<{ userId: string; pieces: AsyncIterable<string> }>;
  /** Their documents are taken out of the storage by the next node that runs. */
  erase(email: string): Answer<{ userId: string }>;
}

const NIL = '00000000-0000-0000-0000-000000000000';

export function openOperator({
  db,
  newId,
  passwords,
}: {
  db: Db;
  newId: () => string;
  passwords: Passwords;
}): Operator {
  const idOf = async (email: string): Promise<string | null> => {
    const [row] = await db.query<CredentialRow>(CREDENTIAL_BY_EMAIL, [emailOf(email)]);
    return row?.id ?? null;
  };
  const isLastAdmin = async (userId: string): Promise<boolean> => {
    if ((await db.query(IS_ADMIN, [userId])).length === 0) return false;
    const [row] = await db.query<{ others: number }>(LAST_ADMIN, [userId]);
    return row?.others === 0;
  };
  const withUser = async <T>(email: string, act: (userId: string) => Answer<T>): Answer<T> => {
    const userId = await idOf(email);
    return userId === null ? refused('not_found') : act(userId);
  };

  return {
    list: (afterId, limit) => db.query<ListedUser>(LIST, [afterId ?? NIL, limit]),

    async create({ email, name, password, grants }) {
      for (const grant of grants) {
        const problem = scopeProblem(grant, null);
        if (problem) return refused('bad_request', problem);
      }
      const hash = await passwords.hash(password);
      if (!hash.ok) return refused('busy');
      return db.transaction(async (tx) => {
        const userId = newId();
        const added = await tx.query(INSERT_USER, [userId, emailOf(email), hash.value]);
        if (added.length === 0) return refused('email_taken');
        await tx.query(INSERT_PROFILE, [userId, name.trim(), null]);
        await tx.query(ADD_GRANTS, [userId, [...new Set<Grant>(['patient', ...grants])], null, null]);
        return ok({ userId });
      });
    },

    setGrant: (email, grant, held) =>
      withUser(email, async (userId) => {
        const problem = scopeProblem(grant, null);
        if (problem) return refused('bad_request', problem);
        if (!held && grant === 'admin' && (await isLastAdmin(userId))) return refused('last_admin');
        if (held) await db.query(ADD_GRANTS, [userId, [grant], null, null]);
        else await db.query(REMOVE_GRANT, [userId, grant, null]);
        return ok({ userId });
      }),

    setSuspended: (email, suspended) =>
      withUser(email, async (userId) => {
        if (suspended && (await isLastAdmin(userId))) return refused('last_admin');
        await db.query(SET_STATUS, [userId, suspended ? 'suspended' : 'active']);
        return ok({ userId });
      }),

    exportOne: (email, nowMs) =>
      withUser(email, async (userId) => ok({ userId, pieces: personalExport(db, userId, nowMs) })),

    erase: (email) =>
      withUser(email, async (userId) => {
        if (await isLastAdmin(userId)) return refused('last_admin');
        return db.transaction(async (tx) => {
          await tx.query(LOCK_USER, [userId]);
          if (await isInSos(tx, userId)) return refused('in_sos');
          return (await eraseIn(tx, userId)) ? ok({ userId }) : refused('not_found');
        });
      }),
  };
}
