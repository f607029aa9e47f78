import type { SampleSource } from '../vitals/sample.ts';
import { type Consciousness, VITAL_NAMES, VITAL_SIGNS } from '../vitals/vitals.ts';
import { isSign, OBSERVABLES, type Observable, observableOf } from './codes.ts';
import type { Effective, Measure, Status } from './observation.ts';
import type { SampleRow } from './samples.ts';
import type { StoredObservation } from './store.ts';

/** As the statements of `pg-fhir.ts` and `pg-fhir-search.ts` name its columns. */
export interface ObservationRow {
  readonly id: string;
  readonly person_id: string;
  readonly identifier_system: string | null;
  readonly identifier_value: string | null;
  readonly version: number;
  readonly status: string;
  readonly code: string;
  readonly effective_kind: Effective['kind'] | null;
  readonly effective_start: string | null;
  readonly effective_end: string | null;
  readonly issued: string | null;
  readonly device: string | null;
  readonly notes: string | null;
  readonly members: readonly string[];
  readonly at: number;
  readonly by_account: string;
  readonly measures:
    | readonly {
        readonly code: string;
        readonly number: number | null;
        readonly choice: string | null;
        readonly absent: string | null;
      }[]
    | null;
}

/** Likewise; the vital signs stand in columns of their own names. */
export type StoredSampleRow = Readonly<Record<string, unknown>> & {
  readonly person_id: string;
  readonly recorded_at: number;
  readonly received_at: number;
  readonly source: SampleSource;
  readonly record_id: string | null;
  readonly device_id: string | null;
  readonly epoch: string | null;
  readonly seq: number | null;
  readonly doubts: readonly string[];
  readonly notes: string | null;
  readonly device_source: string | null;
  readonly is_retracted: boolean;
};

/** How something observed is named in the tables. */
export const codeOf = (name: Observable): string => OBSERVABLES[name].code;

const nameOf = (code: string): Observable => observableOf(null, code) ?? 'vitalSigns';

export function observationOf(row: ObservationRow): StoredObservation {
  const { identifier_system: system, identifier_value: value, effective_kind: kind } = row;
  return {
    id: row.id,
    personId: row.person_id,
    version: row.version,
    updatedAtMs: row.at,
    saidBy: row.by_account,
    observed: {
      status: row.status as Status,
      code: nameOf(row.code),
      identifier: value === null ? null : { system, value },
      effective: kind && { kind, start: row.effective_start, end: row.effective_end },
      issued: row.issued,
      measures: (row.measures ?? []).flatMap(measureOf),
      members: row.members,
      note: row.notes,
      device: row.device,
    },
  };
}

function measureOf({
  code,
  number,
  choice,
  absent,
}: NonNullable<ObservationRow['measures']>[number]): Measure[] {
  const sign = nameOf(code);
  if (!isSign(sign)) return [];
  if (sign === 'onOxygen') return [{ sign, value: choice === null ? null : choice === 'true', absent }];
  return [{ sign, value: number ?? (choice as Consciousness | null), absent }];
}

export function sampleRowOf(row: StoredSampleRow): SampleRow {
  const vitals: Record<string, unknown> = {};
  for (const name of VITAL_NAMES) vitals[name] = row[VITAL_SIGNS[name].column];
  const all = { ...vitals, consciousness: row.consciousness, onOxygen: row.on_oxygen };
  return {
    personId: row.person_id,
    recordedAtMs: row.recorded_at,
    receivedAtMs: row.received_at,
    source: row.source,
    recordId: row.record_id,
    deviceId: row.device_id,
    epoch: row.epoch,
    seq: row.seq,
    vitals: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)),
    doubts: row.doubts,
    note: row.notes,
    device: row.device_source,
    isRetracted: row.is_retracted,
  };
}
