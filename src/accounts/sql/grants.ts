import { sql } from '../../store/db.ts';
import type { Grant } from '../types.ts';

export interface StandingRow {
  readonly status: 'active' | 'suspended' | 'deactivated';
  readonly grants: Grant[];
  readonly as_of: number;
}

export const STANDING = sql(
  'accounts_standing',
  `select u.status,
          array(select distinct g.grant_name from accounts.user_grants g where g.user_id = u.id order by g.grant_name) as grants,
          clock_timestamp() as as_of
     from accounts.users u
    where u.id = $1`,
);

/** $2: all the grants to add; $3: by whom, null when nobody had to; $4: the hospital they hold in, null: everywhere. */
export const ADD_GRANTS = sql(
  'accounts_add_grants',
  `insert into accounts.user_grants (user_id, grant_name, granted_by, scope_id)
   select $1, name, $3, $4 from unnest($2::text[]) as name
   on conflict (user_id, grant_name, scope_id) do nothing`,
);

export const REMOVE_GRANT = sql(
  'accounts_remove_grant',
  `delete from accounts.user_grants
    where user_id = $1 and grant_name = $2 and scope_id is not distinct from $3::uuid`,
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

/** Whether one of the grants $2 holds at the hospital $3, or everywhere. */
export const HOLDS_AT = sql(
  'accounts_holds_at',
  `select exists(
     select from accounts.user_grants g join accounts.users u on u.id = g.user_id
      where g.user_id = $1 and g.grant_name = any($2::text[]) and u.status = 'active'
        and (g.scope_id is null or g.scope_id = $3)) as "exists"`,
);
