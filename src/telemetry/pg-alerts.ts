import { storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { sqlState } from '../store/pg-db.ts';
import { type Alert, dueAtMs, isClosed } from './alerts/alert.ts';
import type { Change } from './alerts/machine.ts';
import type {
  AlertStore,
  Audience,
  Batch,
  Changed,
  CommandKey,
  DecideStep,
  Reach,
  Written,
} from './alerts/store.ts';
import { UNANSWERED } from './alerts/words.ts';
import { writingOf } from './alerts/writing.ts';
import type { LogEvent } from './log-event.ts';
import { pgAlertReads } from './pg-alert-reads.ts';
import { type AlertRow, alertOf, COLUMNS, saveAlerts } from './pg-alert-rows.ts';

const LOCK_OPEN = sql(
  'telemetry_lock_open_alerts',
  `select ${COLUMNS} from telemetry.alerts a
    where a.person_id = $1 and a.condition = any($2::text[]) and (a.resolved_at is null or a.batch_id = $3)
    order by a.id for update`,
);
const LOCK_ONE = sql(
  'telemetry_lock_alert',
  `select ${COLUMNS} from telemetry.alerts a
    where a.id = $1 for update`,
);
const AROUND = sql(
  'telemetry_alert_around',
  `select clock_timestamp() as now,
          coalesce((select opens_sos from telemetry.alert_settings where person_id = $1), true) as opens_sos`,
);

/** How long a node may take over what is due before another one does it instead. */
const LEASE_MS = 5_000;
const CLAIM_DUE = sql(
  'telemetry_claim_due_alerts',
  `update telemetry.alerts a set lease_until = now() + $3 * interval '1 millisecond', owner = $1
     from (select id from telemetry.alerts
            where due_at <= now() and (lease_until is null or lease_until < now())
            order by due_at limit $2 for update skip locked) due
    where a.id = due.id returning a.id`,
);

/** SQLSTATE of a key that exists already: another node has just opened the same, or carried the same out. */
const UNIQUE_VIOLATION = '23505';

interface Stored {
  readonly about: string;
}

export interface PgAlertsOptions {
  readonly newId: () => string;
  /** Writes down what is sent outside, in the transaction that decides it. */
  readonly deliver: (
    tx: Tx,
    message: Reach & { readonly subject: string; readonly body: string; readonly lifeMs: number },
  ) => Promise<void>;
}

/** {@link AlertStore} on PostgreSQL or embedded PGlite. */
export function pgAlerts(db: Db, options: PgAlertsOptions): AlertStore {
  return {
    take: (batch, audience, key, decide) =>
      again(() => db.transaction((tx) => take(tx, options, { batch, audience, key, decide }))),

    change: (key, alertId, audience, decide) =>
      again(() =>
        db.transaction(async (tx): Promise<Changed> => {
          const [row] = await tx.query<AlertRow>(LOCK_ONE, [alertId]);
          if (!row) return { kind: 'missing' };
          const alert = alertOf(row);
          // After the lock: whoever waited for it finds what was carried out meanwhile.
          const { nowMs, outcome } = await around(tx, key);
          if (outcome) return outcome.about === key?.about ? { kind: 'repeated', alert } : { kind: 'reused' };
          const decision = decide(alert, nowMs);
          if (!decision.ok) return { kind: 'refused', code: decision.code, alert };
          const [written] = await write(tx, options, [decision.value], {
            audience,
            nowMs,
            batchId: row.batch_id,
          });
          if (key) await storeOutcome(tx, key, { about: key.about } satisfies Stored);
          return { kind: 'done', ...must(written, 'the alert that was just written') };
        }),
      ),

    async claimDue(nodeId, limit) {
      const rows = await db.query<{ id: string }>(CLAIM_DUE, [nodeId, limit, LEASE_MS]);
      return rows.map(({ id }) => id);
    },

    ...pgAlertReads(db),
  };
}

/** Runs again what another node was first with: it then finds what that one wrote. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return work();
    throw error;
  }
}

const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** The store's clock, and whether this was carried out before. */
const around = (tx: Tx, key: CommandKey | null) =>
  storedOutcome<Stored>(tx, key ?? { actorId: NIL_ID, commandId: NIL_ID });

interface Taking {
  readonly batch: Batch;
  readonly audience: Audience;
  readonly key: CommandKey | null;
  readonly decide: DecideStep;
}

async function take(
  tx: Tx,
  options: PgAlertsOptions,
  { batch: { batchId, personId, steps }, audience, key, decide }: Taking,
): Promise<readonly Written[]> {
  const conditions = [...new Set(steps.map(({ condition }) => condition))];
  const rows = await tx.query<AlertRow>(LOCK_OPEN, [personId, conditions, batchId]);
  if (rows.some(({ batch_id }) => batch_id === batchId)) return [];
  if (key && (await storedOutcome<Stored>(tx, key)).outcome) return [];
  const [seen] = await tx.query<{ now: number; opens_sos: boolean }>(AROUND, [personId]);
  const { now: nowMs, opens_sos: opensSos } = must(seen, 'a row of a select without a table');
  const open = new Map(rows.map((row) => [row.condition, alertOf(row)]));
  const changes: Change[] = [];
  for (const step of steps) {
    const change = decide(open.get(step.condition) ?? null, step, { nowMs, opensSos });
    if (!change) continue;
    changes.push(change);
    if (isClosed(change.alert)) open.delete(step.condition);
    else open.set(step.condition, change.alert);
  }
  if (key) await storeOutcome(tx, key, { about: key.about } satisfies Stored);
  return write(tx, options, changes, { audience, nowMs, batchId });
}

/** Writes rows and log of what was decided, in its order; an alert that was changed twice is written once, as it is at last. */
async function write(
  tx: Tx,
  { deliver }: PgAlertsOptions,
  changes: readonly Change[],
  { audience, nowMs, batchId }: { audience: Audience; nowMs: number; batchId: string | null },
): Promise<Written[]> {
  const writings = changes.map((change) => writingOf(change, audience));
  const alerts = new Map<string, Alert>();
  for (const { alert } of writings) alerts.set(alert.alertId, alert);
  const moved = changes.filter(({ before, alert }) => before !== alert).map(({ alert }) => alert.alertId);
  if (moved.length > 0) {
    const rows = [...new Set(moved)].map((id) => must(alerts.get(id), 'an alert that was changed'));
    await saveAlerts(tx, rows, { batchId, leaseMs: LEASE_MS });
  }
  const events = await append(
    tx,
    nowMs,
    writings.flatMap(({ entries }) => entries),
  );
  const isUnanswered = changes.some(({ events }) => events.some(({ type }) => type === 'alert.escalated'));
  if (isUnanswered) for (const reach of audience.reach) await deliver(tx, { ...reach, ...UNANSWERED });
  return [...alerts.values()].map((alert, i) => ({
    alert,
    // All of one transaction are told together; whose they are their data says.
    events: i === 0 ? (events as LogEvent[]) : [],
    dueInMs: dueInMs(alert, nowMs),
  }));
}

function dueInMs(alert: Alert, nowMs: number): number | null {
  const due = dueAtMs(alert);
  return due === null ? null : due - nowMs;
}
