import type { Sample } from '../../telemetry/vitals/sample.ts';
import { doubtsOf, type Vitals } from '../../telemetry/vitals/vitals.ts';

/** A moment in 2025. */
export const SAMPLES_FROM_MS = 1_750_000_000_000;

/** A sample of a device, `atS` seconds after {@link SAMPLES_FROM_MS}, received at once. */
export function sampleOf(atS: number, vitals: Vitals, other: Partial<Sample> = {}): Sample {
  const recordedAtMs = SAMPLES_FROM_MS + atS * 1_000;
  return {
    personId: '00000000-0000-4000-8000-000000000001',
    recordedAtMs,
    receivedAtMs: recordedAtMs,
    source: 'device',
    vitals,
    doubts: doubtsOf(vitals),
    late: false,
    ...other,
  };
}
