import { sql, type Tx } from '../store/db.ts';
import { type Alert, dueAtMs, isForDispatchers } from './alerts/alert.ts';

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
