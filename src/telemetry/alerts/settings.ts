import type { Severity } from '../vitals/finding.ts';

/** What the life of an alert goes by. */
export interface AlertSettings {
  /** How long somebody has to say that they look after it, before it is escalated one level; null: it never is. */
  readonly acknowledgeWithinMs: Readonly<Record<Severity, number | null>>;
  /** By condition: how long an SOS for a critical alert can be called off. Conditions that are missing open none. */
  readonly sosAfterMs: Readonly<Record<string, number>>;
  /** A repeat that is no worse is told at most so often; in between it only counts. */
  readonly repeatToldEveryMs: number;
  /** Where somebody was before that says nothing about where they are. */
  readonly positionMaxAgeMs: number;
}

const MINUTE_MS = 60_000;

export const ALERT_DEFAULTS: AlertSettings = {
  acknowledgeWithinMs: { CRITICAL: MINUTE_MS, HIGH: 5 * MINUTE_MS, MEDIUM: 30 * MINUTE_MS, LOW: null },
  // Whoever presses a panic button means it; what a machine concludes deserves a moment longer.
  sosAfterMs: { panic: 10_000, fall: 30_000, news2_high: 30_000 },
  repeatToldEveryMs: 10_000,
  positionMaxAgeMs: 12 * 60 * MINUTE_MS,
};
