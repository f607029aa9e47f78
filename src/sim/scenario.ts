import type { LatLng } from '../geo/lat-lng.ts';
import type { EmergencyType, Priority } from './call-types.ts';

/** An emergency to be raised. Times are offsets in milliseconds from the start of the replayed window. */
export interface SimulatedCall {
  readonly callId: string;
  readonly offsetMs: number;
  readonly point: LatLng;
  readonly emergencyType: EmergencyType;
  readonly priority: Priority;
}

/** What a responder's phone reports. */
export interface SimulatedReport {
  /** Index into {@link Scenario.responders}. */
  readonly responder: number;
  readonly offsetMs: number;
  /** Null: they stand where they are. */
  readonly point: LatLng | null;
}

export interface SimulatedFix extends SimulatedReport {
  readonly point: LatLng;
}

/** What is to happen: who moves where, and who calls for help when. The same for a replay and for a made-up city. */
export interface Scenario {
  readonly responders: readonly { readonly name: string; readonly skills: readonly string[] }[];
  readonly calls: readonly SimulatedCall[];
  readonly durationMs: number;
  /** Milliseconds after local midnight at which the window starts: responders are slower at night. */
  readonly timeOfDayMs: number;
  /** The reports that fell due since the last call, up to an offset, each responder's in order of time. */
  reportsUntil(offsetMs: number): Iterable<SimulatedReport>;
}

/** What was read to make a scenario. */
export interface InputReport {
  readonly callRows: number;
  readonly calls: number;
  readonly units: number;
  readonly callRowsOutsideWindow: number;
  readonly trackRows: number;
  readonly trackRowsOutsideWindow: number;
  /** Rows of both files that could not be used, by reason; positions that are no place on earth, times that are none. */
  readonly rowsRefused: Readonly<Record<string, number>>;
}
