import { must } from '../lib/assert.ts';
import { type ArrayColumn, arraysOf, float8s, int8s, Unstorable, uuids } from '../store/array-columns.ts';
import { type Db, type Queryable, sql } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import { columnsOf } from './columns.ts';
import { DataRefused, type LaneStore, type StoredEpoch } from './lanes/lane-store.ts';
import type { Plan, RefusedRows, Stored } from './lanes/plan.ts';
import { type DeviceEpoch, keyOf, type LaneName } from './lanes/types.ts';

/** Where the rows of one lane go. */
export interface LaneTables<Value> {
  readonly lane: LaneName;
  /** Writes rows inside the transaction that moves their cursors. */
  write(tx: Queryable, kept: readonly Stored<Value>[]): Promise<void>;
  countRefused(tx: Queryable, refused: readonly RefusedRows[]): Promise<void>;
  /** Where judging needs more of the store than the cursor. */
  load?(devices: readonly DeviceEpoch[]): Promise<StoredEpoch<Value>[]>;
}

const LOAD = sql(
  'telemetry_load_cursors',
  `select coalesce(c.seq, 0) as cursor_seq
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as d (user_id, device_id, epoch, place)
     left join telemetry.device_cursors c
       on c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch and c.lane = $4
    order by d.place`,
);

/** Sorted, so that two transactions with devices in common never wait for each other. */
const LOCK_CURSORS = sql(
  'telemetry_lock_cursors',
  `select d.place, c.seq
     from telemetry.device_cursors c
     join unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as d (user_id, device_id, epoch, place)
       on c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch
    where c.lane = $4
    order by c.user_id, c.device_id, c.epoch, c.lane
      for no key update of c`,
);

export const MAKE_CURSORS = sql(
  'telemetry_make_cursors',
  `insert into telemetry.device_cursors (user_id, device_id, epoch, lane, seq)
   select user_id, device_id, epoch, $4, 0
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as d (user_id, device_id, epoch)
    order by user_id, device_id, epoch
       on conflict do nothing`,
);

const MOVE_CURSORS = sql(
  'telemetry_move_cursors',
  `update telemetry.device_cursors c
      set seq = d.seq, updated_at = now()
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $5::bigint[]) as d (user_id, device_id, epoch, seq)
    where c.user_id = d.user_id and c.device_id = d.device_id and c.epoch = d.epoch and c.lane = $4`,
);

const COUNT_REFUSED = sql(
  'telemetry_count_refused_samples',
  `insert into telemetry.refused_samples as r (user_id, device_id, day, lane, reason, samples)
   select user_id, device_id, (to_timestamp(day_ms / 1000) at time zone 'UTC')::date, $6, reason, samples
     from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::text[], $5::bigint[])
       as d (user_id, device_id, day_ms, reason, samples)
    order by 1, 2, 3, 5
       on conflict (user_id, device_id, day, lane, reason) do update set samples = r.samples + excluded.samples`,
);

interface CursorRow {
  /** Of its device among those that were asked for; the first is 1. */
  place: number;
  seq: number;
}

type Decide<Value> = (cursors: ReadonlyMap<string, number>) => Plan<Value>;

/** A lane in Postgres: rows, cursors and counts in one transaction. */
export function pgLaneStore<Value>(db: Db, tables: LaneTables<Value>): LaneStore<Value> {
  const { lane } = tables;
  return {
    async load(devices) {
      if (tables.load) return tables.load(devices);
      const rows = await db.query<{ cursor_seq: number }>(LOAD, [...deviceColumns(devices), lane]);
      return rows.map(({ cursor_seq: cursorSeq }) => ({ cursorSeq, last: null }));
    },
    async commit(devices, decide) {
      try {
        return (await attempt(db, tables, devices, decide)) ?? (await anew(db, tables, devices, decide));
      } catch (error) {
        throw dataRefused(error) ?? error;
      }
    },
  };
}

/** Answers null, having written nothing, when a device has no cursor yet. */
function attempt<Value>(
  db: Db,
  tables: LaneTables<Value>,
  devices: readonly DeviceEpoch[],
  decide: Decide<Value>,
): Promise<Plan<Value> | null> {
  return db.transaction(async (tx) => {
    const cursors = await lockCursors(tx, devices, tables.lane);
    if (!cursors) return null;
    const plan = decide(cursors);
    await write(tx, tables, plan);
    return plan;
  });
}

/** With what the row of a position or of a vital sign begins: when it came, of which device, under which number. */
export const SAMPLE_COLUMNS: readonly ArrayColumn<Stored<unknown>>[] = [
  float8s(({ receivedAtMs }) => receivedAtMs),
  uuids(({ device }) => device.userId),
  uuids(({ device }) => device.deviceId),
  uuids(({ device }) => device.epoch),
  int8s(({ seq }) => seq),
];

export const deviceColumns = (devices: readonly DeviceEpoch[]): unknown[] =>
  arraysOf(devices, [uuids((d) => d.userId), uuids((d) => d.deviceId), uuids((d) => d.epoch)]);

/** What is stored of each device, by its key, and nobody else moves it meanwhile. Null: one has no cursor yet. */
export async function lockCursors(
  tx: Queryable,
  devices: readonly DeviceEpoch[],
  lane: LaneName,
): Promise<Map<string, number> | null> {
  const rows = await tx.query<CursorRow>(LOCK_CURSORS, [...deviceColumns(devices), lane]);
  if (rows.length < devices.length) return null;
  return new Map(rows.map(({ place, seq }) => [keyOf(must(devices[place - 1], 'a device asked for')), seq]));
}

export async function moveCursors(
  tx: Queryable,
  cursors: Plan<unknown>['cursors'],
  lane: LaneName,
): Promise<void> {
  const devices = deviceColumns(cursors.map(({ device }) => device));
  await tx.query(MOVE_CURSORS, [...devices, lane, ...arraysOf(cursors, [int8s(({ seq }) => seq)])]);
}

/** Cursors are made in a transaction of their own: made beside held locks, two nodes could wait for each other. */
async function anew<Value>(
  db: Db,
  tables: LaneTables<Value>,
  devices: readonly DeviceEpoch[],
  decide: Decide<Value>,
): Promise<Plan<Value>> {
  await db.query(MAKE_CURSORS, [...deviceColumns(devices), tables.lane]);
  const plan = await attempt(db, tables, devices, decide);
  if (!plan) throw new DataRefused('no_cursor');
  return plan;
}

async function write<Value>(tx: Queryable, tables: LaneTables<Value>, plan: Plan<Value>): Promise<void> {
  const { kept, cursors, refused } = plan;
  if (kept.length > 0) await tables.write(tx, kept);
  if (cursors.length > 0) await moveCursors(tx, cursors, tables.lane);
  if (refused.length > 0) await tables.countRefused(tx, refused);
}

/** Adds to what is counted of a lane, by device, day and reason. */
export function countRefused(lane: Exclude<LaneName, 'telemetry'>): LaneTables<unknown>['countRefused'] {
  return async (tx, refused) => {
    await tx.query(COUNT_REFUSED, [...refusedColumns(refused), lane]);
  };
}

export const refusedColumns = (
  refused: readonly (Omit<RefusedRows, 'reason'> & { readonly reason: string })[],
): unknown[] =>
  columnsOf(refused, [
    ({ device }) => device.userId,
    ({ device }) => device.deviceId,
    ({ dayMs }) => dayMs,
    ({ reason }) => reason,
    ({ rows }) => rows,
  ]);

/** SQLSTATE classes that put the data at fault: data exception, integrity constraint violation; and what no column can hold. */
export function dataRefused(error: unknown): DataRefused | null {
  if (error instanceof Unstorable) return new DataRefused('22003');
  const state = sqlState(error);
  return /^(22|23)/.test(state) ? new DataRefused(state) : null;
}
