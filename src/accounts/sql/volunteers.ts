import { sql } from '../../store/db.ts';
import type { DutyState } from '../types.ts';

export interface VolunteerStateRow {
  readonly user_id: string;
  readonly skills: string[];
  readonly verified: boolean;
  readonly available: boolean;
  readonly updated_at: number;
  readonly timezone: string;
  readonly quiet_from_min: number | null;
  readonly quiet_to_min: number | null;
  readonly rest_after_alert_min: number;
  readonly shifts: DutyState['shifts'];
  readonly certificates: DutyState['certificates'];
}

export interface VolunteerRow {
  readonly user_id: string;
  readonly name: string | null;
  readonly skills: string[];
  readonly verified: boolean;
  readonly available: boolean;
  readonly averageRating: number;
  readonly cancellationCount: number;
}

// `clock_timestamp()`, not `now()`: it is read under the lock of the user's row, so it rises from change to change.

export const INSERT_VOLUNTEER = sql(
  'accounts_insert_volunteer',
  `insert into accounts.volunteers (user_id, skills, updated_at)
   values ($1, $2::text[], clock_timestamp())
   on conflict (user_id) do nothing
   returning user_id`,
);

export const SET_AVAILABLE = sql(
  'accounts_set_available',
  `insert into accounts.volunteers (user_id, available, updated_at)
   values ($1, $2, clock_timestamp())
   on conflict (user_id) do update set available = excluded.available, updated_at = clock_timestamp()
   returning user_id`,
);

export const STAND_DOWN = sql(
  'accounts_stand_volunteer_down',
  `update accounts.volunteers set available = false, updated_at = clock_timestamp()
    where user_id = $1
   returning user_id`,
);

export const VERIFY = sql(
  'accounts_verify_volunteer',
  `update accounts.volunteers
      set verified = true,
          verified_at = case when verified then verified_at else now() end,
          verified_by = case when verified then verified_by else $2 end,
          revoked_at = null,
          revoked_by = null,
          updated_at = clock_timestamp()
    where user_id = $1
   returning user_id`,
);

/** Those who may help now: active, with a grant for it. */
export const LIST = sql(
  'accounts_list_volunteers',
  `select v.user_id, p.name, v.skills, v.verified, v.available,
          v.average_rating as "averageRating", v.cancellation_count as "cancellationCount"
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

export const RATINGS = sql(
  'accounts_ratings',
  `select user_id, average_rating as "averageRating", cancellation_count as "cancellationCount"
     from accounts.volunteers where user_id = any($1::uuid[])`,
);

export const PAGE = sql(
  'accounts_volunteers_page',
  `select user_id, skills, verified, available, updated_at, timezone, quiet_from_min, quiet_to_min,
          rest_after_alert_min, shifts, certificates
     from accounts.volunteer_states
    where $1::uuid is null or user_id > $1
    order by user_id
    limit $2`,
);

export const STATE = sql(
  'accounts_volunteer_state',
  `select user_id, skills, verified, available, updated_at, timezone, quiet_from_min, quiet_to_min,
          rest_after_alert_min, shifts, certificates
     from accounts.volunteer_states
    where user_id = $1`,
);

/** Something that is kept elsewhere has changed what dispatch has to know. */
export const TOUCH = sql(
  'accounts_touch_volunteer',
  'update accounts.volunteers set updated_at = clock_timestamp() where user_id = $1 returning user_id',
);
