import { sql } from '../../store/db.ts';
import type { Grant } from '../types.ts';

export interface FoundRow {
  readonly id: string;
  readonly name: string | null;
  readonly email: string;
  readonly status: 'active' | 'suspended' | 'deactivated';
  readonly grants: Grant[];
}

/** $1: an id or null, $2: the text as a LIKE pattern to begin with, in small letters, $3: at most. Whoever is erased has no address. */
export const FIND_USERS = sql(
  'accounts_find_users',
  `select u.id, p.name, u.email, u.status,
          array(select distinct g.grant_name from accounts.user_grants g where g.user_id = u.id order by 1) as grants
     from accounts.users u
     left join accounts.user_profiles p on p.user_id = u.id
    where u.id = $1 or lower(u.email) like $2 || '%' or lower(p.name) like '%' || $2 || '%'
    order by lower(p.name) nulls last, u.id
    limit $3`,
);
