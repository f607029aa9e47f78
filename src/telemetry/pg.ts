import { type Db, type Queryable, sql } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import { columnsOf, deviceColumns } from './columns.ts';
import type { Plan } from './lanes/plan.ts';
import {
  DataRefused,
  type LastPosition,
  type PositionStore,
  type StoredTrack,
} from './lanes/position-store.ts';
import { type DeviceEpoch, keyOf } from './lanes/types.ts';
import type { PositionWriter } from './position-writer.ts';
import { unnestWriter } from './unnest-writer.ts';

const LOAD = sql(
  'telemetry_load',
  `select coalesce(c.seq, 0) as cursor_seq, p.device_at_ms, p.fix_at, p.lat, p.lng, p.accuracy_m
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as d (user_id, device_id, epoch, place)
     left join telemetry.device_cursors c
       on c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch and c.lane = 'telemetry'
     left join lateral (
       select extract(epoch from device_at)::float8 * 1000 as device_at_ms, fix_at,
              st_y(location::geometry) as lat, st_x(location::geometry) as lng, accuracy_m
         from telemetry.positions
        where user_id = d.user_id and device_id = d.device_id and epoch = d.epoch
          and received_at > now() - interval '1 day'
        order by seq desc limit 1) p on true
    order by d.place`,
);

// Sorted, so that two transactions with devices in common never wait for each other.
const LOCK_CURSORS = sql(
  'telemetry_lock_cursors',
  `select c.user_id, c.device_id, c.epoch, c.seq
     from telemetry.device_cursors c
     join unnest($1::uuid[], $2::uuid[], $3::uuid[]) as d (user_id, device_id, epoch)
       on c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch
    where c.lane = 'telemetry'
    order by c.user_id, c.device_id, c.epoch, c.lane
      for no key update of c`,
);

const MAKE_CURSORS = sql(
  'telemetry_make_cursors',
  `insert into telemetry.device_cursors (user_id, device_id, epoch, lane, seq)
   select user_id, device_id, epoch, 'telemetry', 0
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as d (user_id, device_id, epoch)
    order by user_id, device_id, epoch
       on conflict do nothing`,
);

const MOVE_CURSORS = sql(
  'telemetry_move_cursors',
  `update telemetry.device_cursors c
      set seq = d.seq, updated_at = now()
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) as d (user_id, device_id, epoch, seq)
    where c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch and c.lane = 'telemetry'`,
);

const MOVE_USERS = sql(
  'telemetry_move_users',
  `insert into telemetry.user_locations as u (user_id, location, accuracy_m, fix_at, received_at)
   select user_id, st_makepoint(lng, lat)::geography, accuracy_m,
          to_timestamp(fix_at_ms / 1000), to_timestamp(received_at_ms / 1000)
     from unnest($1::uuid[], $2::float8[], $3::float8[], $4::real[], $5::float8[], $6::float8[])
       as d (user_id, lat, lng, accuracy_m, fix_at_ms, received_at_ms)
    order by user_id
       on conflict (user_id) do update
      set location = excluded.location, accuracy_m = excluded.accuracy_m,
          fix_at = excluded.fix_at, received_at = excluded.received_at
    where u.received_at <= excluded.received_at`,
);

const COUNT_REFUSED = sql(
  'telemetry_count_refused',
  `insert into telemetry.refused_fixes as r (user_id, device_id, day, reason, fixes)
   select user_id, device_id, (to_timestamp(day_ms / 1000) at time zone 'UTC')::date, reason, fixes
     from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::text[], $5::bigint[])
       as d (user_id, device_id, day_ms, reason, fixes)
    order by 1, 2, 3, 4
       on conflict (user_id, device_id, day, reason) do update set fixes = r.fixes + excluded.fixes`,
);

const LAST_POSITIONS = sql(
  'telemetry_last_positions',
  `select user_id as "userId", st_y(location::geometry) as lat, st_x(location::geometry) as lng,
          received_at as "receivedAtMs"
     from telemetry.user_locations
    where $1::uuid is null or user_id > $1
    order by user_id limit $2`,
);

interface LoadedRow {
  cursor_seq: number;
  device_at_ms: number | null;
  fix_at: number;
  lat: number;
  lng: number;
  accuracy_m: number | null;
}

interface CursorRow {
  user_id: string;
  device_id: string;
  epoch: string;
  seq: number;
}

/** Positions in Postgres. */
export function pgPositionStore(db: Db, writer: PositionWriter = unnestWriter): PositionStore {
  return {
    async load(devices) {
      return (await db.query<LoadedRow>(LOAD, deviceColumns(devices))).map(trackOf);
    },
    async commit(devices, decide) {
      try {
        return (
          (await attempt(db, writer, devices, decide)) ?? (await withNewCursors(db, writer, devices, decide))
        );
      } catch (error) {
        throw dataRefused(error) ?? error;
      }
    },
    lastPositions: (afterUserId, limit) => db.query<LastPosition>(LAST_POSITIONS, [afterUserId, limit]),
  };
}

type Decide = (cursors: ReadonlyMap<string, number>) => Plan;

/** Answers null, having written nothing, when a device has no cursor yet. */
function attempt(
  db: Db,
  writer: PositionWriter,
  devices: readonly DeviceEpoch[],
  decide: Decide,
): Promise<Plan | null> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<CursorRow>(LOCK_CURSORS, deviceColumns(devices));
    if (rows.length < devices.length) return null;
    const plan = decide(
      new Map(
        rows.map((row) => [
          keyOf({ userId: row.user_id, deviceId: row.device_id, epoch: row.epoch }),
          row.seq,
        ]),
      ),
    );
    await write(tx, writer, plan);
    return plan;
  });
}

/** Cursors are made in a transaction of their own: made beside held locks, two nodes could wait for each other. */
async function withNewCursors(
  db: Db,
  writer: PositionWriter,
  devices: readonly DeviceEpoch[],
  decide: Decide,
): Promise<Plan> {
  await db.query(MAKE_CURSORS, deviceColumns(devices));
  const plan = await attempt(db, writer, devices, decide);
  if (!plan) throw new DataRefused('no_cursor');
  return plan;
}

async function write(tx: Queryable, writer: PositionWriter, plan: Plan): Promise<void> {
  const { positions, cursors, newest, refused } = plan;
  if (positions.length > 0) await writer.write(tx, positions);
  if (cursors.length > 0) {
    const devices = deviceColumns(cursors.map(({ device }) => device));
    await tx.query(MOVE_CURSORS, [...devices, cursors.map(({ seq }) => seq)]);
  }
  if (newest.length > 0) {
    await tx.query(
      MOVE_USERS,
      columnsOf(newest, [
        ({ device }) => device.userId,
        ({ fix }) => fix.lat,
        ({ fix }) => fix.lng,
        ({ fix }) => fix.accuracyM,
        ({ fix }) => fix.fixAtMs,
        ({ receivedAtMs }) => receivedAtMs,
      ]),
    );
  }
  if (refused.length > 0) {
    await tx.query(
      COUNT_REFUSED,
      columnsOf(refused, [
        ({ device }) => device.userId,
        ({ device }) => device.deviceId,
        ({ dayMs }) => dayMs,
        ({ reason }) => reason,
        ({ fixes }) => fixes,
      ]),
    );
  }
}

function trackOf(row: LoadedRow): StoredTrack {
  const { cursor_seq: cursorSeq, device_at_ms: atMs, fix_at: fixAtMs, lat, lng, accuracy_m: accuracyM } = row;
  if (atMs === null) return { cursorSeq, last: null };
  const unknown = { speedMps: null, headingDeg: null, altitudeM: null, batteryPct: null };
  return { cursorSeq, last: { atMs: Math.round(atMs), fixAtMs, lat, lng, accuracyM, ...unknown } };
}

/** SQLSTATE classes that put the data at fault: data exception, integrity constraint violation. */
function dataRefused(error: unknown): DataRefused | null {
  const state = sqlState(error);
  return /^(22|23)/.test(state) ? new DataRefused(state) : null;
}
