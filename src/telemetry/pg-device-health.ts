import { groupBy } from '../lib/group-by.ts';
import { type Db, sql } from '../store/db.ts';
import type { DayOfDevice, DeviceHealth } from './apps/app-door.ts';

const DAYS = 7;

const KEPT = sql(
  'telemetry_health_kept',
  `select to_char(received_at at time zone 'UTC', 'YYYY-MM-DD') as day,
          count(*) filter (where not late)::int as accepted, count(*) filter (where late)::int as late,
          max(fix_at) as last_fix_at
     from telemetry.positions
    where user_id = $1 and device_id = $2 and received_at >= $3
    group by 1`,
);

const REFUSED = sql(
  'telemetry_health_refused',
  `select to_char(day, 'YYYY-MM-DD') as day, reason, fixes
     from telemetry.refused_fixes
    where user_id = $1 and device_id = $2 and day >= ($3::timestamptz at time zone 'UTC')::date
    order by day, reason`,
);

const TROUBLE = sql(
  'telemetry_health_trouble',
  'select reason, detail, at from telemetry.device_troubles where user_id = $1 and device_id = $2',
);

interface KeptRow {
  day: string;
  accepted: number;
  late: number;
  last_fix_at: number;
}
interface RefusedRow {
  day: string;
  reason: string;
  fixes: number;
}
interface TroubleRow {
  reason: string;
  detail: string | null;
  at: number;
}

/** How a device does: what came of it in the last days, and what went wrong. Says nowhere where it was. */
export function pgDeviceHealth(db: Db) {
  return async (
    { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
    nowMs: number,
  ): Promise<DeviceHealth> => {
    const since = new Date(Math.floor(nowMs / 86_400_000 - DAYS + 1) * 86_400_000);
    const [kept, refused, [trouble]] = await Promise.all([
      db.query<KeptRow>(KEPT, [userId, deviceId, since]),
      db.query<RefusedRow>(REFUSED, [userId, deviceId, since]),
      db.query<TroubleRow>(TROUBLE, [userId, deviceId]),
    ]);
    return {
      days: daysOf(kept, refused),
      lastFixAtMs: kept.length > 0 ? Math.max(...kept.map((row) => row.last_fix_at)) : null,
      lastError: trouble ? { reason: trouble.reason, detail: trouble.detail, atMs: trouble.at } : null,
    };
  };
}

function daysOf(kept: readonly KeptRow[], refused: readonly RefusedRow[]): DayOfDevice[] {
  const reasons = groupBy(refused, ({ day }) => day);
  const days = [...new Set([...kept, ...refused].map(({ day }) => day))].sort().reverse();
  return days.map((day) => {
    const { accepted = 0, late = 0 } = kept.find((row) => row.day === day) ?? {};
    const counts = (reasons.get(day) ?? []).map(({ reason, fixes }) => [reason, fixes] as const);
    return { day, accepted, late, refused: Object.fromEntries(counts) };
  });
}
