import { type Queryable, type Sql, sql } from '../store/db.ts';
import type { HistoryPages, PositionRow, VitalsRow } from './series/history.ts';
import { VITAL_NAMES, VITAL_SIGNS } from './vitals/vitals.ts';

// What was taken at some time was received then or later, which spares looking into older days.
const POSITIONS = sql(
  'telemetry_positions_page',
  `select fix_at as "atMs", fix_at::text as at, device_id as "deviceId", epoch, seq,
          st_y(location::geometry) as lat, st_x(location::geometry) as lng, altitude_m as "altitudeM",
          accuracy_m as "accuracyM", speed_mps as "speedMps", heading_deg as "headingDeg", battery_pct as "batteryPct"
     from telemetry.positions
    where user_id = $1 and fix_at >= $2::timestamptz and fix_at < $3 and received_at >= $2::timestamptz
      and (fix_at, device_id, epoch, seq) > ($2::timestamptz, $4::uuid, $5::uuid, $6::bigint)
    order by fix_at, device_id, epoch, seq limit $7`,
);

const SIGNS = VITAL_NAMES.map((name) => `${VITAL_SIGNS[name].column} as "${name}"`).join(', ');
const SIGN_NAMES = VITAL_NAMES.map((name) => `v."${name}"`).join(', ');
const SAMPLE_KEY = `(device_id::text || '/' || epoch::text || '/' || lpad(seq::text, 19, '0')) collate "C"`;
const RECORD_KEY = `id::text collate "C"`;

const VITALS = sql(
  'telemetry_vitals_page',
  `select v.at as "atMs", v.at::text as at, v.key, v.received_at as "receivedAtMs", v.source, v."deviceId", v.consciousness,
          v."onOxygen", v.doubts, v.late, ${SIGN_NAMES}
     from (
       (select recorded_at as at, ${SAMPLE_KEY} as key, received_at, source, device_id as "deviceId", consciousness,
               on_oxygen as "onOxygen", doubts, late, ${SIGNS}
          from telemetry.vitals_samples
         where person_id = $1 and recorded_at >= $2::timestamptz and recorded_at < $3 and received_at >= $2::timestamptz
           and (recorded_at > $2::timestamptz or ${SAMPLE_KEY} > $4)
         order by recorded_at, key limit $5)
       union all
       (select recorded_at, ${RECORD_KEY}, received_at, source, null, consciousness, on_oxygen, doubts, late, ${SIGNS}
          from telemetry.vitals_records
         where person_id = $1 and recorded_at >= $2::timestamptz and recorded_at < $3 and retracted_at is null
           and (recorded_at > $2::timestamptz or ${RECORD_KEY} > $4)
         order by recorded_at, 2 limit $5)) v
    order by v.at, v.key collate "C" limit $5`,
);

/** Rows at a time: what else waits for the store, or for this process, waits no longer than one such page takes. */
const ROWS_AT_ONCE = 1_000;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** {@link HistoryPages} on PostgreSQL or embedded PGlite. */
export function pgHistoryPages(db: Queryable): HistoryPages {
  return {
    positions: (userId, { fromMs, toMs }) =>
      pages<PositionRow & { at: string; epoch: string; seq: number }>(db, POSITIONS, (last) => [
        userId,
        last?.at ?? new Date(fromMs),
        new Date(toMs),
        last?.deviceId ?? NOBODY,
        last?.epoch ?? NOBODY,
        last?.seq ?? -1,
      ]),
    vitals: (personId, { fromMs, toMs }) =>
      pages<VitalsRow & { at: string; key: string }>(db, VITALS, (last) => [
        personId,
        last?.at ?? new Date(fromMs),
        new Date(toMs),
        last?.key ?? '',
      ]),
  };
}

/** Page after page, each after the last row of the one before, without holding a connection in between. */
async function* pages<Row>(
  db: Queryable,
  page: Sql,
  paramsAfter: (last: Row | null) => unknown[],
): AsyncGenerator<Row[], undefined> {
  let last: Row | null = null;
  for (;;) {
    const rows: Row[] = await db.query<Row>(page, [...paramsAfter(last), ROWS_AT_ONCE]);
    if (rows.length > 0) yield rows;
    if (rows.length < ROWS_AT_ONCE) return;
    last = rows.at(-1) ?? null;
  }
}
