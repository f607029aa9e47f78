export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an alert is about, besides its person. One alert of a person and condition is open at a time. */
export type AlertType = 'vital' | 'news2' | 'no_data' | 'alarm' | 'geofence';

/** Something about a person that others have to know. */
export interface Finding {
  readonly personId: string;
  readonly type: AlertType;
  /** Lower case words, such as `heart_rate_high`, `news2_high` or `no_data_heart_rate`. */
  readonly condition: string;
  /**
   * `holds`: it begins, or was seen again after the repeat time or with a higher severity. `over`: it does not hold any
   * more.
   */
  readonly state: 'holds' | 'over';
  readonly severity: Severity;
  /** By the server's clock: when that was so, which is when the sample that showed it was measured. */
  readonly atMs: number;
  /** What was seen, for people: values, limits, scores. Health data, never in a log. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Who makes alerts of findings. */
export interface Findings {
  /** In the order in which they were made of one person. Must neither wait nor throw. */
  found(finding: Finding): void;
  /** Whether something that was found of this person can still be lost with this node. */
  waitsFor?(personId: string): boolean;
}
