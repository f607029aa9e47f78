import { type Queryable, sql } from '../store/db.ts';
import type { LastSeen } from './positions/last-seen.ts';

/**
 * Their own row may be a few steps behind: what history has since counts. Of fixes that took longer than two minutes to come the
 * row will do, and no more of history than that has to be read.
 */
const LAST_SEEN = sql(
  'telemetry_last_seen',
  `with known as (select location, accuracy_m, received_at from telemetry.user_locations where user_id = $1),
        newer as (select p.location, p.accuracy_m, p.received_at
                    from known join telemetry.positions p on p.received_at > known.received_at
                   where p.user_id = $1 and p.fix_at > known.received_at - interval '2 minutes' and not p.late
                   order by p.received_at desc, p.fix_at desc limit 1)
   select st_y(location::geometry) as lat, st_x(location::geometry) as lng, accuracy_m as "accuracyM",
          received_at as "receivedAtMs"
     from (table known union all table newer) seen
    where $2::timestamptz is null or received_at > $2
    order by received_at desc limit 1`,
);

/** Where somebody was seen last, by the clock of the server. Null: nobody knows, or not since then. */
export async function lastSeen(
  db: Queryable,
  userId: string,
  sinceMs: number | null = null,
): Promise<LastSeen | null> {
  const since = sinceMs === null ? null : new Date(sinceMs);
  return (await db.query<LastSeen>(LAST_SEEN, [userId, since]))[0] ?? null;
}
