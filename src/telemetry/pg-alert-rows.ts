import { sql, type Tx } from '../store/db.ts';
import {
  type Alert,
  type AlertSosState,
  type AlertState,
  dueAtMs,
  isForDispatchers,
} from './alerts/alert.ts';
import type { AlertType, Severity } from './vitals/finding.ts';

/** Of an alert, as {@link AlertRow} has them; the table is `a`. */
export const COLUMNS = `a.id, a.seq, a.person_id, a.type, a.condition, a.severity, a.state, a.title, a.message, a.detail,
  a.count, a.first_at, a.last_at, a.opened_at, a.alarmed_at, a.told_at, a.acknowledged_at, a.acknowledged_by,
  a.is_false_alarm, a.assigned_at, a.assigned_to, a.assigned_by, a.resolved_at, a.resolved_by, a.action_taken, a.notified,
  a.escalation_level, a.escalate_at, a.sos_state, a.sos_due_at, a.sos_id, a.sos_attached, a.batch_id,
  st_y(a.location::geometry) as lat, st_x(a.location::geometry) as lng`;

// In the order given: one of a condition that ends leaves room for the next of it.
const SAVE = sql(
  'telemetry_save_alerts',
  `insert into telemetry.alerts (id, seq, person_id, type, condition, severity, state, title, message, detail, count,
     first_at, last_at, opened_at, alarmed_at, told_at, acknowledged_at, acknowledged_by, is_false_alarm, assigned_at,
     assigned_to, assigned_by, resolved_at, resolved_by, action_taken, notified, escalation_level, escalate_at, sos_state,
     sos_due_at, sos_id, sos_attached, location, for_dispatchers, batch_id, due_at, lease_until)
   select r.id, r.seq, r.person_id, r.type, r.condition, r.severity, r.state, r.title, r.message, r.detail, r.count,
          r.first_at, r.last_at, r.opened_at, r.alarmed_at, r.told_at, r.acknowledged_at, r.acknowledged_by,
          r.is_false_alarm, r.assigned_at, r.assigned_to, r.assigned_by, r.resolved_at, r.resolved_by, r.action_taken,
          r.notified, r.escalation_level, r.escalate_at, r.sos_state, r.sos_due_at, r.sos_id, r.sos_attached,
          case when r.lat is not null then st_setsrid(st_makepoint(r.lng, r.lat), 4326)::geography end,
          r.for_dispatchers, $2, r.due_at,
          case when r.sos_state = 'opening' then now() + $3 * interval '1 millisecond' end
     from jsonb_to_recordset($1::jsonb)
          as r (place integer, id uuid, seq integer, person_id uuid, type text, condition text, severity text, state text,
                title text, message text, detail jsonb, count integer, first_at timestamptz, last_at timestamptz,
                opened_at timestamptz, alarmed_at timestamptz, told_at timestamptz, acknowledged_at timestamptz,
                acknowledged_by uuid, is_false_alarm boolean, assigned_at timestamptz, assigned_to uuid, assigned_by uuid,
                resolved_at timestamptz, resolved_by uuid, action_taken text, notified boolean, escalation_level integer,
                escalate_at timestamptz, sos_state text, sos_due_at timestamptz, sos_id uuid, sos_attached boolean,
                lat float8, lng float8, for_dispatchers boolean, due_at timestamptz)
    order by r.place
   on conflict (id) do update set seq = excluded.seq, severity = excluded.severity, state = excluded.state,
     message = excluded.message, detail = excluded.detail, count = excluded.count, first_at = excluded.first_at,
     last_at = excluded.last_at, alarmed_at = excluded.alarmed_at, told_at = excluded.told_at,
     acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by,
     is_false_alarm = excluded.is_false_alarm, assigned_at = excluded.assigned_at, assigned_to = excluded.assigned_to,
     assigned_by = excluded.assigned_by, resolved_at = excluded.resolved_at, resolved_by = excluded.resolved_by,
     action_taken = excluded.action_taken, notified = excluded.notified, escalation_level = excluded.escalation_level,
     escalate_at = excluded.escalate_at, sos_state = excluded.sos_state, sos_due_at = excluded.sos_due_at,
     sos_id = excluded.sos_id, sos_attached = excluded.sos_attached, location = excluded.location,
     for_dispatchers = excluded.for_dispatchers, batch_id = excluded.batch_id, due_at = excluded.due_at,
     lease_until = excluded.lease_until, owner = null`,
);

/** Writes these alerts as they stand. One whose SOS is being opened is left to this node for `leaseMs`. */
export async function saveAlerts(
  tx: Tx,
  alerts: readonly Alert[],
  { batchId, leaseMs }: { readonly batchId: string | null; readonly leaseMs: number },
): Promise<void> {
  await tx.query(SAVE, [JSON.stringify(alerts.map(rowOf)), batchId, leaseMs]);
}

const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

const rowOf = (alert: Alert, place: number) => ({
  place,
  id: alert.alertId,
  seq: alert.seq,
  person_id: alert.personId,
  type: alert.type,
  condition: alert.condition,
  severity: alert.severity,
  state: alert.state,
  title: alert.title,
  message: alert.message,
  detail: alert.detail,
  count: alert.count,
  first_at: at(alert.firstAtMs),
  last_at: at(alert.lastAtMs),
  opened_at: at(alert.openedAtMs),
  alarmed_at: at(alert.alarmedAtMs),
  told_at: at(alert.toldAtMs),
  acknowledged_at: at(alert.acknowledgedAtMs),
  acknowledged_by: alert.acknowledgedBy,
  is_false_alarm: alert.isFalseAlarm,
  assigned_at: at(alert.assignedAtMs),
  assigned_to: alert.assignedTo,
  assigned_by: alert.assignedBy,
  resolved_at: at(alert.resolvedAtMs),
  resolved_by: alert.resolvedBy,
  action_taken: alert.actionTaken,
  notified: alert.notified,
  escalation_level: alert.escalationLevel,
  escalate_at: at(alert.escalateAtMs),
  sos_state: alert.sos.state,
  sos_due_at: at(alert.sos.dueAtMs),
  sos_id: alert.sos.sosId,
  sos_attached: alert.sos.isAttached,
  lat: alert.point?.lat ?? null,
  lng: alert.point?.lng ?? null,
  for_dispatchers: isForDispatchers(alert),
  due_at: at(dueAtMs(alert)),
});

export interface AlertRow {
  readonly id: string;
  readonly seq: number;
  readonly person_id: string;
  readonly type: AlertType;
  readonly condition: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly title: string;
  readonly message: string | null;
  readonly detail: Alert['detail'];
  readonly count: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly opened_at: number;
  readonly alarmed_at: number;
  readonly told_at: number;
  readonly acknowledged_at: number | null;
  readonly acknowledged_by: string | null;
  readonly is_false_alarm: boolean;
  readonly assigned_at: number | null;
  readonly assigned_to: string | null;
  readonly assigned_by: string | null;
  readonly resolved_at: number | null;
  readonly resolved_by: string | null;
  readonly action_taken: string | null;
  readonly notified: boolean;
  readonly escalation_level: number;
  readonly escalate_at: number | null;
  readonly sos_state: AlertSosState;
  readonly sos_due_at: number | null;
  readonly sos_id: string | null;
  readonly sos_attached: boolean;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly batch_id: string | null;
}

export function alertOf(row: AlertRow): Alert {
  return {
    alertId: row.id,
    seq: row.seq,
    personId: row.person_id,
    type: row.type,
    condition: row.condition,
    severity: row.severity,
    state: row.state,
    title: row.title,
    message: row.message,
    detail: row.detail,
    count: row.count,
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    openedAtMs: row.opened_at,
    alarmedAtMs: row.alarmed_at,
    toldAtMs: row.told_at,
    acknowledgedAtMs: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
    isFalseAlarm: row.is_false_alarm,
    assignedAtMs: row.assigned_at,
    assignedTo: row.assigned_to,
    assignedBy: row.assigned_by,
    resolvedAtMs: row.resolved_at,
    resolvedBy: row.resolved_by,
    actionTaken: row.action_taken,
    notified: row.notified,
    escalationLevel: row.escalation_level,
    escalateAtMs: row.escalate_at,
    sos: {
      state: row.sos_state,
      dueAtMs: row.sos_due_at,
      sosId: row.sos_id,
      isAttached: row.sos_attached,
    },
    point: row.lat === null || row.lng === null ? null : { lat: row.lat, lng: row.lng },
  };
}
