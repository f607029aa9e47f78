import { arraysOf, float4s, float8s, uuids } from '../store/array-columns.ts';
import { type Db, type Queryable, sql } from '../store/db.ts';
import type { LaneStore, StoredEpoch } from './lanes/lane-store.ts';
import type { Stored } from './lanes/plan.ts';
import { positionWriter } from './pg-copy-positions.ts';
import { deviceColumns, pgLaneStore, refusedColumns } from './pg-lane.ts';
import type { KeptFix } from './positions/fix.ts';
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

/**
 * A row that is rewritten is written with its entry in the spatial index, which costs more than a fix in history: it follows
 * once somebody is 25 m away from it, which is about as well as a phone knows where it is, or it is ten seconds old.
 */
const MOVE_USERS = sql(
  'telemetry_move_users',
  `insert into telemetry.user_locations as u (user_id, location, accuracy_m, fix_at, received_at)
   select d.user_id, d.location, d.accuracy_m, d.fix_at, d.received_at
     from (select user_id, st_makepoint(lng, lat)::geography as location, accuracy_m,
                  to_timestamp(fix_at_ms / 1000) as fix_at, to_timestamp(received_at_ms / 1000) as received_at
             from unnest($1::uuid[], $2::float8[], $3::float8[], $4::real[], $5::float8[], $6::float8[])
               as d (user_id, lat, lng, accuracy_m, fix_at_ms, received_at_ms)) d
     -- One look-up for each: planned while the table is small, a join would read all of it for ever.
     left join lateral (select location, received_at from telemetry.user_locations
                         where user_id = d.user_id limit 1) known on true
    where known.received_at is null or known.received_at <= d.received_at - interval '10 seconds'
       or (known.received_at <= d.received_at and not st_dwithin(known.location, d.location, 25, false))
    order by d.user_id
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

interface LoadedRow {
  cursor_seq: number;
  device_at_ms: number | null;
  fix_at: number;
  lat: number;
  lng: number;
  accuracy_m: number | null;
}

/** Positions in Postgres: history, and where each person was last. */
export function pgPositionStore(db: Db, writer: PositionWriter = positionWriter): LaneStore<KeptFix> {
  return pgLaneStore<KeptFix>(db, {
    lane: 'telemetry',
    load: async (devices) => (await db.query<LoadedRow>(LOAD, deviceColumns(devices))).map(epochOf),
    write: (tx, kept) => writePositions(tx, kept, writer),
    countRefused: countRefusedFixes,
  });
}

/** Appends to history, and says where each person was last. */
export async function writePositions(
  tx: Queryable,
  kept: readonly Stored<KeptFix>[],
  writer: PositionWriter = positionWriter,
): Promise<void> {
  await writer.write(tx, kept);
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
