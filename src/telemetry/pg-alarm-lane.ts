import { type Db, sql } from '../store/db.ts';
import { alarmIdOf, type KeptAlarm } from './alarms/steps.ts';
import { columnsOf } from './columns.ts';
import type { LaneStore } from './lanes/lane-store.ts';
import { countRefused, pgLaneStore } from './pg-lane.ts';

const INSERT = sql(
  'telemetry_insert_alarms',
  `insert into telemetry.device_alarms
     (id, person_id, device_id, epoch, seq, kind, raised_at, received_at, device_at, location, late)
   select id, person_id, device_id, epoch, seq, kind, to_timestamp(raised_at_ms / 1000),
          to_timestamp(received_at_ms / 1000), to_timestamp(device_at_ms / 1000),
          st_makepoint(lng, lat)::geography, late
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::float8[], $8::float8[],
                 $9::float8[], $10::float8[], $11::float8[], $12::boolean[])
       as d (id, person_id, device_id, epoch, seq, kind, raised_at_ms, received_at_ms, device_at_ms, lat, lng, late)`,
);

/** Alarms of devices in Postgres. */
export function pgAlarmLane(db: Db): LaneStore<KeptAlarm> {
  return pgLaneStore<KeptAlarm>(db, {
    lane: 'alarm',
    async write(tx, kept) {
      await tx.query(
        INSERT,
        columnsOf(kept, [
          ({ device, seq }) => alarmIdOf(device, seq),
          ({ device }) => device.userId,
          ({ device }) => device.deviceId,
          ({ device }) => device.epoch,
          ({ seq }) => seq,
          ({ value }) => value.kind,
          ({ value }) => value.raisedAtMs,
          ({ receivedAtMs }) => receivedAtMs,
          ({ value }) => value.atMs,
          ({ value }) => value.point?.lat ?? null,
          ({ value }) => value.point?.lng ?? null,
          ({ value }) => value.late,
        ]),
      );
    },
    countRefused: countRefused('alarm'),
  });
}
