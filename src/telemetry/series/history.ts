import type { LatLng } from '../../geo/lat-lng.ts';
import type { SampleSource } from '../vitals/sample.ts';
import type { Consciousness, VitalName } from '../vitals/vitals.ts';
import type { TimeRange } from './downsample.ts';

/** A fix as it is kept. Times are the server's. */
export interface PositionRow extends LatLng {
  readonly atMs: number;
  readonly deviceId: string;
  readonly altitudeM: number | null;
  readonly accuracyM: number | null;
  readonly speedMps: number | null;
  readonly headingDeg: number | null;
  readonly batteryPct: number | null;
}

/** What was measured at one instant, as it is kept; null: not measured. */
export type VitalsRow = { readonly [N in VitalName]: number | null } & {
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly source: SampleSource;
  /** Null: put on record by a person or another system. */
  readonly deviceId: string | null;
  readonly consciousness: Consciousness | null;
  readonly onOxygen: boolean | null;
  /** As `column:reason`. */
  readonly doubts: readonly string[];
  readonly late: boolean;
};

/** Everything that is kept of somebody in some time, in order of time, page by page. Rejects with `StoreUnavailable`. */
export interface HistoryPages {
  positions(userId: string, range: TimeRange): AsyncIterable<readonly PositionRow[]>;
  vitals(personId: string, range: TimeRange): AsyncIterable<readonly VitalsRow[]>;
}
