import { sql } from '../../store/db.ts';

export interface VolunteerStateRow {
  readonly user_id: string;
  readonly skills: string[];
  readonly verified: boolean;
  readonly available: boolean;
  readonly updated_at: number;
}

export interface VolunteerRow {
  readonly user_id: string;
  readonly name: string | null;
  readonly skills: string[];
  readonly verified: boolean;
  readonly available: boolean;
}

// `clock_timestamp()`, not `now()`: it is read under the lock of the user's row, so it rises from change to change.

export const INSERT_VOLUNTEER = sql(
  'accounts_insert_volunteer',
  `insert into accounts.volunteers (user_id, skills, updated_at)
   values ($1, $2::text[], clock_timestamp())
   on conflict (user_id) do nothing
   returning user_id, skills, verified, available, updated_at`,
);

export const SET_AVAILABLE = sql(
  'accounts_set_available',
  `insert into accounts.volunteers (user_id, available, updated_at)
   values ($1, $2, clock_timestamp())
   on conflict (user_id) do update set available = excluded.available, updated_at = clock_timestamp()
   returning user_id, skills, verified, available, updated_at`,
);

export const STAND_DOWN = sql(
  'accounts_stand_volunteer_down',
  `update accounts.volunteers set available = false, updated_at = clock_timestamp()
    where user_id = $1
   returning user_id, skills, verified, available, updated_at`,
);

export const VERIFY = sql(
  'accounts_verify_volunteer',
  `update accounts.volunteers
      set verified = true,
          verified_at = coalesce(verified_at, now()),
          verified_by = coalesce(verified_by, $2),
          updated_at = clock_timestamp()
    where user_id = $1
   returning user_id, skills, verified, available, updated_at`,
);

/** Those who may help now: active, with a grant for it. */
export const LIST = sql(
  'accounts_list_volunteers',
  `select v.user_id, p.name, v.skills, v.verified, v.available
     from accounts.volunteers v
     join accounts.people p on p.id = v.user_id
    where p.status = 'active'
      and exists(select from accounts.user_grants g
                  where g.user_id = v.user_id and g.grant_name in ('volunteer', 'professional'))
      and ($1::boolean is null or v.verified = $1)
      and ($2::uuid is null or v.user_id > $2)
    order by v.user_id
    limit $3`,
);

export const PAGE = sql(
  'accounts_volunteers_page',
  `select user_id, skills, verified, available, updated_at
     from accounts.volunteers
    where $1::uuid is null or user_id > $1
    order by user_id
    limit $2`,
);
