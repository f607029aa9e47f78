import { append } from '../journal/event-log.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { columnsOf } from './columns.ts';
import { byInstant, unknownOf } from './connections/news.ts';
import type { Claimed, Ending, Mark, NewTokens, Portion, Settings, SyncStore } from './connections/types.ts';
import { doubtsAsText } from './pg-unnest-vitals.ts';
import type { Sample } from './vitals/sample.ts';
import { VITAL_NAMES, type VitalName } from './vitals/vitals.ts';

/** Rows of one insert, and of one look at what is there. */
const SAMPLES_AT_ONCE = 2_000;

// What an attempt of a node that died has left open ends here.
const CLAIM = sql(
  'telemetry_claim_connections',
  `with due as materialized (
     select c.id
       from telemetry.device_connections c join accounts.users u on u.id = c.user_id
      where c.is_active and c.next_sync_at <= now() and (c.not_before is null or c.not_before <= now())
        and (c.lease_until is null or c.lease_until <= now())
        and c.provider = any($4::text[]) and c.token_key_id = any($5::text[]) and u.status = 'active'
      order by c.next_sync_at limit $2
        for update of c skip locked),
   taken as (
     update telemetry.device_connections c
        set lease_owner = $1, lease_until = now() + $3 * interval '1 millisecond'
       from due where c.id = due.id
     returning c.id, c.user_id, c.provider, c.access_token, c.refresh_token, c.token_key_id, c.token_version,
               c.token_expires_at, c.scopes, c.settings, c.external_user_id, c.watermark, c.sync_every_ms, c.failures),
   abandoned as (
     update telemetry.device_sync_logs l
        set status = 'failed', completed_at = now(), error_code = 'abandoned',
            error_message = 'The server that read it did not come to an end.'
       from due where l.connection_id = due.id and l.status = 'pending'),
   logged as (
     insert into telemetry.device_sync_logs (id, connection_id, user_id)
     select ($6::uuid[])[row_number() over ()], id, user_id from taken
     returning id, connection_id)
   select t.id, t.user_id, t.provider, t.access_token, t.refresh_token, t.token_key_id, t.token_version,
          t.token_expires_at, t.scopes, t.settings, t.external_user_id, t.watermark, t.sync_every_ms, t.failures,
          l.id as log_id
     from taken t join logged l on l.connection_id = t.id`,
);

const EXTEND = sql(
  'telemetry_extend_connection',
  `update telemetry.device_connections set lease_until = now() + $3 * interval '1 millisecond'
    where id = $1 and lease_owner = $2 and is_active
   returning id`,
);

const SAVE_TOKENS = sql(
  'telemetry_save_tokens',
  `update telemetry.device_connections
      set access_token = $3, refresh_token = $4, token_key_id = $5, token_version = token_version + 1,
          token_expires_at = now() + $6 * interval '1 second', updated_at = now()
    where id = $1 and token_version = $2 and access_token is not null
   returning id`,
);

const LOCK = sql(
  'telemetry_lock_connection',
  `select user_id, epoch, samples_seq from telemetry.device_connections
    where id = $1 and lease_owner = $2 and is_active
      for no key update`,
);

const KNOWN = sql(
  'telemetry_known_samples',
  `select recorded_at,
          array_remove(array[case when heart_rate_bpm is not null then 'heartRateBpm' end,
                             case when systolic_mmhg is not null then 'systolicMmhg' end,
                             case when diastolic_mmhg is not null then 'diastolicMmhg' end,
                             case when spo2_pct is not null then 'spo2Pct' end,
                             case when respiration_per_min is not null then 'respirationPerMin' end,
                             case when temperature_c is not null then 'temperatureC' end,
                             case when oxygen_lpm is not null then 'oxygenLpm' end,
                             case when weight_kg is not null then 'weightKg' end,
                             case when glucose_mmol_l is not null then 'glucoseMmolL' end], null) as names
     from telemetry.vitals_samples
    where person_id = $1 and device_id = $2
      and recorded_at between to_timestamp($3::float8 / 1000) and to_timestamp($4::float8 / 1000)`,
);

const INSERT = sql(
  'telemetry_insert_synced',
  `insert into telemetry.vitals_samples
     (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, heart_rate_bpm, systolic_mmhg,
      diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l, doubts, late)
   select to_timestamp(received_at_ms / 1000), $1, $2, $3, seq, 'sync', to_timestamp(recorded_at_ms / 1000),
          to_timestamp(recorded_at_ms / 1000), heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct,
          respiration_per_min, temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l,
          string_to_array(doubts, ' '), late
     from unnest($4::bigint[], $5::float8[], $6::float8[], $7::text[], $8::boolean[], $9::real[], $10::real[],
                 $11::real[], $12::real[], $13::real[], $14::real[], $15::real[], $16::real[], $17::real[])
       as d (seq, received_at_ms, recorded_at_ms, doubts, late, heart_rate_bpm, systolic_mmhg, diastolic_mmhg,
             spo2_pct, respiration_per_min, temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l)`,
);

const MOVE = sql(
  'telemetry_move_connection',
  `update telemetry.device_connections
      set samples_seq = $2, watermark = watermark || jsonb_build_object($3::text, $4::jsonb), updated_at = now()
    where id = $1`,
);

const COUNT = sql(
  'telemetry_count_synced',
  `update telemetry.device_sync_logs
      set records_synced = records_synced + $2, samples_stored = samples_stored + $3
    where id = $1`,
);

const FINISH = sql(
  'telemetry_finish_connection',
  `update telemetry.device_connections
      set lease_owner = null, lease_until = null, updated_at = now(),
          last_sync_at = case when $3 then now() else last_sync_at end,
          next_sync_at = now() + $4 * interval '1 millisecond',
          not_before = case when $5 then now() + $4 * interval '1 millisecond' end,
          failures = $6, last_error = $7, is_active = is_active and $8::text is null,
          inactive_reason = coalesce(inactive_reason, $8)
    where id = $1 and lease_owner = $2
   returning user_id, provider, clock_timestamp() as now`,
);

const FINISH_LOG = sql(
  'telemetry_finish_sync_log',
  `update telemetry.device_sync_logs
      set status = case when $2::text is null then 'success' else 'failed' end, completed_at = now(),
          error_code = $2, error_message = $3
    where id = $1 and status = 'pending'`,
);

const SEALED_OTHERWISE = sql(
  'telemetry_sealed_otherwise',
  `select id, access_token, refresh_token, token_key_id, token_version from telemetry.device_connections
    where access_token is not null and token_key_id <> $1 and token_key_id = any($2::text[])
    order by id limit $3`,
);

const RESEAL = sql(
  'telemetry_reseal',
  `update telemetry.device_connections set access_token = $3, refresh_token = $4, token_key_id = $5
    where id = $1 and token_version = $2 and access_token is not null
   returning id`,
);

const KEY_IDS = sql(
  'telemetry_key_ids',
  'select distinct token_key_id as id from telemetry.device_connections where token_key_id is not null',
);

interface TokenRow {
  id: string;
  access_token: Buffer;
  refresh_token: Buffer | null;
  token_key_id: string;
  token_version: number;
}

interface ClaimedRow extends TokenRow {
  user_id: string;
  provider: string;
  token_expires_at: number | null;
  scopes: string[];
  settings: Settings;
  external_user_id: string | null;
  watermark: Record<string, Mark>;
  sync_every_ms: number;
  failures: number;
  log_id: string;
}

interface Locked {
  user_id: string;
  epoch: string;
  samples_seq: number;
}

/** {@link SyncStore} on PostgreSQL or embedded PGlite. */
export function pgConnectionSync(db: Db, newId: () => string): SyncStore {
  return {
    async claim({ owner, limit, leaseMs, providers, keyIds }) {
      const logIds = Array.from({ length: limit }, newId);
      const params = [owner, limit, leaseMs, providers, keyIds, logIds];
      return (await db.query<ClaimedRow>(CLAIM, params)).map(claimedOf);
    },
    extend: async (id, owner, leaseMs) => (await db.query(EXTEND, [id, owner, leaseMs])).length > 0,
    saveTokens: async (id, version, { expiresInS, ...sealed }) =>
      (await db.query(SAVE_TOKENS, [id, version, ...tokenParams(sealed), expiresInS])).length > 0,
    keep: (claimed, owner, portion) => db.transaction((tx) => keep(tx, claimed, owner, portion)),
    finish: (claimed, owner, ending) => db.transaction((tx) => finish(tx, claimed, owner, ending)),
    async sealedOtherwise(keyId, keyIds, limit) {
      const rows = await db.query<TokenRow>(SEALED_OTHERWISE, [keyId, keyIds, limit]);
      return rows.map((row) => ({ id: row.id, tokens: tokensOf(row) }));
    },
    reseal: async (id, version, sealed) =>
      (await db.query(RESEAL, [id, version, ...tokenParams(sealed)])).length > 0,
    keyIdsInUse: async () => (await db.query<{ id: string }>(KEY_IDS)).map(({ id }) => id),
  };
}

export const tokenParams = ({ access, refresh }: Pick<NewTokens, 'access' | 'refresh'>) => [
  access.bytes,
  refresh?.bytes ?? null,
  access.keyId,
];

export function tokensOf(row: Omit<TokenRow, 'id'>) {
  const { access_token: access, refresh_token: refresh, token_key_id: keyId, token_version: version } = row;
  return { access: { keyId, bytes: access }, refresh: refresh && { keyId, bytes: refresh }, version };
}

function claimedOf(row: ClaimedRow): Claimed {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    tokens: tokensOf(row),
    tokenExpiresAtMs: row.token_expires_at,
    scopes: row.scopes,
    settings: row.settings,
    externalUserId: row.external_user_id,
    watermark: row.watermark,
    syncEveryMs: row.sync_every_ms,
    failures: row.failures,
    logId: row.log_id,
  };
}

async function keep(tx: Tx, { id, logId }: Claimed, owner: string, portion: Portion) {
  const [locked] = await tx.query<Locked>(LOCK, [id, owner]);
  if (!locked) return null;
  const { user_id: personId, epoch } = locked;
  let seq = locked.samples_seq;
  const stored: Sample[] = [];
  const samples = byInstant(portion.samples);
  for (let from = 0; from < samples.length; from += SAMPLES_AT_ONCE) {
    const some = samples.slice(from, from + SAMPLES_AT_ONCE);
    const news = unknownOf(some, await known(tx, personId, id, some));
    if (news.length > 0) await tx.query(INSERT, [personId, id, epoch, ...rowsOf(news, seq)]);
    seq += news.length;
    stored.push(...news);
  }
  await tx.query(MOVE, [id, seq, portion.resource, JSON.stringify(portion.mark)]);
  await tx.query(COUNT, [logId, portion.records, stored.length]);
  return stored;
}

/** What this connection has stored of these instants: which vital signs, by time. */
async function known(tx: Tx, personId: string, id: string, some: readonly Sample[]) {
  const [first, last] = [some[0]?.recordedAtMs ?? 0, some.at(-1)?.recordedAtMs ?? 0];
  const rows = await tx.query<{ recorded_at: number; names: VitalName[] }>(KNOWN, [
    personId,
    id,
    first,
    last,
  ]);
  const names = new Map<number, Set<VitalName>>();
  for (const row of rows) {
    const there = names.get(row.recorded_at) ?? new Set();
    for (const name of row.names) there.add(name);
    names.set(row.recorded_at, there);
  }
  return names;
}

function rowsOf(samples: readonly Sample[], seqBefore: number): unknown[] {
  const seqs = samples.map((_, i) => seqBefore + 1 + i);
  const columns = columnsOf(samples, [
    ({ receivedAtMs }) => receivedAtMs,
    ({ recordedAtMs }) => recordedAtMs,
    ({ doubts }) => doubtsAsText(doubts),
    ({ late }) => late,
    ...VITAL_NAMES.map(
      (name) =>
        ({ vitals }: Sample) =>
          vitals[name] ?? null,
    ),
  ]);
  return [seqs, ...columns];
}

async function finish(tx: Tx, { id, logId }: Claimed, owner: string, ending: Ending) {
  const { ok, nextInMs } = ending;
  const failed = ending.ok ? null : ending;
  const [row] = await tx.query<{ user_id: string; provider: string; now: number }>(FINISH, [
    id,
    owner,
    ok,
    nextInMs,
    failed?.isAsked ?? false,
    failed?.failures ?? 0,
    failed?.code ?? null,
    failed?.becomes ?? null,
  ]);
  await tx.query(FINISH_LOG, [logId, failed?.code ?? null, failed?.message ?? null]);
  if (!row || !failed?.becomes) return [];
  const data = { connectionId: id, provider: row.provider, reason: failed.becomes, code: failed.code };
  return append(tx, row.now, [
    { kind: 'inbox', streamId: row.user_id, type: 'connection.failing', actorId: null, data },
  ]);
}
