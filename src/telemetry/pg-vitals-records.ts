import { type Db, sql } from '../store/db.ts';
import type { NewRecord, RecordStore, StoredRecord } from './vitals/bedside.ts';
import { type Doubts, VITAL_NAMES, VITAL_SIGNS } from './vitals/vitals.ts';

const ADD = sql(
  'telemetry_add_vitals_record',
  `insert into telemetry.vitals_records
     (id, person_id, source, entered_by, recorded_at, received_at, late, notes, doubts, consciousness, on_oxygen,
      heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
      weight_kg, glucose_mmol_l)
   values ($1, $2, 'manual', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
       on conflict (id) do nothing
   returning id`,
);

const RECORD = sql(
  'telemetry_vitals_record',
  `select person_id as "personId", entered_by as "enteredBy", recorded_at as "recordedAtMs", late, doubts,
          retracted_at as "retractedAtMs"
     from telemetry.vitals_records where id = $1 and source = 'manual'`,
);

const RETRACT = sql(
  'telemetry_retract_vitals_record',
  `update telemetry.vitals_records set retracted_at = coalesce(retracted_at, now()),
          retracted_by = coalesce(retracted_by, $2)
    where id = $1`,
);

/** What people wrote down of somebody's vital signs. Rejects with `StoreUnavailable`. */
export function pgVitalsRecords(db: Db): RecordStore {
  const read = async (id: string): Promise<StoredRecord | null> =>
    (await db.query<StoredRecord>(RECORD, [id]))[0] ?? null;
  return {
    read,

    async add(record) {
      const added = await db.query(ADD, valuesOf(record));
      return { isNew: added.length > 0, stored: await read(record.recordId) };
    },

    async retract(id, by) {
      await db.query(RETRACT, [id, by]);
    },
  };
}

/** In the order of the statement; numbers are in the order of `VITAL_NAMES`, as its last columns are. */
const valuesOf = ({ recordId, personId, enteredBy, notes, sample }: NewRecord): unknown[] => [
  recordId,
  personId,
  enteredBy,
  new Date(sample.recordedAtMs),
  new Date(sample.receivedAtMs),
  sample.late,
  notes,
  keptDoubts(sample.doubts),
  sample.vitals.consciousness ?? null,
  sample.vitals.onOxygen ?? null,
  ...VITAL_NAMES.map((name) => sample.vitals[name] ?? null),
];

/** `column:reason`, as they are kept. */
const keptDoubts = (doubts: Doubts) =>
  VITAL_NAMES.flatMap((name) => (doubts[name] ? [`${VITAL_SIGNS[name].column}:${doubts[name]}`] : []));
