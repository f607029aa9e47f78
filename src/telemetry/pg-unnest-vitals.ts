import { arraysOf, bools, float4s, float8s, texts } from '../store/array-columns.ts';
import { sql } from '../store/db.ts';
import { SAMPLE_COLUMNS } from './pg-lane.ts';
import type { VitalsWriter } from './row-writer.ts';
import { type Doubts, VITAL_NAMES, VITAL_SIGNS, type VitalName } from './vitals/vitals.ts';

const INSERT = sql(
  'telemetry_insert_vitals',
  `insert into telemetry.vitals_samples
     (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at,
      heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
      weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, late)
   select to_timestamp(received_at_ms / 1000), person_id, device_id, epoch, seq, 'device',
          to_timestamp(recorded_at_ms / 1000), to_timestamp(device_at_ms / 1000),
          heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
          weight_kg, glucose_mmol_l, consciousness, on_oxygen, string_to_array(doubts, ' '), late
     from unnest($1::float8[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::float8[], $7::float8[],
                 $8::real[], $9::real[], $10::real[], $11::real[], $12::real[], $13::real[], $14::real[],
                 $15::real[], $16::real[], $17::text[], $18::boolean[], $19::text[], $20::boolean[])
       as d (received_at_ms, person_id, device_id, epoch, seq, recorded_at_ms, device_at_ms,
             heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c,
             oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, late)
       on conflict do nothing`,
);

/** As {@link unnestWriter}, of vital signs. */
export const unnestVitalsWriter: VitalsWriter = {
  async write(tx, rows) {
    const sign = (name: VitalName) => float4s((row: (typeof rows)[number]) => row.value.vitals[name] ?? null);
    await tx.query(
      INSERT,
      arraysOf(rows, [
        ...SAMPLE_COLUMNS,
        float8s(({ value }) => value.recordedAtMs),
        float8s(({ value }) => value.atMs),
        // In the order of the columns above.
        ...VITAL_NAMES.map(sign),
        texts(({ value }) => value.vitals.consciousness ?? null),
        bools(({ value }) => value.vitals.onOxygen ?? null),
        texts(({ value }) => doubtsAsText(value.doubts)),
        bools(({ value }) => value.late),
      ]),
    );
  },
};

/** `column:reason` of each. */
export const doubtsAsTexts = (doubts: Doubts): string[] =>
  VITAL_NAMES.flatMap((name) => (doubts[name] ? [`${VITAL_SIGNS[name].column}:${doubts[name]}`] : []));

/** The same as one text: arrays of arrays must be of one length in Postgres. None of them holds a space. */
export const doubtsAsText = (doubts: Doubts): string => doubtsAsTexts(doubts).join(' ');
