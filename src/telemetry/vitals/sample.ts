import type { Doubts, Vitals } from './vitals.ts';

/** Where a sample comes from. */
export const SAMPLE_SOURCES = ['device', 'manual', 'fhir', 'import', 'sync'] as const;
export type SampleSource = (typeof SAMPLE_SOURCES)[number];

/**
 * What was measured of one person at one instant. A person is named by their account; who has none, by their patient
 * record (`care.patients.id`).
 */
export interface Sample {
  readonly personId: string;
  /** When it was measured, by the server's clock: the time of receipt less the age that the device states. */
  readonly recordedAtMs: number;
  readonly receivedAtMs: number;
  readonly source: SampleSource;
  readonly vitals: Vitals;
  /** What of it is kept but not believed. */
  readonly doubts: Doubts;
  /** It came too long after it was measured to say how somebody is now: kept, and judged by nobody. */
  readonly late: boolean;
  /** Of what was put on record: whether a person saw it and stands by it. Left out, they do. */
  readonly isSeen?: boolean;
}

/** Who is told of every sample that says how somebody is now. */
export interface VitalsWatch {
  /**
   * Called in the order in which a person's samples came in, before they are stored, and never for late ones. Must
   * neither wait nor throw.
   */
  sampled(sample: Sample): void;
}

export const ALARM_KINDS = ['fall', 'panic', 'no_motion'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** Something that a device says by itself of its wearer. */
export interface DeviceAlarm {
  /** Of this alarm, whoever repeats it: made from the device's numbers. */
  readonly id: string;
  readonly personId: string;
  readonly deviceId: string;
  readonly kind: AlarmKind;
  readonly raisedAtMs: number;
  readonly receivedAtMs: number;
  readonly point: { readonly lat: number; readonly lng: number } | null;
  readonly late: boolean;
}

/** Who is told of every alarm. It is acknowledged to the device once this resolves; a rejection means: unknown, again. */
export interface AlarmWatch {
  alarmed(alarm: DeviceAlarm): Promise<void>;
}
