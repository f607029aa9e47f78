import { arraysOf, float4s, float8s, uuids } from '../store/array-columns.ts';
import { type Db, type Queryable, sql } from '../store/db.ts';
import type { LaneStore, StoredEpoch } from './lanes/lane-store.ts';
import type { Stored } from './lanes/plan.ts';
import { positionWriter } from './pg-copy-positions.ts';
import { deviceColumns, pgLaneStore, refusedColumns } from './pg-lane.ts';
import type { KeptFix } from './positions/fix.ts';
import { KnownPlaces } from './positions/known-places.ts';
import { newestOf } from './positions/newest.ts';
import type { PositionWriter } from './row-writer.ts';

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

/** Where somebody was last. */
export interface LastPosition {
  readonly userId: string;
  readonly lat: number;
  readonly lng: number;
  readonly receivedAtMs: number;
}

export interface PositionStore extends LaneStore<KeptFix> {
  /** Up to `limit` people after `afterUserId` (null: from the start), by user id. */
  lastPositions(afterUserId: string | null, limit: number): Promise<LastPosition[]>;
}

/** Positions in Postgres: history, and where each person was last. */
export function pgPositionStore(db: Db, writer: PositionWriter = positionWriter): PositionStore {
  const places = new KnownPlaces();
  const lane = pgLaneStore<KeptFix>(db, {
    lane: 'telemetry',
    load: async (devices) => (await db.query<LoadedRow>(LOAD, deviceColumns(devices))).map(epochOf),
    write: async (tx, kept) => {
      await writer.write(tx, kept);
      await moveUsers(tx, places.left(newestOf(kept)));
    },
    committed: (kept) => places.committed(newestOf(kept)),
    countRefused: countRefusedFixes,
  });
  return {
    ...lane,
    lastPositions: (afterUserId, limit) => db.query<LastPosition>(LAST_POSITIONS, [afterUserId, limit]),
  };
}

/** Appends to history, and says where each person was last. */
export async function writePositions(tx: Queryable, kept: readonly Stored<KeptFix>[]): Promise<void> {
  await positionWriter.write(tx, kept);
  await moveUsers(tx, newestOf(kept));
}

/** Adds to what is counted of fixes that were not kept. */
export async function countRefusedFixes(
  tx: Queryable,
  refused: Parameters<typeof refusedColumns>[0],
): Promise<void> {
  await tx.query(COUNT_REFUSED, refusedColumns(refused));
}

async function moveUsers(tx: Queryable, newest: readonly Stored<KeptFix>[]): Promise<void> {
  if (newest.length === 0) return;
  await tx.query(
    MOVE_USERS,
    arraysOf(newest, [
      uuids(({ device }) => device.userId),
      float8s(({ value }) => value.fix.lat),
      float8s(({ value }) => value.fix.lng),
      float4s(({ value }) => value.fix.accuracyM),
      float8s(({ value }) => value.fix.fixAtMs),
      float8s(({ receivedAtMs }) => receivedAtMs),
    ]),
  );
}

function epochOf(row: LoadedRow): StoredEpoch<KeptFix> {
  const { cursor_seq: cursorSeq, device_at_ms: atMs, fix_at: fixAtMs, lat, lng, accuracy_m: accuracyM } = row;
  if (atMs === null) return { cursorSeq, last: null };
  const unknown = { speedMps: null, headingDeg: null, altitudeM: null, batteryPct: null };
  const fix = { atMs: Math.round(atMs), fixAtMs, lat, lng, accuracyM, ...unknown };
  return { cursorSeq, last: { fix, late: false } };
}
