import { arraysOf, bools, float4s, float8s } from '../store/array-columns.ts';
import { sql } from '../store/db.ts';
import { SAMPLE_COLUMNS } from './pg-lane.ts';
import type { PositionWriter } from './row-writer.ts';

const INSERT = sql(
  'telemetry_insert_positions',
  `insert into telemetry.positions
     (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location,
      accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late)
   select to_timestamp(received_at_ms / 1000), user_id, device_id, epoch, seq, to_timestamp(fix_at_ms / 1000),
          to_timestamp(device_at_ms / 1000), st_makepoint(lng, lat)::geography,
          accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late
     from unnest($1::float8[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::float8[], $7::float8[],
                 $8::float8[], $9::float8[], $10::real[], $11::real[], $12::real[], $13::real[], $14::real[],
                 $15::boolean[])
       as d (received_at_ms, user_id, device_id, epoch, seq, fix_at_ms, device_at_ms, lat, lng,
             accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late)
       on conflict do nothing`,
);

/** One multi-row insert. Works on every engine, unlike COPY, which embedded PGlite can't take over its socket. */
export const unnestWriter: PositionWriter = {
  async write(tx, rows) {
    await tx.query(
      INSERT,
      arraysOf(rows, [
        ...SAMPLE_COLUMNS,
        float8s(({ value }) => value.fix.fixAtMs),
        float8s(({ value }) => value.fix.atMs),
        float8s(({ value }) => value.fix.lat),
        float8s(({ value }) => value.fix.lng),
        float4s(({ value }) => value.fix.accuracyM),
        float4s(({ value }) => value.fix.speedMps),
        float4s(({ value }) => value.fix.headingDeg),
        float4s(({ value }) => value.fix.altitudeM),
        float4s(({ value }) => value.fix.batteryPct),
        bools(({ value }) => value.late),
      ]),
    );
  },
};
