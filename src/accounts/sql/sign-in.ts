import { sql } from '../../store/db.ts';

/** Only while it is still the one that was checked: a new password set meanwhile stays. */
export const UPGRADE_HASH = sql(
  'accounts_upgrade_password_hash',
  'update accounts.users set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2',
);

/** Locked against a change of the password until the session that it opens is kept. */
export const STILL_PROVED = sql(
  'accounts_still_proved',
  'select id from accounts.users where id = $1 and password_hash = $2 for share',
);

/** Whether the account of this e-mail has signed in from this network before. */
export const KNOWN_FROM = sql(
  'accounts_known_from',
  `select exists(
     select from accounts.sessions s join accounts.users u on u.id = s.user_id
      where lower(u.email) = $1 and s.address <<= $2::cidr) as "known"`,
);
