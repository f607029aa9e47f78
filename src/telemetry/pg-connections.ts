import { type Db, sql, type Tx } from '../store/db.ts';
import type {
  ConnectionStore,
  ConnectionView,
  Consent,
  InactiveReason,
  Settings,
  SyncLogView,
} from './connections/types.ts';
import { tokenParams, tokensOf } from './pg-connection-sync.ts';

const CONSENTS_MAX = 5;

const ADD_CONSENT = sql(
  'telemetry_add_consent',
  `insert into telemetry.connection_consents (state_hash, user_id, provider, device_name, code_verifier, key_id, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')`,
);
const FORGET_CONSENTS = sql(
  'telemetry_forget_consents',
  `delete from telemetry.connection_consents
    where state_hash in (select state_hash from telemetry.connection_consents where user_id = $1
                          order by created_at desc offset $2)`,
);
const TAKE_CONSENT = sql(
  'telemetry_take_consent',
  `delete from telemetry.connection_consents where state_hash = $1
   returning user_id as "userId", provider, device_name as "deviceName", code_verifier, key_id, expires_at > now() as good`,
);

const ID_FOR = sql(
  'telemetry_connection_id',
  'select id from telemetry.device_connections where user_id = $1 and provider = $2',
);

// Somebody else at the provider: how far that one was read says nothing of this one.
const CONNECT = sql(
  'telemetry_connect',
  `insert into telemetry.device_connections as c
     (id, user_id, provider, device_name, epoch, access_token, refresh_token, token_key_id, token_expires_at, scopes,
      external_user_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 second', $10, $11)
       on conflict (user_id, provider) do update
      set device_name = coalesce(excluded.device_name, c.device_name),
          access_token = excluded.access_token, refresh_token = excluded.refresh_token,
          token_key_id = excluded.token_key_id, token_version = c.token_version + 1,
          token_expires_at = excluded.token_expires_at, scopes = excluded.scopes,
          external_user_id = excluded.external_user_id,
          watermark = case when c.external_user_id = excluded.external_user_id then c.watermark else '{}' end,
          is_active = true, inactive_reason = null, failures = 0, last_error = null, next_sync_at = now(),
          not_before = null, lease_owner = null, lease_until = null, updated_at = now()
    where c.id = excluded.id
   returning id`,
);

const LIST = sql(
  'telemetry_connections',
  `select id, provider, device_name, is_active, inactive_reason, scopes, settings, sync_every_ms, last_sync_at,
          case when is_active then greatest(next_sync_at, not_before) end as next_sync_at, failures, last_error, created_at
     from telemetry.device_connections
    where user_id = $1 and ($2::uuid is null or id = $2) and inactive_reason is distinct from 'disconnected'
    order by created_at, id`,
);

const CHANGE = sql(
  'telemetry_change_connection',
  `update telemetry.device_connections
      set sync_every_ms = coalesce($3, sync_every_ms),
          next_sync_at = case when $4 and not is_active
                                then greatest(now(), (select max(l.started_at) + $8 * interval '1 millisecond'
                                                        from telemetry.device_sync_logs l where l.connection_id = $2))
                              when $3::bigint < sync_every_ms
                                then least(next_sync_at, now() + $3::bigint * interval '1 millisecond')
                              else next_sync_at end,
          is_active = coalesce($4, is_active),
          inactive_reason = case when $4 then null when not $4 then coalesce(inactive_reason, 'paused')
                                 else inactive_reason end,
          failures = case when $4 and not is_active then 0 else failures end,
          lease_owner = case when not $4 then null else lease_owner end,
          lease_until = case when not $4 then null else lease_until end,
          device_name = case when $5 then $6 else device_name end,
          settings = coalesce($7::jsonb, settings), updated_at = now()
    where user_id = $1 and id = $2 and inactive_reason is distinct from 'disconnected'
      and ($4 is not true or is_active or inactive_reason in ('paused', 'failing'))
   returning id`,
);

const WAIT = sql(
  'telemetry_connection_wait',
  `select ceil(extract(epoch from greatest(
            c.not_before - now(),
            (select max(l.started_at) from telemetry.device_sync_logs l where l.connection_id = c.id)
              + $3 * interval '1 millisecond' - now(),
            interval '0')) * 1000)::float8 as wait_ms
     from telemetry.device_connections c where c.user_id = $1 and c.id = $2 and c.is_active
      for update of c`,
);
const HURRY = sql(
  'telemetry_hurry_connection',
  'update telemetry.device_connections set next_sync_at = now() where id = $1 and next_sync_at > now()',
);

const OPENED_BY = sql(
  'telemetry_connection_opened_by',
  `select provider, external_user_id as "externalUserId", access_token, refresh_token, token_key_id, token_version
     from telemetry.device_connections
    where user_id = $1 and id = $2 and inactive_reason is distinct from 'disconnected'
      for update`,
);
const DISCONNECT = sql(
  'telemetry_disconnect',
  `update telemetry.device_connections
      set access_token = null, refresh_token = null, token_key_id = null, token_expires_at = null,
          token_version = token_version + 1, scopes = '{}', external_user_id = null, watermark = '{}',
          is_active = false, inactive_reason = 'disconnected', lease_owner = null, lease_until = null,
          failures = 0, last_error = null, not_before = null, updated_at = now()
    where id = $1`,
);

const LOGS = sql(
  'telemetry_sync_logs',
  `select id, started_at as "startedAtMs", completed_at as "completedAtMs", status, records_synced as "recordsSynced",
          samples_stored as "samplesStored", error_code as "errorCode", error_message as "errorMessage"
     from telemetry.device_sync_logs
    where user_id = $1 and connection_id = $2 and ($3::uuid is null or id < $3)
    order by id desc limit $4`,
);

interface ViewRow {
  id: string;
  provider: string;
  device_name: string | null;
  is_active: boolean;
  inactive_reason: InactiveReason | null;
  scopes: string[];
  settings: Settings;
  sync_every_ms: number;
  last_sync_at: number | null;
  next_sync_at: number | null;
  failures: number;
  last_error: string | null;
  created_at: number;
}

type OpenedBy = { provider: string; externalUserId: string | null; access_token: Buffer | null } & Omit<
  Parameters<typeof tokensOf>[0],
  'access_token'
>;

/** {@link ConnectionStore} on PostgreSQL or embedded PGlite. */
export function pgConnections(db: Db): ConnectionStore {
  const views = async (userId: string, id: string | null) =>
    (await db.query<ViewRow>(LIST, [userId, id])).map(viewOf);
  const view = async (userId: string, id: string) => (await views(userId, id))[0] ?? null;
  return {
    addConsent: ({ userId, provider, deviceName }, stateHash, { bytes, keyId }, lifeMs) =>
      db.transaction(async (tx) => {
        await tx.query(ADD_CONSENT, [stateHash, userId, provider, deviceName, bytes, keyId, lifeMs]);
        await tx.query(FORGET_CONSENTS, [userId, CONSENTS_MAX]);
      }),
    async takeConsent(stateHash, userId) {
      const [taken] = await db.query<Consent & { code_verifier: Buffer; key_id: string; good: boolean }>(
        TAKE_CONSENT,
        [stateHash],
      );
      if (!taken?.good || taken.userId !== userId) return null;
      const { code_verifier: bytes, key_id: keyId, good: _good, ...consent } = taken;
      return { ...consent, codeVerifier: { bytes, keyId } };
    },
    idFor: async (userId, provider) =>
      (await db.query<{ id: string }>(ID_FOR, [userId, provider]))[0]?.id ?? null,
    async connect(connection) {
      const { id, userId, provider, deviceName, epoch, expiresInS, scopes, externalUserId } = connection;
      const made = await db.query(CONNECT, [
        id,
        userId,
        provider,
        deviceName,
        epoch,
        ...tokenParams(connection),
        expiresInS,
        scopes,
        externalUserId,
      ]);
      return made.length === 0 ? null : view(userId, id);
    },
    list: (userId) => views(userId, null),
    get: view,
    async change(userId, id, { syncEveryMs, isActive, deviceName, settings }, notWithinMs) {
      const changed = await db.query(CHANGE, [
        userId,
        id,
        syncEveryMs ?? null,
        isActive ?? null,
        deviceName !== undefined,
        deviceName ?? null,
        settings === undefined ? null : JSON.stringify(settings),
        notWithinMs,
      ]);
      return changed.length === 0 ? null : view(userId, id);
    },
    hurry: (userId, id, notWithinMs) => db.transaction((tx) => hurry(tx, userId, id, notWithinMs)),
    disconnect: (userId, id) =>
      db.transaction(async (tx) => {
        const [row] = await tx.query<OpenedBy>(OPENED_BY, [userId, id]);
        if (!row) return null;
        await tx.query(DISCONNECT, [id]);
        const { provider, externalUserId, access_token, ...rest } = row;
        return { provider, externalUserId, tokens: access_token && tokensOf({ ...rest, access_token }) };
      }),
    logs: (userId, id, before, limit) => db.query<SyncLogView>(LOGS, [userId, id, before, limit]),
  };
}

async function hurry(tx: Tx, userId: string, id: string, notWithinMs: number): Promise<number | null> {
  const [row] = await tx.query<{ wait_ms: number }>(WAIT, [userId, id, notWithinMs]);
  if (!row) return null;
  if (row.wait_ms <= 0) await tx.query(HURRY, [id]);
  return row.wait_ms;
}

function viewOf(row: ViewRow): ConnectionView {
  return {
    id: row.id,
    provider: row.provider,
    deviceName: row.device_name,
    isActive: row.is_active,
    inactiveReason: row.inactive_reason,
    scopes: row.scopes,
    settings: row.settings,
    syncEveryMs: row.sync_every_ms,
    lastSyncAtMs: row.last_sync_at,
    nextSyncAtMs: row.next_sync_at,
    failures: row.failures,
    lastError: row.last_error,
    createdAtMs: row.created_at,
  };
}
