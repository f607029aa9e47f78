import { sql } from '../store/db.ts';
import { copyWriter } from './pg-copy.ts';
import { unnestWriter } from './pg-unnest-positions.ts';
import type { KeptFix } from './positions/fix.ts';
import type { PositionWriter } from './row-writer.ts';

const COPY = sql(
  'telemetry_copy_positions',
  `copy telemetry.positions
     (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location,
      accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late)
   from stdin (format binary)`,
);
const COLUMNS = 14;

/** Positions, the fastest way that the engine has. */
export const positionWriter: PositionWriter = copyWriter<KeptFix>({
  statement: COPY,
  unnest: unnestWriter,
  add(rows, { device, seq, value: { fix, late }, receivedAtMs }) {
    rows.row(COLUMNS).timestamp(receivedAtMs).uuid(device.userId).uuid(device.deviceId).uuid(device.epoch);
    rows.int8(seq).timestamp(fix.fixAtMs).timestamp(fix.atMs).point(fix.lat, fix.lng);
    rows.float4(fix.accuracyM).float4(fix.speedMps).float4(fix.headingDeg).float4(fix.altitudeM);
    rows.float4(fix.batteryPct).bool(late);
  },
});
