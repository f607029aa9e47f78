import { isUuid } from '../lib/ids.ts';
import { errorFields } from '../lib/log.ts';
import { ok, refused } from '../lib/result.ts';
import type { Queryable } from '../store/db.ts';
import type { Context } from './context.ts';
import type { ActivityType, Sessions } from './sessions-types.ts';
import { ACTIVITIES, type ActivityRow, INSERT_ACTIVITY, INSERT_RARE_ACTIVITY } from './sql/suspicious.ts';
import { allowed } from './standing.ts';
import { PAGE_MAX } from './types.ts';

export interface Suspicion {
  /** Null when the account is not known, or does not exist. */
  readonly userId: string | null;
  readonly type: ActivityType;
  readonly details: Readonly<Record<string, string | number>>;
  readonly address: string | null;
}

/** Writes down what administrators should look at. */
export async function recordSuspicious(
  { newId, metrics }: Pick<Context, 'newId' | 'metrics'>,
  db: Queryable,
  { userId, type, details, address }: Suspicion,
): Promise<void> {
  await db.query(INSERT_ACTIVITY, [newId(), userId, type, details, address]);
  metrics.count('accounts_suspicious', { type });
}

const SPAM_EVERY_S = 600;

export function openSuspicious(
  context: Context,
): Pick<Sessions, 'listSuspicious' | 'noteLimitExceeded' | 'noteSpam'> {
  return {
    noteSpam({ userId, sosId, reason }) {
      const { db, log, metrics, newId } = context;
      const details = { what: 'chat.send', sosId, reason };
      db.query(INSERT_RARE_ACTIVITY, [newId(), userId, 'SPAM_MESSAGES', details, null, SPAM_EVERY_S])
        .then((made) => {
          if (made.length > 0) metrics.count('accounts_suspicious', { type: 'SPAM_MESSAGES' });
        })
        .catch((error: unknown) => log.warn(errorFields(error), 'a flood of messages could not be recorded'));
    },

    noteLimitExceeded({ userId, address, what }) {
      const suspicion = { userId, type: 'RATE_LIMIT_EXCEEDED', details: { what }, address } as const;
      recordSuspicious(context, context.db, suspicion).catch((error: unknown) =>
        context.log.warn(errorFields(error), 'a limit that was passed could not be recorded'),
      );
    },

    async listSuspicious(by, { type, after, limit }) {
      if (!(await allowed(context, by, 'read', 'suspicious_activities'))) return refused('forbidden');
      if (after !== undefined && !isUuid(after)) return ok([]);
      const size = Math.max(1, Math.min(PAGE_MAX, Math.floor(limit)));
      const rows = await context.db.query<ActivityRow>(ACTIVITIES, [after ?? null, type ?? null, size]);
      return ok(
        rows.map((row) => ({
          activityId: row.id,
          userId: row.user_id,
          userName: row.user_name,
          userStatus: row.user_status,
          type: row.activity_type,
          details: row.details,
          address: row.ip_address,
          atMs: row.created_at,
        })),
      );
    },
  };
}
