import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import { columnsOf } from './columns.ts';
import { stepFor } from './fhir/life.ts';
import { counts, instantMsOf, rangeOf } from './fhir/observation.ts';
import {
  codeOf,
  type ObservationRow,
  observationOf,
  type StoredSampleRow,
  sampleRowOf,
} from './fhir/rows.ts';
import type { ObservationStore, Placed, Placement, Placing, StoredObservation } from './fhir/store.ts';
import { findRows } from './pg-fhir-search.ts';
import { VITAL_NAMES, VITAL_SIGNS, type VitalName } from './vitals/vitals.ts';

const LOCK_BY_ID = sql(
  'fhir_lock_by_id',
  'select id from telemetry.observations where id = $1 for no key update',
);
const LOCK_BY_IDENTIFIER = sql(
  'fhir_lock_by_identifier',
  `select id from telemetry.observations
    where identifier_value = $1 and coalesce(identifier_system, '') = $2 and submitted_by = $3
      for no key update`,
);

const OBSERVATION = sql(
  'fhir_observation',
  `select o.id, o.person_id, o.identifier_system, o.identifier_value, v.version, v.status, v.code, v.effective_kind,
          v.effective_start, v.effective_end, v.issued, v.device, v.notes, v.members, v.at, v.by_account,
          (select json_agg(json_build_object('code', m.code, 'number', m.number, 'choice', m.choice, 'absent', m.absent)
                           order by m.place)
             from telemetry.observation_values m
            where m.observation_id = v.observation_id and m.version = v.version) as measures
     from telemetry.observations o
     join telemetry.observation_versions v on v.observation_id = o.id and v.version = coalesce($2, o.version)
    where o.id = $1`,
);

const WITH_IDENTIFIER = sql(
  'fhir_with_identifier',
  `select id from telemetry.observations
    where person_id = $1 and identifier_value = $2 and ($3::text is null or coalesce(identifier_system, '') = $3)
    order by id limit 2`,
);

// Ids of records are public: they are part of those of the Observations that records are shown as.
const TAKEN = sql(
  'fhir_taken',
  `select id from telemetry.vitals_records where id = $1 and (person_id <> $2 or source <> 'fhir')`,
);

const MAKE = sql(
  'fhir_make',
  `insert into telemetry.observations
     (id, version, person_id, status, code, recorded_at, from_at, to_at, submitted_by, identifier_system,
      identifier_value)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
   on conflict do nothing
   returning id`,
);

const MOVE = sql(
  'fhir_move',
  `update telemetry.observations
      set version = $2, status = $4, code = $5, recorded_at = $6, from_at = $7, to_at = $8
    where id = $1 and person_id = $3`,
);

const ADD_VERSION = sql(
  'fhir_add_version',
  `insert into telemetry.observation_versions
     (observation_id, version, person_id, status, code, effective_kind, effective_start, effective_end, issued, device,
      notes, members, by_account, at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

const ADD_VALUES = sql(
  'fhir_add_values',
  `insert into telemetry.observation_values (observation_id, version, person_id, place, code, number, choice, absent)
   select $1, $2, $3, place, code, number, choice, absent
     from unnest($4::text[], $5::float8[], $6::text[], $7::text[])
          with ordinality as m (code, number, choice, absent, place)`,
);

const COUNT = sql(
  'fhir_count',
  `insert into telemetry.vitals_records as r
     (id, person_id, source, entered_by, device_source, recorded_at, received_at, heart_rate_bpm, systolic_mmhg,
      diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l,
      consciousness, on_oxygen, doubts, late, is_seen)
   values ($1, $2, 'fhir', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
   on conflict (id) do update
      set device_source = excluded.device_source, recorded_at = excluded.recorded_at,
          received_at = excluded.received_at, heart_rate_bpm = excluded.heart_rate_bpm,
          systolic_mmhg = excluded.systolic_mmhg, diastolic_mmhg = excluded.diastolic_mmhg,
          spo2_pct = excluded.spo2_pct, respiration_per_min = excluded.respiration_per_min,
          temperature_c = excluded.temperature_c, oxygen_lpm = excluded.oxygen_lpm, weight_kg = excluded.weight_kg,
          glucose_mmol_l = excluded.glucose_mmol_l, consciousness = excluded.consciousness,
          on_oxygen = excluded.on_oxygen, doubts = excluded.doubts, late = excluded.late, is_seen = excluded.is_seen,
          retracted_at = null, retracted_by = null
    where r.person_id = excluded.person_id and r.source = 'fhir'
   returning id`,
);

const RETRACT = sql(
  'fhir_retract',
  `update telemetry.vitals_records set retracted_at = $2, retracted_by = $3
    where id = $1 and person_id = $4 and source = 'fhir' and retracted_at is null`,
);

const SAMPLES_AT = sql(
  'fhir_samples_at',
  `select person_id, recorded_at, received_at, source, null::uuid as record_id, device_id, epoch, seq, heart_rate_bpm,
          systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm, weight_kg,
          glucose_mmol_l, consciousness, on_oxygen, doubts, null::text as notes, null::text as device_source,
          false as is_retracted
     from telemetry.vitals_samples
    where person_id = $1 and recorded_at >= $2 and recorded_at < $2::timestamptz + interval '1 millisecond'
      and received_at >= $2::timestamptz - interval '1 day'
    limit 50`,
);

const RECORD = sql(
  'fhir_record',
  `select person_id, recorded_at, received_at, source, id as record_id, null::uuid as device_id, null::uuid as epoch,
          null::bigint as seq, heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min,
          temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, notes,
          device_source, retracted_at is not null as is_retracted
     from telemetry.vitals_records
    where id = $1 and source = 'manual'`,
);

/** Somebody else made it between looking and making; seen once more, it is there. */
const LOOKS = 2;

/** Observations in Postgres. */
export function pgObservations(db: Db): ObservationStore {
  return {
    async place(placings) {
      let refused: Extract<Placement, { ok: false }> | undefined;
      try {
        return await db.transaction(async (tx) => {
          const placed: Placed[] = [];
          for (const [at, placing] of placings.entries()) {
            const outcome = await placeOne(tx, linked(placing, placed));
            if (typeof outcome !== 'string') placed.push(outcome);
            else {
              refused = { ok: false, at, why: outcome };
              throw ROLLED_BACK;
            }
          }
          return { ok: true, placed };
        });
      } catch (error) {
        if (error === ROLLED_BACK && refused) return refused;
        throw error;
      }
    },
    observation: (id, version) => observation(db, id, version),
    async withIdentifier(personId, { system, value }) {
      const rows = await db.query<{ id: string }>(WITH_IDENTIFIER, [personId, value, system]);
      const found = await Promise.all(rows.map(({ id }) => observation(db, id, null)));
      return found.filter((one) => one !== null);
    },
    async samplesAt(personId, recordedAtMs) {
      const params = [personId, new Date(recordedAtMs)];
      return (await db.query<StoredSampleRow>(SAMPLES_AT, params)).map(sampleRowOf);
    },
    async record(id) {
      const [row] = await db.query<StoredSampleRow>(RECORD, [id]);
      return row ? sampleRowOf(row) : null;
    },
    find: (asked) => findRows(db, asked),
  };
}

/** Thrown to end a transaction in which something was refused. */
const ROLLED_BACK = new Error('rolled back');

async function observation(
  on: Queryable,
  id: string,
  version: number | null,
): Promise<StoredObservation | null> {
  const [row] = await on.query<ObservationRow>(OBSERVATION, [id, version]);
  return row ? observationOf(row) : null;
}

/** Its members under the ids that they have got. */
function linked(placing: Placing, placed: readonly Placed[]): Placing {
  const members = placing.observed.members.map((reference) => {
    const member = placed[placing.memberOf.get(reference) ?? -1];
    return member ? `Observation/${member.observation.id}` : reference;
  });
  return { ...placing, observed: { ...placing.observed, members } };
}

async function placeOne(
  tx: Tx,
  placing: Placing,
): Promise<Placed | Exclude<ReturnType<typeof stepFor>, Placed['step']>> {
  for (let look = 0; look < LOOKS; look += 1) {
    const kept = await lockKept(tx, placing);
    const step = stepFor(kept, placing);
    if (step === 'same' && kept) return { step, observation: kept };
    if (step !== 'create' && step !== 'revise' && step !== 'same') return step;
    const id = kept?.id ?? placing.id;
    if ((await tx.query(TAKEN, [id, placing.personId])).length > 0) return 'taken';
    const version = (kept?.version ?? 0) + 1;
    const head = headOf(id, version, placing);
    if (kept) await tx.query(MOVE, head);
    else if (!(await isMade(tx, placing, head))) continue;
    if (!(await isWritten(tx, id, version, placing))) return 'taken';
    const identifier = kept ? kept.observed.identifier : placing.observed.identifier;
    const { personId, receivedAtMs: updatedAtMs } = placing;
    const observed = { ...placing.observed, identifier };
    return { step, observation: { id, version, personId, observed, updatedAtMs, saidBy: placing.by } };
  }
  // Its identifier is that of another one than its id.
  return 'other_person';
}

async function lockKept(tx: Tx, placing: Placing): Promise<StoredObservation | null> {
  const { identifier } = placing.observed;
  if (!placing.isNamed && !identifier) return null;
  const locked = placing.isNamed
    ? await tx.query<{ id: string }>(LOCK_BY_ID, [placing.id])
    : await tx.query<{ id: string }>(LOCK_BY_IDENTIFIER, [
        identifier?.value,
        identifier?.system ?? '',
        placing.by,
      ]);
  const [found] = locked;
  return found ? observation(tx, found.id, null) : null;
}

function headOf(id: string, version: number, { personId, observed, receivedAtMs }: Placing): unknown[] {
  const { fromMs, toMs } = rangeOf(observed);
  return [
    id,
    version,
    personId,
    observed.status,
    codeOf(observed.code),
    new Date(instantMsOf(observed) ?? receivedAtMs),
    fromMs === null ? '-infinity' : new Date(fromMs),
    toMs === null ? 'infinity' : new Date(toMs),
  ];
}

async function isMade(tx: Tx, { by, observed }: Placing, head: readonly unknown[]): Promise<boolean> {
  const { system = null, value = null } = observed.identifier ?? {};
  return (await tx.query(MAKE, [...head, by, system, value])).length > 0;
}

/** False: a record that is not of this Observation came to have its id meanwhile. */
async function isWritten(tx: Tx, id: string, version: number, placing: Placing): Promise<boolean> {
  const { personId, observed, by, receivedAtMs, sample } = placing;
  const { status, code, effective, issued, device, note, members, measures } = observed;
  const at = new Date(receivedAtMs);
  await tx.query(ADD_VERSION, [
    id,
    version,
    personId,
    status,
    codeOf(code),
    effective?.kind ?? null,
    effective?.start ?? null,
    effective?.end ?? null,
    issued,
    device,
    note,
    members,
    by,
    at,
  ]);
  if (measures.length > 0) {
    const columns = columnsOf(measures, [
      ({ sign }) => codeOf(sign),
      ({ value }) => (typeof value === 'number' ? value : null),
      ({ value }) => (typeof value === 'number' || value === null ? null : String(value)),
      ({ absent }) => absent,
    ]);
    await tx.query(ADD_VALUES, [id, version, personId, ...columns]);
  }
  if (sample && counts(status)) return isCounted(tx, id, placing, sample);
  if (version > 1) await tx.query(RETRACT, [id, at, by, personId]);
  return true;
}

const COLUMNS: readonly VitalName[] = VITAL_NAMES;

async function isCounted(
  tx: Tx,
  id: string,
  { personId, by, observed, receivedAtMs }: Placing,
  { recordedAtMs, vitals, doubts, late, isSeen }: NonNullable<Placing['sample']>,
): Promise<boolean> {
  const counted = await tx.query(COUNT, [
    id,
    personId,
    by,
    observed.device,
    new Date(recordedAtMs),
    new Date(receivedAtMs),
    ...COLUMNS.map((name) => vitals[name] ?? null),
    vitals.consciousness ?? null,
    vitals.onOxygen ?? null,
    COLUMNS.flatMap((name) => (doubts[name] ? [`${VITAL_SIGNS[name].column}:${doubts[name]}`] : [])),
    late,
    isSeen,
  ]);
  return counted.length > 0;
}
