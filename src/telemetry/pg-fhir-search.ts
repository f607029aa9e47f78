import { type Queryable, sql } from '../store/db.ts';
import { OBSERVABLE_NAMES } from './fhir/codes.ts';
import {
  codeOf,
  type ObservationRow,
  observationOf,
  type StoredSampleRow,
  sampleRowOf,
} from './fhir/rows.ts';
import { columnsFor } from './fhir/samples.ts';
import { boundsOf } from './fhir/search.ts';
import type { FoundRow, FoundRows, RowsAsked } from './fhir/store.ts';

/** So many samples of devices are looked at for one page: of a seldom sign there can be a million others between two. */
const LOOK_MAX = 20_000;
/** Several times as many as a page can show. */
const LOOK_NEAR = 1_000;

interface Direction {
  readonly name: string;
  readonly order: 'asc' | 'desc';
  /** From a place on. */
  readonly beyond: '<' | '>';
}
const NEWEST_FIRST: Direction = { name: 'down', order: 'desc', beyond: '<' };
const OLDEST_FIRST: Direction = { name: 'up', order: 'asc', beyond: '>' };

// How `from_at` and `to_at` have to lie to the ranges $5 to $8 (group, comparator, from, to): one of each group.
const MEETS = `not exists (
  select from generate_series(1, $4::int) g (grp) where not exists (
    select from unnest($5::int[], $6::text[], $7::timestamptz[], $8::timestamptz[]) d (grp, op, low, high)
     where d.grp = g.grp and case d.op
       when 'eq' then f.from_at >= d.low and f.to_at <= d.high
       when 'ne' then not (f.from_at >= d.low and f.to_at <= d.high)
       when 'gt' then f.to_at > d.high
       when 'lt' then f.from_at < d.low
       when 'ge' then f.to_at > d.high or f.from_at >= d.low
       when 'le' then f.from_at < d.low or f.to_at <= d.high
       when 'sa' then f.from_at >= d.high
       when 'eb' then f.to_at <= d.low
       when 'ap' then f.from_at < d.high and f.to_at > d.low end))`;

const VITALS = `heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
  weight_kg, glucose_mmol_l, consciousness, on_oxygen`;

// Of the columns that are asked for ($9), one holds something.
const HOLDS = `num_nonnulls(
  case when 'heart_rate_bpm' = any($9) then f.heart_rate_bpm end,
  case when 'systolic_mmhg' = any($9) then f.systolic_mmhg end,
  case when 'diastolic_mmhg' = any($9) then f.diastolic_mmhg end,
  case when 'spo2_pct' = any($9) then f.spo2_pct end,
  case when 'respiration_per_min' = any($9) then f.respiration_per_min end,
  case when 'temperature_c' = any($9) then f.temperature_c end,
  case when 'oxygen_lpm' = any($9) then f.oxygen_lpm end,
  case when 'weight_kg' = any($9) then f.weight_kg end,
  case when 'glucose_mmol_l' = any($9) then f.glucose_mmol_l end,
  case when 'consciousness' = any($9) then f.consciousness end,
  case when 'on_oxygen' = any($9) then f.on_oxygen end) > 0`;

const statementsFor = ({ name, order, beyond }: Direction) => ({
  // $10, $11: no time before or from there on; $12: how many are looked at.
  samples: sql(
    `fhir_samples_${name}`,
    `with looked as materialized (
       select person_id, recorded_at, received_at, source, device_id, epoch, seq, doubts, ${VITALS},
              recorded_at as from_at, recorded_at + interval '1 millisecond' as to_at,
              (device_id::text || '/' || epoch::text || '/' || lpad(seq::text, 16, '0')) collate "C" as key
         from telemetry.vitals_samples
        where person_id = $1 and recorded_at >= $10 and recorded_at < $11
          and received_at >= $10::timestamptz - interval '1 day'
          and ($2::timestamptz is null or recorded_at ${beyond} $2
               or (recorded_at = $2 and (device_id::text || '/' || epoch::text || '/' || lpad(seq::text, 16, '0'))
                   collate "C" ${beyond}= $3::text collate "C"))
        order by recorded_at ${order}, key ${order} limit $12),
     last as (select recorded_at as last_at, key as last_key from looked
               order by recorded_at ${order}, key ${order} offset $12 - 1 limit 1)
     select l.last_at, l.last_key, m.key, m.person_id, m.recorded_at, m.received_at, m.source,
            null::uuid as record_id, m.device_id, m.epoch, m.seq, m.doubts, null::text as notes,
            null::text as device_source, false as is_retracted, ${VITALS}
       from (select) one
       left join last l on true
       left join (select f.key, f.person_id, f.recorded_at, f.received_at, f.source, f.device_id, f.epoch, f.seq,
                         f.doubts, ${VITALS}
                    from looked f
                   where ${MEETS} and ${HOLDS}
                   order by f.recorded_at ${order}, f.key ${order} limit $13) m on true
      order by m.recorded_at ${order}, m.key ${order}`,
  ),
  // $10: whether those that count, and $11: whether those that were taken back are asked for.
  records: sql(
    `fhir_records_${name}`,
    `select f.id::text as key, f.person_id, f.recorded_at, f.received_at, f.source, f.id as record_id,
            null::uuid as device_id, null::uuid as epoch, null::bigint as seq, f.doubts, f.notes, f.device_source,
            f.retracted_at is not null as is_retracted, ${VITALS}
       from (select id, person_id, recorded_at, received_at, source, doubts, notes, device_source, retracted_at,
                    ${VITALS}, recorded_at as from_at, recorded_at + interval '1 millisecond' as to_at
               from telemetry.vitals_records
              where person_id = $1 and source = 'manual'
                and case when retracted_at is null then $10::boolean else $11::boolean end
                and ($2::timestamptz is null or recorded_at ${beyond} $2
                     or (recorded_at = $2 and id::text collate "C" ${beyond}= $3::text collate "C"))) f
      where ${MEETS} and ${HOLDS}
      order by f.recorded_at ${order}, f.id::text collate "C" ${order} limit $12`,
  ),
  // $9: codes, $10: statuses.
  observations: sql(
    `fhir_observations_${name}`,
    `select f.recorded_at, f.id, f.person_id, f.identifier_system, f.identifier_value, v.version, v.status, v.code,
            v.effective_kind, v.effective_start, v.effective_end, v.issued, v.device, v.notes, v.members, v.at,
            v.by_account,
            (select json_agg(json_build_object('code', m.code, 'number', m.number, 'choice', m.choice,
                                               'absent', m.absent) order by m.place)
               from telemetry.observation_values m
              where m.observation_id = v.observation_id and m.version = v.version) as measures
       from telemetry.observations f
       join telemetry.observation_versions v on v.observation_id = f.id and v.version = f.version
      where f.person_id = $1 and f.code = any($9::text[]) and f.status = any($10::text[])
        and ($2::timestamptz is null or f.recorded_at ${beyond} $2
             or (f.recorded_at = $2 and f.id::text collate "C" ${beyond}= $3::text collate "C"))
        and ${MEETS}
      order by f.recorded_at ${order}, f.id::text collate "C" ${order} limit $11`,
  ),
});
const STATEMENTS = { down: statementsFor(NEWEST_FIRST), up: statementsFor(OLDEST_FIRST) };

type Keyed<Row> = Row & { readonly key: string; readonly recorded_at: number };

/** What is stored of one person, of every kind and in one order. */
export async function findRows(db: Queryable, asked: RowsAsked): Promise<FoundRows> {
  const statements = STATEMENTS[asked.newestFirst ? 'down' : 'up'];
  const codes = [...(asked.codes ?? OBSERVABLE_NAMES)];
  const columns = codes.flatMap(columnsFor);
  const common = [
    asked.personId,
    asked.from && new Date(asked.from.atMs),
    asked.from?.key,
    ...datesOf(asked),
  ];
  const counted = asked.statuses.includes('final');
  const takenBack = asked.statuses.includes('entered-in-error');

  const observations = await db.query<ObservationRow & { readonly recorded_at: number }>(
    statements.observations,
    [...common, codes.map(codeOf), asked.statuses, asked.limit],
  );
  const records =
    columns.length > 0 && (counted || takenBack)
      ? await db.query<Keyed<StoredSampleRow>>(statements.records, [
          ...common,
          columns,
          counted,
          takenBack,
          asked.limit,
        ])
      : [];
  const { samples, horizon } = await samplesOf(db, asked, counted ? columns : [], common);
  const rows = [
    ...observations.map((row) => ({
      atMs: row.recorded_at,
      key: row.id,
      observation: observationOf(row),
    })),
    ...[...records, ...samples].map((row) => ({
      atMs: row.recorded_at,
      key: row.key,
      sample: sampleRowOf(row),
    })),
  ];
  return joined(rows, horizon, asked);
}

interface FoundSamples {
  readonly samples: readonly Keyed<StoredSampleRow>[];
  readonly horizon: FoundRows['horizon'];
}

async function samplesOf(
  db: Queryable,
  asked: RowsAsked,
  columns: readonly string[],
  common: readonly unknown[],
): Promise<FoundSamples> {
  if (columns.length === 0) return { samples: [], horizon: null };
  // What is asked for is usually near; only a seldom sign is looked for far.
  const near = await look(db, asked, columns, common, LOOK_NEAR);
  return near.horizon ? look(db, asked, columns, common, LOOK_MAX) : near;
}

async function look(
  db: Queryable,
  asked: RowsAsked,
  columns: readonly string[],
  common: readonly unknown[],
  rowsAtMost: number,
): Promise<FoundSamples> {
  const { fromMs, beforeMs } = boundsOf(asked.dates);
  const statement = STATEMENTS[asked.newestFirst ? 'down' : 'up'].samples;
  const found = await db.query<
    Keyed<StoredSampleRow> & { readonly last_at: number | null; readonly last_key: string | null }
  >(statement, [...common, columns, new Date(fromMs), new Date(beforeMs), rowsAtMost, asked.limit]);
  const samples = found.filter(({ person_id }) => person_id !== null);
  const { last_at: atMs = null, last_key: key = null } = found[0] ?? {};
  // A full page ends before whatever was not looked at.
  const isCut = atMs !== null && key !== null && samples.length < asked.limit;
  return { samples, horizon: isCut ? { atMs, key } : null };
}

function datesOf({ dates }: RowsAsked): unknown[] {
  const flat = dates.flatMap((alternatives, index) =>
    alternatives.map((criterion) => ({ ...criterion, group: index + 1 })),
  );
  return [
    dates.length,
    flat.map(({ group }) => group),
    flat.map(({ comparator }) => comparator),
    flat.map(({ fromMs }) => new Date(fromMs)),
    flat.map(({ toMs }) => new Date(toMs)),
  ];
}

/** In one order, as many as are asked for, and none behind the horizon. */
function joined(rows: readonly FoundRow[], horizon: FoundRows['horizon'], asked: RowsAsked): FoundRows {
  const sign = asked.newestFirst ? -1 : 1;
  const order = (a: Omit<FoundRow, 'sample'>, b: Omit<FoundRow, 'sample'>) =>
    sign * (a.atMs - b.atMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sorted = [...rows].sort(order);
  const seen = horizon ? sorted.filter((row) => order(row, horizon as FoundRow) <= 0) : sorted;
  const isFull = seen.length >= asked.limit;
  return { rows: seen.slice(0, asked.limit), horizon: isFull ? null : horizon };
}
