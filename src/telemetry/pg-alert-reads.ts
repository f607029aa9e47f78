import type { LatLng } from '../geo/lat-lng.ts';
import { eventSource } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, sql } from '../store/db.ts';
import type { Alert, AlertSosState, AlertState } from './alerts/alert.ts';
import type { AlertStore, HistoryEntry, PersonSetting } from './alerts/store.ts';
import type { AlertType, Severity } from './vitals/finding.ts';

const GET = sql(
  'telemetry_alert',
  `select a.*, st_y(a.location::geometry) as lat, st_x(a.location::geometry) as lng from telemetry.alerts a
    where a.id = $1`,
);
const LIST = sql(
  'telemetry_alerts',
  `select a.*, st_y(a.location::geometry) as lat, st_x(a.location::geometry) as lng from telemetry.alerts a
    where (a.person_id = any($1::uuid[]) or a.assigned_to = $2::uuid or ($3::boolean and a.for_dispatchers))
      and ($4::boolean is null or (a.resolved_at is null) = $4)
      and ($5::text[] is null or a.severity = any($5))
      and ($6::uuid is null or a.id < $6)
    order by a.id desc limit $7`,
);
const SETTING = sql(
  'telemetry_alert_setting',
  'select opens_sos, changed_by, changed_at from telemetry.alert_settings where person_id = $1',
);
const SET_SETTING = sql(
  'telemetry_set_alert_setting',
  `insert into telemetry.alert_settings (person_id, opens_sos, changed_by, changed_at) values ($1, $2, $3, now())
   on conflict (person_id) do update set opens_sos = excluded.opens_sos, changed_by = excluded.changed_by,
     changed_at = excluded.changed_at
   returning opens_sos, changed_by, changed_at`,
);
const LAST_POSITION = sql(
  'telemetry_last_position',
  `select st_y(location::geometry) as lat, st_x(location::geometry) as lng, received_at as at
     from telemetry.user_locations where user_id = $1`,
);

/** Of more events of one alert than anybody looks at, the first. */
const HISTORY_MAX = 1_000;

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

interface SettingRow {
  readonly opens_sos: boolean;
  readonly changed_by: string;
  readonly changed_at: number;
}

const settingOf = (row: SettingRow): PersonSetting => ({
  opensSos: row.opens_sos,
  changedBy: row.changed_by,
  changedAtMs: row.changed_at,
});
const NOT_SET: PersonSetting = { opensSos: true, changedBy: null, changedAtMs: null };

type Reads = Pick<AlertStore, 'get' | 'history' | 'list' | 'setting' | 'setSetting' | 'lastPosition'>;

/** What is asked of alerts without changing them. */
export function pgAlertReads(db: Db): Reads {
  const log = eventSource(db);
  return {
    async get(alertId) {
      const [row] = await db.query<AlertRow>(GET, [alertId]);
      return row ? alertOf(row) : null;
    },

    async history(alertId) {
      const events = await log.readAfter(`alert:${alertId}`, 0, HISTORY_MAX);
      return events.map(
        ({ seq, atMs, actorId, type, data }) => ({ seq, atMs, actorId, type, data }) as HistoryEntry,
      );
    },

    async list({ personIds, assignedTo, forDispatchers, isOpen, severities, before, limit }) {
      const asked = [personIds, assignedTo, forDispatchers, isOpen, severities, before, limit];
      return (await db.query<AlertRow>(LIST, asked)).map(alertOf);
    },

    async setting(personId) {
      const [row] = await db.query<SettingRow>(SETTING, [personId]);
      return row ? settingOf(row) : NOT_SET;
    },

    async setSetting(personId, opensSos, by) {
      const [row] = await db.query<SettingRow>(SET_SETTING, [personId, opensSos, by]);
      return settingOf(must(row, 'the setting that was just written'));
    },

    async lastPosition(userId) {
      const [row] = await db.query<LatLng & { readonly at: number }>(LAST_POSITION, [userId]);
      return row ? { point: { lat: row.lat, lng: row.lng }, atMs: row.at } : null;
    },
  };
}
