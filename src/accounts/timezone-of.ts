import { type Queryable, sql } from '../store/db.ts';

const TIMEZONE = sql('accounts_timezone', 'select timezone from accounts.user_profiles where user_id = $1');

/** The time zone in somebody's profile, an IANA name; null: there is no profile. */
export const timezoneOf =
  (db: Queryable) =>
  async (userId: string): Promise<string | null> =>
    (await db.query<{ timezone: string }>(TIMEZONE, [userId]))[0]?.timezone ?? null;
