import { eventSource } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, sql } from '../store/db.ts';
import type { AlertStore, HistoryEntry, PersonSetting } from './alerts/store.ts';
import { type AlertRow, alertOf, COLUMNS } from './pg-alert-rows.ts';
import { lastSeen } from './pg-last-seen.ts';

const GET = sql(
  'telemetry_alert',
  `select ${COLUMNS} from telemetry.alerts a
    where a.id = $1`,
);
const LIST = sql(
  'telemetry_alerts',
  `select ${COLUMNS} from telemetry.alerts a
    where (a.person_id = any($1::uuid[]) or a.assigned_to = $2::uuid or ($3::boolean and a.for_dispatchers))
      and ($4::boolean is null or (a.resolved_at is null) = $4)
      and ($5::text[] is null or a.severity = any($5))
      and ($6::uuid is null or a.id < $6)
      and (a.for_dispatchers or not $8::boolean)
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

const REFUSING = sql(
  'telemetry_refusing_alert_sos',
  'select person_id from telemetry.alert_settings where not opens_sos limit $1',
);
/** Few do. */
const REFUSING_MAX = 100_000;

/** Of more events of one alert than anybody looks at, the first. */
const HISTORY_MAX = 1_000;

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

type Reads = Pick<
  AlertStore,
  'get' | 'history' | 'list' | 'setting' | 'setSetting' | 'refusing' | 'lastSeen'
>;

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

    async list(query) {
      const { personIds, assignedTo, forDispatchers, isOpen, severities, before, limit } = query;
      const asked = [personIds, assignedTo, forDispatchers, isOpen, severities, before, limit];
      asked.push(query.onlyForDispatchers);
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

    async refusing() {
      const rows = await db.query<{ person_id: string }>(REFUSING, [REFUSING_MAX]);
      return rows.map(({ person_id }) => person_id);
    },

    async lastSeen(userId) {
      const seen = await lastSeen(db, userId);
      return seen && { point: { lat: seen.lat, lng: seen.lng }, atMs: seen.receivedAtMs };
    },
  };
}
