import { sql } from '../../store/db.ts';
import type { Grant } from '../types.ts';

export const ADD_INVITATION = sql(
  'accounts_add_invitation',
  `insert into accounts.invitations (id, email, grants, scope_id, token_hash, invited_by, expires_at)
   values ($1, $2, $3::text[], $4, $5, $6, now() + make_interval(secs => $7))
   returning expires_at`,
);

export interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly grants: string[];
  readonly scope_id: string | null;
  readonly invited_by: string | null;
}

/** Locked, so that it is used once. */
export const OPEN_INVITATION = sql(
  'accounts_open_invitation',
  `select id, email, grants, scope_id, invited_by from accounts.invitations
    where token_hash = $1 and accepted_at is null and expires_at > now()
      for update`,
);

export const INVITATION_EXISTS = sql(
  'accounts_invitation_exists',
  `select id from accounts.invitations where token_hash = $1 and accepted_at is null and expires_at > now()`,
);

export interface SentInvitationRow {
  readonly id: string;
  readonly email: string;
  readonly grants: Grant[];
  readonly scope_id: string | null;
  readonly invited_by: string | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly accepted_at: number | null;
}

/** Newest first. $1: below this id, or null. */
export const INVITATIONS = sql(
  'accounts_invitations',
  `select id, email, grants, scope_id, invited_by, created_at, expires_at, accepted_at
     from accounts.invitations
    where $1::uuid is null or id < $1
    order by id desc
    limit $2`,
);

export const REVOKE_INVITATION = sql(
  'accounts_revoke_invitation',
  `update accounts.invitations set expires_at = now()
    where id = $1 and accepted_at is null and expires_at > now()
   returning id`,
);

export const USE_INVITATION = sql(
  'accounts_use_invitation',
  'update accounts.invitations set accepted_at = now(), accepted_by = $2 where id = $1',
);

export const SET_CODE = sql(
  'accounts_set_verification_code',
  `insert into accounts.verification_codes as c (user_id, channel, address, code_hash, expires_at)
   values ($1, $2, $3, $4, now() + make_interval(secs => $5))
   on conflict (user_id, channel) do update
      set address = excluded.address, code_hash = excluded.code_hash, attempts = 0, created_at = now(),
          expires_at = excluded.expires_at
    where c.created_at < now() - make_interval(secs => $6)
   returning user_id`,
);

export interface CodeRow {
  readonly address: string;
  readonly code_hash: Buffer;
}

/** Counts the attempt before it is judged. */
export const TRY_CODE = sql(
  'accounts_try_verification_code',
  `update accounts.verification_codes set attempts = attempts + 1
    where user_id = $1 and channel = $2 and attempts < $3 and expires_at > now()
   returning address, code_hash`,
);

export const DROP_CODE = sql(
  'accounts_drop_verification_code',
  'delete from accounts.verification_codes where user_id = $1 and channel = $2',
);

/** Only while the address is still the one that was proved. */
export const EMAIL_VERIFIED = sql(
  'accounts_email_verified',
  `update accounts.users set email_verified_at = now(), updated_at = now()
    where id = $1 and lower(email) = $2
   returning id`,
);

/** One at a time for a number: it can be proved for one person only. */
export const LOCK_PHONE = sql(
  'accounts_lock_phone',
  "select pg_advisory_xact_lock(hashtextextended('accounts.phone ' || $1, 0))",
);

/** The number has moved to somebody else, who reads its messages now. */
export const PHONE_MOVED = sql(
  'accounts_phone_moved',
  `update accounts.user_profiles set phone_verified_at = null, updated_at = now()
    where phone = $2 and phone_verified_at is not null and user_id <> $1
      and exists (select 1 from accounts.user_profiles mine where mine.user_id = $1 and mine.phone = $2)`,
);

export const PHONE_VERIFIED = sql(
  'accounts_phone_verified',
  `update accounts.user_profiles set phone_verified_at = now(), updated_at = now()
    where user_id = $1 and phone = $2
   returning user_id`,
);

export const RESET_ACCOUNT = sql(
  'accounts_reset_account',
  `select id, email from accounts.users where lower(email) = $1 and status <> 'suspended'`,
);

/** One at a time, and not one after the other: a stranger must not fill a mailbox. */
export const SET_RESET = sql(
  'accounts_set_password_reset',
  `insert into accounts.password_resets as r (user_id, token_hash, expires_at)
   values ($1, $2, now() + make_interval(secs => $3))
   on conflict (user_id) do update
      set token_hash = excluded.token_hash, created_at = now(), expires_at = excluded.expires_at
    where r.created_at < now() - make_interval(secs => $4)
   returning user_id`,
);

export const RESET_EXISTS = sql(
  'accounts_password_reset_exists',
  'select user_id from accounts.password_resets where token_hash = $1 and expires_at > now()',
);

export const USE_RESET = sql(
  'accounts_use_password_reset',
  'delete from accounts.password_resets where token_hash = $1 and expires_at > now() returning user_id',
);

/** Whoever has the link reads that mailbox. */
export const SET_PASSWORD = sql(
  'accounts_set_password',
  `update accounts.users
      set password_hash = $2, email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
    where id = $1`,
);
