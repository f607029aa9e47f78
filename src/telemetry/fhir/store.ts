import type { Doubts, Vitals } from '../vitals/vitals.ts';
import type { Observable } from './codes.ts';
import type { Conflict, Kept, Step } from './life.ts';
import type { Identifier, Observed, Status } from './observation.ts';
import type { SampleRow } from './samples.ts';
import type { DateCriterion, Place } from './search.ts';

/** An Observation that is to be kept. */
export interface Placing {
  /** Of a new one. */
  readonly id: string;
  /** Whether its sender named it by this id; else the identifier of the Observation says whether it is known. */
  readonly isNamed: boolean;
  readonly ifVersion: number | null;
  /** The account that sends it. */
  readonly by: string;
  /** Whether that account may change what others said. */
  readonly isProfessional: boolean;
  readonly personId: string;
  readonly observed: Observed;
  /** By reference in `observed.members`, which earlier one of the same list it means. */
  readonly memberOf: ReadonlyMap<string, number>;
  /** What counts of it as a sample of vital signs; null: nothing. */
  readonly sample: PlacedSample | null;
  readonly receivedAtMs: number;
}

export interface PlacedSample {
  readonly recordedAtMs: number;
  readonly vitals: Vitals;
  readonly doubts: Doubts;
  readonly late: boolean;
  /** As in `Sample`. */
  readonly isSeen: boolean;
}

export interface Placed {
  readonly step: Step;
  readonly observation: StoredObservation;
}

export interface StoredObservation extends Kept {
  readonly updatedAtMs: number;
}

export type Placement =
  | { readonly ok: true; readonly placed: readonly Placed[] }
  | { readonly ok: false; readonly at: number; readonly why: Conflict };

export interface RowsAsked {
  readonly personId: string;
  /** Null: whatever it is. */
  readonly codes: ReadonlySet<Observable> | null;
  readonly statuses: readonly Status[];
  /** Alternatives within, all of them to hold. */
  readonly dates: readonly (readonly DateCriterion[])[];
  readonly newestFirst: boolean;
  /** The row there is part of the answer again. */
  readonly from: Place | null;
  readonly limit: number;
}

/** A stored row and its place among others. */
export type FoundRow = {
  readonly atMs: number;
  readonly key: string;
} & ({ readonly sample: SampleRow } | { readonly observation: StoredObservation });

export interface FoundRows {
  readonly rows: readonly FoundRow[];
  /** Only as far as here everything was looked at; null: to the end, or to the limit. */
  readonly horizon: { readonly atMs: number; readonly key: string } | null;
}

/** Where Observations are kept. Rejects with code `store_unavailable` when it does not answer. */
export interface ObservationStore {
  /** All of them in their order, or none. */
  place(placings: readonly Placing[]): Promise<Placement>;
  /** The newest version, or that one. */
  observation(id: string, version: number | null): Promise<StoredObservation | null>;
  /** Of one person, at most two. */
  withIdentifier(personId: string, identifier: Identifier): Promise<readonly StoredObservation[]>;
  /** What devices measured of one person in one millisecond. */
  samplesAt(personId: string, recordedAtMs: number): Promise<readonly SampleRow[]>;
  record(id: string): Promise<SampleRow | null>;
  find(asked: RowsAsked): Promise<FoundRows>;
}
