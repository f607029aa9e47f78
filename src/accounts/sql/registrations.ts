import { sql } from '../../store/db.ts';

export const ADDRESS_IS_KNOWN = sql(
  'accounts_address_is_known',
  'select exists (select 1 from accounts.users where lower(email) = $1) as known',
);

/** Not more than $9 within an hour for one address: a stranger must not fill a mailbox. */
export const ADD_REGISTRATION = sql(
  'accounts_add_registration',
  `insert into accounts.registrations (id, email, password_hash, name, phone, skills, token_hash, expires_at)
   select $1, $2, $3, $4, $5, $6::text[], $7, now() + make_interval(secs => $8)
    where (select count(1) from accounts.registrations
            where email = $2 and created_at > now() - interval '1 hour') < $9
   returning id`,
);

export interface RegistrationRow {
  readonly email: string;
  readonly password_hash: string;
  readonly name: string;
  readonly phone: string | null;
  readonly skills: string[] | null;
}

/** Counts the attempt before it is judged. */
export const TRY_REGISTRATION = sql(
  'accounts_try_registration',
  `update accounts.registrations set attempts = attempts + 1
    where token_hash = $1 and attempts < $2 and expires_at > now()
   returning email, password_hash, name, phone, skills`,
);

export const USE_REGISTRATION = sql(
  'accounts_use_registration',
  'delete from accounts.registrations where token_hash = $1 returning id',
);

export const FORGET_REGISTRATIONS = sql(
  'accounts_forget_registrations',
  'delete from accounts.registrations where expires_at <= now() returning id',
);
