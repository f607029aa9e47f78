import { sql } from '../../store/db.ts';

/** For whom somebody cares now, by account, or by patient record where there is none. */
export const CHARGES = sql(
  'accounts_charges',
  `select coalesce(p.user_id, p.id) as id
     from care.care_team t join care.patients p on p.id = t.patient_id
    where t.user_id = $1 and t.until is null
    order by p.id limit $2`,
);

export const WITH_GRANT = sql(
  'accounts_with_grant',
  `select distinct u.id from accounts.user_grants g join accounts.users u on u.id = g.user_id
    where g.grant_name = $1 and u.status = 'active' and ($2::uuid[] is null or u.id = any($2))
    order by u.id limit $3`,
);

export interface ReachRow {
  readonly id: string;
  readonly email: string | null;
  readonly phone: string | null;
}

/** Only what was proved to be theirs, and that they want to be told by. */
export const REACH = sql(
  'accounts_reach',
  `select u.id,
          case when u.email_verified_at is not null and p.notify_email then u.email end as email,
          case when p.phone_verified_at is not null and p.notify_sms then p.phone end as phone
     from accounts.users u join accounts.user_profiles p on p.user_id = u.id
    where u.id = any($1::uuid[]) and u.status = 'active'`,
);

export const WANT_PUSH = sql(
  'accounts_want_push',
  `select u.id from accounts.users u left join accounts.user_profiles p on p.user_id = u.id
    where u.id = any($1::uuid[]) and u.status = 'active' and coalesce(p.notify_push, true)`,
);
