import { sql } from '../../store/db.ts';
import type { Grant } from '../types.ts';

export interface StandingRow {
  readonly status: 'active' | 'suspended';
  readonly grants: Grant[];
  readonly as_of: number;
}

export const STANDING = sql(
  'accounts_standing',
  `select u.status,
          array(select g.grant_name from accounts.user_grants g where g.user_id = u.id order by g.grant_name) as grants,
          clock_timestamp() as as_of
     from accounts.users u
    where u.id = $1`,
);

/** $2: all the grants to add; $3: by whom, null when nobody had to. */
export const ADD_GRANTS = sql(
  'accounts_add_grants',
  `insert into accounts.user_grants (user_id, grant_name, granted_by)
   select $1, name, $3 from unnest($2::text[]) as name
   on conflict (user_id, grant_name) do nothing`,
);

export const REMOVE_GRANT = sql(
  'accounts_remove_grant',
  'delete from accounts.user_grants where user_id = $1 and grant_name = $2',
);

/** Until the end of the transaction: whoever makes or unmakes an administrator, and who asks if there is one. */
export const LOCK_ADMINS = sql(
  'accounts_lock_admins',
  "select pg_advisory_xact_lock(hashtextextended('accounts.admins', 0))",
);

export const ADMIN_EXISTS = sql(
  'accounts_admin_exists',
  `select exists(select from accounts.user_grants where grant_name = 'admin') as "exists"`,
);

/** Whether somebody else could still administer. */
export const OTHER_ADMIN_EXISTS = sql(
  'accounts_other_admin_exists',
  `select exists(
     select from accounts.user_grants g join accounts.users u on u.id = g.user_id
      where g.grant_name = 'admin' and u.status = 'active' and u.id <> $1) as "exists"`,
);
