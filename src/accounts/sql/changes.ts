import { sql } from '../../store/db.ts';
import type { VolunteerStateRow } from './volunteers.ts';

export const CHANGES_SNAPSHOT = sql(
  'accounts_changes_snapshot',
  'select pg_current_snapshot()::text as snapshot',
);

/** Who changed in what was committed between two snapshots, however late it was, as the event log's tail does it. */
export const CHANGED_BETWEEN = sql(
  'accounts_changed_between',
  `select user_id, xid::text as xid from accounts.changes
    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
      and pg_visible_in_snapshot(xid, $2::pg_snapshot)`,
);

export interface ChangedRow {
  readonly user_id: string;
  readonly xid: string;
}

/** Who changed in the last $1 ms, the newest last: of too many the oldest are forgotten. */
export const CHANGED_LATELY = sql(
  'accounts_changed_lately',
  `select user_id, xid::text as xid from accounts.changes
    where at > now() - $1 * interval '1 millisecond'
    order by at`,
);

/** The newest transaction of what changed before that. */
export const CHANGED_BEFORE = sql(
  'accounts_changed_before',
  `select coalesce(max(xid::text::bigint), 0) as xid from accounts.changes
    where at <= now() - $1 * interval '1 millisecond'`,
);

export interface ChangedStandingRow {
  readonly user_id: string;
  readonly status: string;
  readonly grants: string[];
  readonly as_of: number;
}

export const STANDINGS_OF = sql(
  'accounts_standings_of',
  `select u.id as user_id, u.status,
          array(select distinct g.grant_name from accounts.user_grants g where g.user_id = u.id order by g.grant_name) as grants,
          clock_timestamp() as as_of
     from accounts.users u where u.id = any($1::uuid[])`,
);

export const STATES_OF = sql(
  'accounts_volunteer_states_of',
  `select user_id, skills, verified, available, updated_at, timezone, quiet_from_min, quiet_to_min,
          rest_after_alert_min, shifts, certificates
     from accounts.volunteer_states where user_id = any($1::uuid[])`,
);
export type ChangedVolunteerRow = VolunteerStateRow;

/** Of these people, the sessions that ended and the devices that were revoked in the last $2 ms. */
export const REVOKED_OF = sql(
  'accounts_revoked_of',
  `select user_id, id as session_id, null::uuid as device_id from accounts.sessions
    where user_id = any($1::uuid[]) and ended_at > now() - $2 * interval '1 millisecond'
   union all
   select user_id, null, id from accounts.devices
    where user_id = any($1::uuid[]) and revoked_at > now() - $2 * interval '1 millisecond'`,
);

export interface RevokedRow {
  readonly user_id: string;
  readonly session_id: string | null;
  readonly device_id: string | null;
}
