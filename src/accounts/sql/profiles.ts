import { sql } from '../../store/db.ts';

export interface ProfileRow {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: number | null;
  readonly phone_verified_at: number | null;
  readonly status: 'active' | 'suspended' | 'deactivated';
  readonly created_at: number;
  readonly last_sign_in_at: number | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly photo_url: string | null;
  readonly language: string | null;
  readonly timezone: string | null;
  readonly notify_push: boolean | null;
  readonly notify_sms: boolean | null;
  readonly notify_email: boolean | null;
  readonly doctor_name: string | null;
  readonly doctor_phone: string | null;
  /** These three are null for whoever offers no help. */
  readonly skills: string[] | null;
  readonly verified: boolean | null;
  readonly available: boolean | null;
}

export const PROFILE = sql(
  'accounts_profile',
  `select u.id, u.email, u.email_verified_at, p.phone_verified_at, u.status, u.created_at, u.last_sign_in_at,
          p.name, p.phone, p.address, p.photo_url, p.language, p.timezone,
          p.notify_push, p.notify_sms, p.notify_email, p.doctor_name, p.doctor_phone,
          v.skills, v.verified, v.available
     from accounts.users u
     left join accounts.user_profiles p on p.user_id = u.id
     left join accounts.volunteers v on v.user_id = u.id
    where u.id = $1`,
);

/** A new number has yet to be proved. */
export const SAVE_PROFILE = sql(
  'accounts_save_profile',
  `update accounts.user_profiles
      set name = $2, phone = $3,
          phone_verified_at = case when phone = $3 then phone_verified_at end, address = $4, doctor_name = $5, doctor_phone = $6, language = $7, timezone = $8,
          notify_push = $9, notify_sms = $10, notify_email = $11, updated_at = now()
    where user_id = $1
   returning user_id`,
);

export interface HeldGrantRow {
  readonly grant_name: string;
  readonly scope_id: string | null;
}

export const HELD_GRANTS = sql(
  'accounts_held_grants',
  `select grant_name, scope_id from accounts.user_grants where user_id = $1
    order by grant_name, scope_id nulls first`,
);

export const DEACTIVATE = sql(
  'accounts_deactivate',
  `update accounts.users set status = 'deactivated', deactivated_at = now(), updated_at = now()
    where id = $1 and status = 'active'
   returning id`,
);

/** $2: days of grace. */
export const COME_BACK = sql(
  'accounts_come_back',
  `update accounts.users
      set status = 'active', deactivated_at = null, last_sign_in_at = now(), updated_at = now()
    where id = $1 and status = 'deactivated' and deactivated_at > now() - make_interval(days => $2)
   returning id`,
);

export const SIGNED_IN_NOW = sql(
  'accounts_signed_in_now',
  'update accounts.users set last_sign_in_at = now() where id = $1',
);
