import { type Queryable, sql } from '../store/db.ts';
import type { ClockStore, DeviceClock } from './clocks/device-clocks.ts';
import { columnsOf } from './columns.ts';

// Of devices whose person is gone nothing is written.
const PUT = sql(
  'telemetry_put_clocks',
  `insert into telemetry.device_clocks as c (user_id, device_id, offset_ms, round_trip_ms, measured_at)
   select d.user_id, d.device_id, d.offset_ms, d.round_trip_ms, to_timestamp(d.at_ms / 1000)
     from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[], $5::float8[])
       as d (user_id, device_id, offset_ms, round_trip_ms, at_ms)
     join accounts.users u on u.id = d.user_id
    order by 1, 2
       on conflict (user_id, device_id) do update
      set offset_ms = excluded.offset_ms, round_trip_ms = excluded.round_trip_ms, measured_at = excluded.measured_at
    where c.measured_at <= excluded.measured_at`,
);

const OF_PERSON = sql(
  'telemetry_clocks_of',
  `select user_id as "userId", device_id as "deviceId", offset_ms as "offsetMs", round_trip_ms as "roundTripMs",
          measured_at as "atMs"
     from telemetry.device_clocks where user_id = $1 order by device_id limit $2`,
);

const DEVICES_SHOWN = 200;

/** How far the clocks of devices are off, in Postgres. */
export function pgClocks(
  db: Queryable,
): ClockStore & { of(userId: string): Promise<readonly DeviceClock[]> } {
  return {
    async put(clocks) {
      await db.query(
        PUT,
        columnsOf(clocks, [
          ({ userId }) => userId,
          ({ deviceId }) => deviceId,
          ({ offsetMs }) => offsetMs,
          ({ roundTripMs }) => roundTripMs,
          ({ atMs }) => atMs,
        ]),
      );
    },
    of: (userId) => db.query<DeviceClock>(OF_PERSON, [userId, DEVICES_SHOWN]),
  };
}
