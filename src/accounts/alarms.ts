import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { INSERT_ALARM } from './sql/audit.ts';

export interface Alarm {
  readonly kind: 'BREAK_GLASS' | 'UNUSUAL_READING';
  /** Who did it. */
  readonly userId: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export interface AlarmParts {
  readonly db: Db;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly newId: () => string;
}

/** Tells operators and administrators at once. Never throws: an alarm that can't be stored is still in log and metrics. */
export async function raiseAlarm({ db, log, metrics, newId }: AlarmParts, alarm: Alarm): Promise<void> {
  const { kind, userId, details } = alarm;
  log.warn({ kind, userId }, 'an administrator should look at this');
  metrics.count('access_alarms_total', { kind });
  await db.query(INSERT_ALARM, [newId(), userId, kind, JSON.stringify(details)]).catch((error: unknown) => {
    log.error({ kind, userId, ...errorFields(error) }, 'an alarm could not be stored');
  });
}
