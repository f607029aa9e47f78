import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import type { Knock, Standing, UnnumberedPlan, UnnumberedStore } from './apps/unnumbered-store.ts';
import { columnsOf } from './columns.ts';
import { DataRefused } from './lanes/lane-store.ts';
import { type DeviceEpoch, keyOf } from './lanes/types.ts';
import { countRefusedFixes, writePositions } from './pg.ts';
import { dataRefused, deviceColumns, lockCursors, MAKE_CURSORS, moveCursors } from './pg-lane.ts';
import type { TimedFix } from './positions/fix.ts';

/** Numbers that the server gives count in the lane of positions, as those of devices that number by themselves. */
const LANE = 'telemetry';

// By time and not by number: what came late has the higher number and is not where the device was last.
const LAST_FIXES = sql(
  'telemetry_app_last_fixes',
  `select d.user_id, d.device_id, d.epoch, p.device_at_ms, p.fix_at, p.lat, p.lng, p.accuracy_m
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as d (user_id, device_id, epoch)
     join lateral (
       select extract(epoch from device_at)::float8 * 1000 as device_at_ms, fix_at,
              st_y(location::geometry) as lat, st_x(location::geometry) as lng, accuracy_m
         from telemetry.positions
        where user_id = d.user_id and device_id = d.device_id and epoch = d.epoch
          and received_at > now() - interval '1 day'
        order by fix_at desc limit 1) p on true`,
);

// Sorted, so that what is imported and what comes in of the same device do not wait for each other.
const REMEMBER = sql(
  'telemetry_app_remember',
  `insert into telemetry.app_messages (user_id, device_id, message_key, received_at)
   select user_id, device_id, message_key, to_timestamp($4::float8 / 1000)
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as d (user_id, device_id, message_key)
       order by 1, 2, 3
       on conflict do nothing
   returning user_id, device_id, message_key`,
);

const NOTE_TROUBLES = sql(
  'telemetry_app_note_troubles',
  `insert into telemetry.device_troubles as t (user_id, device_id, reason, detail, at)
   select user_id, device_id, reason, detail, to_timestamp(at_ms / 1000)
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[])
       as d (user_id, device_id, reason, detail, at_ms)
    order by 1, 2
       on conflict (user_id, device_id) do update
      set reason = excluded.reason, detail = excluded.detail, at = excluded.at`,
);

interface FixRow {
  user_id: string;
  device_id: string;
  epoch: string;
  device_at_ms: number;
  fix_at: number;
  lat: number;
  lng: number;
  accuracy_m: number | null;
}
interface KeyRow {
  user_id: string;
  device_id: string;
  message_key: string;
}

/** What comes without numbers, in Postgres: numbered by the cursor of its device, which is locked meanwhile. */
export function pgUnnumberedStore(db: Db): UnnumberedStore {
  return {
    async commit(knocks, receivedAtMs, decide) {
      const attempt = () =>
        db.transaction(async (tx) => {
          const standings = await standingsOf(tx, knocks, receivedAtMs);
          if (!standings) return null;
          const plan = decide(standings);
          await write(tx, plan);
          return plan;
        });
      try {
        const plan = await attempt();
        if (plan) return plan;
        // In a transaction of its own: made beside held locks, two nodes could wait for each other.
        await db.query(MAKE_CURSORS, [...deviceColumns(knocks.map(({ device }) => device)), LANE]);
        const second = await attempt();
        if (!second) throw new DataRefused('no_cursor');
        return second;
      } catch (error) {
        throw dataRefused(error) ?? error;
      }
    },

    async lastFix(device) {
      const [row] = await db.query<FixRow>(LAST_FIXES, deviceColumns([device]));
      return row ? fixOf(row) : null;
    },
  };
}

/** Null, with nothing done, when a device has no cursor yet. */
async function standingsOf(
  tx: Tx,
  knocks: readonly Knock[],
  receivedAtMs: number,
): Promise<ReadonlyMap<string, Standing> | null> {
  const devices = knocks.map(({ device }) => device);
  const seqs = await lockCursors(tx, devices, LANE);
  if (!seqs) return null;
  const unknown = knocks.filter(({ device, believedSeq }) => believedSeq !== seqs.get(keyOf(device)));
  const lasts = await lastFixes(
    tx,
    unknown.map(({ device }) => device),
  );
  const fresh = await remember(tx, knocks, receivedAtMs);
  const isUnknown = new Set(unknown);
  return new Map(
    knocks.map((knock) => {
      const { userId, deviceId } = knock.device;
      const key = keyOf(knock.device);
      const last = isUnknown.has(knock) ? (lasts.get(key) ?? null) : undefined;
      const keys = fresh.get(`${userId}/${deviceId}`) ?? new Set<string>();
      return [key, { seq: seqs.get(key) ?? 0, last, fresh: keys }] as const;
    }),
  );
}

async function lastFixes(tx: Queryable, devices: readonly DeviceEpoch[]): Promise<Map<string, TimedFix>> {
  if (devices.length === 0) return new Map();
  const rows = await tx.query<FixRow>(LAST_FIXES, deviceColumns(devices));
  return new Map(rows.map((row) => [keyOf(deviceOf(row)), fixOf(row)]));
}

/** Which keys of each device are new, by user and device. */
async function remember(
  tx: Queryable,
  knocks: readonly Knock[],
  receivedAtMs: number,
): Promise<Map<string, Set<string>>> {
  const rows = knocks.flatMap(({ device, keys }) => keys.map((key) => ({ device, key })));
  const fresh = new Map<string, Set<string>>();
  if (rows.length === 0) return fresh;
  const columns = columnsOf(rows, [
    ({ device }) => device.userId,
    ({ device }) => device.deviceId,
    ({ key }) => key,
  ]);
  for (const row of await tx.query<KeyRow>(REMEMBER, [...columns, receivedAtMs])) {
    const whose = `${row.user_id}/${row.device_id}`;
    fresh.set(whose, (fresh.get(whose) ?? new Set()).add(row.message_key));
  }
  return fresh;
}

async function write(tx: Queryable, plan: UnnumberedPlan): Promise<void> {
  const { kept, cursors, refused, troubles } = plan;
  if (kept.length > 0) await writePositions(tx, kept);
  if (cursors.length > 0) await moveCursors(tx, cursors, LANE);
  if (refused.length > 0) await countRefusedFixes(tx, refused);
  if (troubles.length > 0) {
    await tx.query(
      NOTE_TROUBLES,
      columnsOf(troubles, [
        ({ device }) => device.userId,
        ({ device }) => device.deviceId,
        ({ reason }) => reason,
        ({ detail }) => detail,
        ({ atMs }) => atMs,
      ]),
    );
  }
}

const deviceOf = (row: Pick<FixRow, 'user_id' | 'device_id' | 'epoch'>): DeviceEpoch => ({
  userId: row.user_id,
  deviceId: row.device_id,
  epoch: row.epoch,
});

function fixOf({ device_at_ms: atMs, fix_at: fixAtMs, lat, lng, accuracy_m: accuracyM }: FixRow): TimedFix {
  const unknown = { speedMps: null, headingDeg: null, altitudeM: null, batteryPct: null };
  return { atMs: Math.round(atMs), fixAtMs, lat, lng, accuracyM, ...unknown };
}
