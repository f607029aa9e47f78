import { type Db, type Queryable, sql } from '../store/db.ts';
import { columnsOf } from './columns.ts';
import { pgScoreWriter } from './pg-scores.ts';
import { thresholdsOf } from './pg-thresholds.ts';
import { type JudgeState, STATE_SHAPE } from './vitals/judge-state.ts';
import type { Sample, SampleSource } from './vitals/sample.ts';
import { SHARED_FOR_MS } from './vitals/shared-people.ts';
import type { Beginning, PutAway, Retracted, VigilStore } from './vitals/vigil-store.ts';
import {
  type Doubt,
  type Doubts,
  VITAL_NAMES,
  VITAL_SIGNS,
  type VitalName,
  type Vitals,
} from './vitals/vitals.ts';

/** Without a state that was put away: as long as a gain of weight is looked back over. */
const LOOKED_BACK_MS = 3 * 86_400_000;
/** Of each person at most so many of the newest samples, of devices and of records each. */
const SAMPLES_MAX = 1_000;
/** What is younger than this when it comes says how somebody is now; so `recorded_at` bounds what is looked through. */
const RECORDED_BEFORE_MS = 86_400_000;

const PUT_AWAY = sql(
  'telemetry_watch_states',
  `select person_id as "personId", received_at as "receivedAtMs", state
     from telemetry.vitals_watch where person_id = any($1::uuid[]) and shape = $2`,
);

// The newest of each, by the index on person and time; the order in which they came is made of them afterwards.
const SAMPLES_OF_PEOPLE = sql(
  'telemetry_samples_since',
  `select s.person_id, s.recorded_at, s.received_at, s.source, s.heart_rate_bpm, s.systolic_mmhg, s.diastolic_mmhg,
          s.spo2_pct, s.respiration_per_min, s.temperature_c, s.oxygen_lpm, s.weight_kg, s.glucose_mmol_l,
          s.consciousness, s.on_oxygen, s.doubts, s.is_seen
     from unnest($1::uuid[], $2::timestamptz[]) as p (id, since)
    cross join lateral (
      (select person_id, recorded_at, received_at, source, device_id, epoch, seq,
              heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c,
              oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, false as is_seen
         from telemetry.vitals_samples
        where person_id = p.id and received_at >= p.since and not late
          and recorded_at >= p.since - $3 * interval '1 millisecond'
        order by recorded_at desc limit $4)
      union all
      (select person_id, recorded_at, received_at, source, null, null, null,
              heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c,
              oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, is_seen
         from telemetry.vitals_records
        where person_id = p.id and received_at >= p.since and not late and retracted_at is null
          and recorded_at >= p.since - $3 * interval '1 millisecond'
        order by recorded_at desc limit $4)) s
    order by s.person_id, s.received_at, s.device_id, s.epoch, s.seq`,
);

/** Beyond so many of a device, what is measured more seldom is looked for this far back: as long as a temperature counts. */
const SELDOM_WITHIN_MS = 8 * 3_600_000;

// Of each vital sign the newest row of a device that holds it, of what came before the newest so many.
const SELDOM = sql(
  'telemetry_seldom_samples',
  `select distinct s.person_id, s.recorded_at, s.received_at, s.source, s.heart_rate_bpm, s.systolic_mmhg,
          s.diastolic_mmhg, s.spo2_pct, s.respiration_per_min, s.temperature_c, s.oxygen_lpm, s.weight_kg,
          s.glucose_mmol_l, s.consciousness, s.on_oxygen, s.doubts
     from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as p (id, since, before)
    cross join lateral (
      select array[
               max(recorded_at) filter (where heart_rate_bpm is not null),
               max(recorded_at) filter (where systolic_mmhg is not null),
               max(recorded_at) filter (where diastolic_mmhg is not null),
               max(recorded_at) filter (where spo2_pct is not null),
               max(recorded_at) filter (where respiration_per_min is not null),
               max(recorded_at) filter (where temperature_c is not null),
               max(recorded_at) filter (where oxygen_lpm is not null),
               max(recorded_at) filter (where weight_kg is not null),
               max(recorded_at) filter (where glucose_mmol_l is not null),
               max(recorded_at) filter (where consciousness is not null),
               max(recorded_at) filter (where on_oxygen is not null)] as instants
        from telemetry.vitals_samples
       where person_id = p.id and received_at >= p.since and not late and doubts = '{}'
         and recorded_at >= p.since and recorded_at < p.before) newest
     join telemetry.vitals_samples s
       on s.person_id = p.id and s.recorded_at = any(newest.instants) and s.received_at >= p.since and not s.late
          and s.doubts = '{}'
    order by s.person_id, s.received_at`,
);

const RECORDS_SINCE = sql(
  'telemetry_records_since',
  `select person_id, recorded_at, received_at, source,
          heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c,
          oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, is_seen
     from telemetry.vitals_records
    where received_at > $1 and not late and retracted_at is null
    order by received_at, id limit $2`,
);

// By the index on when they came. An Observation that is put right is received anew, under the same id.
const RETRACTED_SINCE = sql(
  'telemetry_retracted_since',
  `select person_id as "personId", max(at) as "atMs" from (
     select person_id, retracted_at as at from telemetry.vitals_records
      where retracted_at > $1 and received_at > $1 - interval '1 day'
     union all
     select r.person_id, r.received_at from telemetry.vitals_records r
       join telemetry.observations o on o.id = r.id and o.version > 1
      where r.received_at > $1 and r.source = 'fhir') a
    group by person_id`,
);

const PUT = sql(
  'telemetry_put_watch_states',
  `insert into telemetry.vitals_watch as w (person_id, received_at, shape, state, heard)
   select person_id, to_timestamp(received_at_ms / 1000), $3, state,
          case when heard_ms is null then '{}' else jsonb_build_object($6::text, heard_ms) end
     from unnest($1::uuid[], $2::float8[], $4::jsonb[], $5::float8[]) as d (person_id, received_at_ms, state, heard_ms)
    order by person_id
       on conflict (person_id) do update
      set received_at = greatest(w.received_at, excluded.received_at),
          shape = case when w.received_at <= excluded.received_at then excluded.shape else w.shape end,
          state = case when w.received_at <= excluded.received_at then excluded.state else w.state end,
          heard = (select coalesce(jsonb_object_agg(h.key, h.value), '{}') from jsonb_each(w.heard) h
                    where h.value::float8
                            > extract(epoch from greatest(w.received_at, excluded.received_at)) * 1000 - $7::float8)
                  || excluded.heard
   returning person_id as "personId",
             exists (select from jsonb_each(w.heard) h
                      where h.key <> $6
                        and h.value::float8 > extract(epoch from w.received_at) * 1000 - $7::float8) as shared`,
);

const FORGET = sql('telemetry_forget_watch_state', 'delete from telemetry.vitals_watch where person_id = $1');

const CHANGED = sql(
  'telemetry_thresholds_changed',
  `select clock_timestamp() as now,
          array(select distinct person_id::text from telemetry.thresholds where changed_at > $1) as ids`,
);

const AWAITED = sql(
  'telemetry_watch_awaited',
  `select person_id as "personId" from (
     select person_id from telemetry.vitals_watch where received_at > $1
     union
     select t.person_id from telemetry.thresholds t
      where t.expected <> '{}'
        and t.version = (select max(version) from telemetry.thresholds where person_id = t.person_id)) a
    where ($2::uuid is null or person_id > $2)
      and not exists (select from accounts.users u
                       where u.id = a.person_id and (u.erased_at is not null or u.status = 'deactivated'))
    order by person_id limit $3`,
);

const ERASED_SINCE = sql(
  'telemetry_erased_since',
  'select id as "personId" from accounts.users where erased_at > $1 order by erased_at desc limit 1000',
);

type SampleRow = { readonly [column: string]: unknown } & {
  readonly person_id: string;
  readonly recorded_at: number;
  readonly received_at: number;
  readonly source: SampleSource;
  readonly doubts: readonly string[];
  /** Of what is judged only. */
  readonly is_seen?: boolean;
};

/** Of one person; enough for what is measured together with a stream. */
const NEWEST_MAX = 300;

const NEWEST = sql(
  'telemetry_newest_samples',
  `select person_id, recorded_at, received_at, source,
          heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c,
          oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts
     from telemetry.vitals where person_id = $1 order by recorded_at desc limit $2`,
);

/** What was measured of somebody last, in the order in which it was measured; also what came late. */
export const pgNewestSamples =
  (db: Queryable) =>
  async (personId: string): Promise<readonly Sample[]> =>
    (await db.query<SampleRow>(NEWEST, [personId, NEWEST_MAX])).map(sampleOf).reverse();

/** What the vigil over vital signs keeps, in Postgres. */
export function pgVigilStore(db: Db): VigilStore {
  return {
    async begin(personIds, nowMs) {
      const thresholds = await thresholdsOf(db, personIds);
      const states = await db.query<PutAway>(PUT_AWAY, [personIds, STATE_SHAPE]);
      const putAway = new Map(states.map((state) => [state.personId, state]));
      const since = personIds.map((id) => putAway.get(id)?.receivedAtMs ?? nowMs - LOOKED_BACK_MS);
      const samples = await samplesOf(db, personIds, since);
      return personIds.map(
        (personId): Beginning => ({
          personId,
          thresholds: thresholds.get(personId) ?? null,
          putAway: putAway.get(personId) ?? null,
          samples: samples.get(personId) ?? [],
        }),
      );
    },

    async samplesSince(asked) {
      const ids = asked.map(({ personId }) => personId);
      const since = asked.map(({ sinceMs }) => sinceMs);
      return [...(await samplesOf(db, ids, since)).values()].flat();
    },

    async samplesOf(personId, nowMs) {
      return (await samplesOf(db, [personId], [nowMs - LOOKED_BACK_MS])).get(personId) ?? [];
    },

    async erasedSince(sinceMs) {
      const rows = await db.query<{ personId: string }>(ERASED_SINCE, [new Date(sinceMs)]);
      return rows.map(({ personId }) => personId);
    },

    async putAway(states, nodeId) {
      const [ids, receivedAt, json, heard] = columnsOf(states, [
        ({ personId }) => personId,
        ({ receivedAtMs }) => receivedAtMs,
        ({ state }) => JSON.stringify(state satisfies JudgeState),
        ({ heardHereMs }) => heardHereMs || null,
      ]);
      const rows = await db.query<{ personId: string; shared: boolean }>(PUT, [
        ids,
        receivedAt,
        STATE_SHAPE,
        json,
        heard,
        nodeId,
        SHARED_FOR_MS,
      ]);
      return rows.flatMap(({ personId, shared }) => (shared ? [personId] : []));
    },

    keepScores: pgScoreWriter(db),

    async forget(personId) {
      await db.query(FORGET, [personId]);
    },

    async changedSince(sinceMs) {
      const [row] = await db.query<{ now: number; ids: string[] }>(CHANGED, [new Date(sinceMs)]);
      return { personIds: row?.ids ?? [], nowMs: row?.now ?? sinceMs };
    },

    thresholdsOf: (personIds) => thresholdsOf(db, personIds),

    async recordsSince(sinceMs, limit) {
      return (await db.query<SampleRow>(RECORDS_SINCE, [new Date(sinceMs), limit])).map(sampleOf);
    },

    async retractedSince(sinceMs) {
      return db.query<Retracted>(RETRACTED_SINCE, [new Date(sinceMs)]);
    },

    async awaited(sinceMs, afterPersonId, limit) {
      const rows = await db.query<{ personId: string }>(AWAITED, [new Date(sinceMs), afterPersonId, limit]);
      return rows.map(({ personId }) => personId);
    },
  };
}

async function samplesOf(
  db: Queryable,
  personIds: readonly string[],
  sinceMs: readonly number[],
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const rows = await db.query<SampleRow>(SAMPLES_OF_PEOPLE, [
    personIds,
    sinceMs.map((ms) => new Date(ms)),
    RECORDED_BEFORE_MS,
    SAMPLES_MAX,
  ]);
  const byPerson = new Map<string, Sample[]>();
  for (const row of rows) {
    const sample = sampleOf(row);
    const samples = byPerson.get(sample.personId);
    if (samples) samples.push(sample);
    else byPerson.set(sample.personId, [sample]);
  }
  await addSeldom(db, byPerson, new Map(personIds.map((id, i) => [id, sinceMs[i] ?? 0])));
  return byPerson;
}

/**
 * Puts before the newest samples of a stream what was measured more seldom than that: a pressure every twenty minutes is
 * not among the last thousand of a pulse every second.
 */
async function addSeldom(
  db: Queryable,
  byPerson: Map<string, Sample[]>,
  sinceMs: ReadonlyMap<string, number>,
): Promise<void> {
  const asked = [...byPerson].flatMap(([personId, samples]) => {
    const times = samples.filter(({ source }) => !isOfRecord(source)).map((sample) => sample.recordedAtMs);
    if (times.length < SAMPLES_MAX) return [];
    const [first, last] = [Math.min(...times), Math.max(...times)];
    return [
      { personId, beforeMs: first, fromMs: Math.max(sinceMs.get(personId) ?? 0, last - SELDOM_WITHIN_MS) },
    ];
  });
  if (asked.length === 0) return;
  const columns = [
    asked.map(({ personId }) => personId),
    asked.map(({ fromMs }) => new Date(fromMs)),
    asked.map(({ beforeMs }) => new Date(beforeMs)),
  ];
  const seldom = new Map<string, Sample[]>();
  for (const row of await db.query<SampleRow>(SELDOM, columns)) {
    const sample = withoutThoseOf(byPerson.get(row.person_id) ?? [], sampleOf(row));
    if (Object.keys(sample.vitals).length === 0) continue;
    seldom.set(row.person_id, [...(seldom.get(row.person_id) ?? []), sample]);
  }
  for (const [personId, samples] of seldom) {
    const all = [...samples, ...(byPerson.get(personId) ?? [])];
    byPerson.set(
      personId,
      all.sort((a, b) => a.receivedAtMs - b.receivedAtMs),
    );
  }
}

const isOfRecord = (source: SampleSource) => source === 'manual' || source === 'fhir';

/** Of what the stream goes on with a single older value says nothing. */
function withoutThoseOf(stream: readonly Sample[], sample: Sample): Sample {
  const known = new Set(
    stream.filter(({ source }) => !isOfRecord(source)).flatMap(({ vitals }) => Object.keys(vitals)),
  );
  const vitals = Object.fromEntries(Object.entries(sample.vitals).filter(([name]) => !known.has(name)));
  return { ...sample, vitals: vitals as Vitals };
}

/** A row of samples or records as what was judged when it came. */
function sampleOf(row: SampleRow): Sample {
  const vitals: Record<string, unknown> = {};
  for (const name of VITAL_NAMES) {
    const value = row[VITAL_SIGNS[name].column];
    if (value !== null) vitals[name] = value;
  }
  if (row.consciousness !== null) vitals.consciousness = row.consciousness;
  if (row.on_oxygen !== null) vitals.onOxygen = row.on_oxygen;
  return {
    personId: row.person_id,
    recordedAtMs: row.recorded_at,
    receivedAtMs: row.received_at,
    source: row.source,
    vitals: vitals as Vitals,
    doubts: doubtsOfRow(row.doubts),
    late: false,
    ...(row.source === 'fhir' && row.is_seen !== undefined ? { isSeen: row.is_seen } : {}),
  };
}

const NAME_OF = new Map<string, VitalName>(VITAL_NAMES.map((name) => [VITAL_SIGNS[name].column, name]));

/** `column:reason`, as they are kept. */
function doubtsOfRow(kept: readonly string[]): Doubts {
  const doubts: { [N in VitalName]?: Doubt } = {};
  for (const doubt of kept) {
    const [column = '', reason] = doubt.split(':');
    const name = NAME_OF.get(column);
    if (name) doubts[name] = reason as Doubt;
  }
  return doubts;
}
