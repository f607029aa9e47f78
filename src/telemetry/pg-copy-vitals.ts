import { sql } from '../store/db.ts';
import { copyWriter } from './pg-copy.ts';
import { doubtsAsTexts, unnestVitalsWriter } from './pg-unnest-vitals.ts';
import type { VitalsWriter } from './row-writer.ts';
import type { KeptVitals } from './vitals/steps.ts';
import { VITAL_NAMES } from './vitals/vitals.ts';

const COPY = sql(
  'telemetry_copy_vitals',
  `copy telemetry.vitals_samples
     (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at,
      heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, oxygen_lpm,
      weight_kg, glucose_mmol_l, consciousness, on_oxygen, doubts, late)
   from stdin (format binary)`,
);
const COLUMNS = 21;

/** Vital signs of devices, the fastest way that the engine has. */
export const vitalsWriter: VitalsWriter = copyWriter<KeptVitals>({
  statement: COPY,
  unnest: unnestVitalsWriter,
  add(rows, { device, seq, value: { recordedAtMs, atMs, vitals, doubts, late }, receivedAtMs }) {
    rows.row(COLUMNS).timestamp(receivedAtMs).uuid(device.userId).uuid(device.deviceId).uuid(device.epoch);
    rows.int8(seq).text('device').timestamp(recordedAtMs).timestamp(atMs);
    // In the order of the columns above.
    for (const name of VITAL_NAMES) rows.float4(vitals[name] ?? null);
    rows.text(vitals.consciousness ?? null).bool(vitals.onOxygen ?? null);
    rows.texts(doubtsAsTexts(doubts)).bool(late);
  },
});
