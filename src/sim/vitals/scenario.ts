/** What was measured at one instant, by the names of the wire. */
export interface MeasuredVitals {
  heartRateBpm?: number;
  systolicMmhg?: number;
  diastolicMmhg?: number;
  spo2Pct?: number;
  respirationPerMin?: number;
  temperatureC?: number;
  weightKg?: number;
  consciousness?: 'A' | 'C' | 'V' | 'P' | 'U';
  onOxygen?: boolean;
}

export interface MeasuredSample {
  /** Into {@link VitalsScenario.people}. */
  readonly person: number;
  /** Since the start of the recording. */
  readonly offsetMs: number;
  readonly vitals: MeasuredVitals;
}

/** Somebody of a recording. */
export interface RecordedPerson {
  readonly name: string;
  /** Whole years; null: the recording does not say. */
  readonly ageYears: number | null;
}

/** A recording of vital signs, ready to be streamed. */
export interface VitalsScenario {
  readonly people: readonly RecordedPerson[];
  /** In order of time. */
  readonly samples: readonly MeasuredSample[];
  readonly rows: number;
  /** Rows that hold nothing that is streamed here, by reason. */
  readonly rowsRefused: Readonly<Record<string, number>>;
}
