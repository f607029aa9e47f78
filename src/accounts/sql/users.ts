import { sql } from '../../store/db.ts';

export interface CredentialRow {
  readonly id: string;
  readonly password_hash: string | null;
}

export const CREDENTIAL_BY_EMAIL = sql(
  'accounts_credential_by_email',
  'select id, password_hash from accounts.users where lower(email) = $1',
);

export const KNOWN_USER = sql('accounts_known_user', 'select id from accounts.users where id = $1');

export const INSERT_USER = sql(
  'accounts_insert_user',
  `insert into accounts.users (id, email, password_hash) values ($1, $2, $3)
   on conflict (lower(email)) do nothing
   returning id`,
);

export const INSERT_PROFILE = sql(
  'accounts_insert_profile',
  `insert into accounts.user_profiles (user_id, name, phone) values ($1, $2, $3)
   returning user_id`,
);

/** Puts the changes of one person's standing in order. */
export const LOCK_USER = sql(
  'accounts_lock_user',
  'select id, status from accounts.users where id = $1 for update',
);

export interface LockedUserRow {
  readonly id: string;
  readonly status: 'active' | 'suspended' | 'deactivated';
}

export const SET_STATUS = sql(
  'accounts_set_status',
  'update accounts.users set status = $2, deactivated_at = null, updated_at = now() where id = $1',
);

export interface ContactRow {
  readonly id: string;
  readonly name: string | null;
  readonly phone: string | null;
}

export const CONTACTS = sql(
  'accounts_contacts',
  'select id, name, phone from accounts.people where id = any($1::uuid[])',
);
