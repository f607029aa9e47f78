import type { LatLng } from '../../geo/lat-lng.ts';
import { type AlertType, SEVERITIES, type Severity } from '../vitals/finding.ts';

/** `open`: nobody has said that they look after it, or it has become worse since. The last two are the end. */
export const ALERT_STATES = ['open', 'acknowledged', 'assigned', 'resolved', 'cleared'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/**
 * What becomes of an SOS for it. `pending`: one is opened at `dueAtMs` unless somebody calls it off. `opening`: its time has
 * come, and it can't be called off here any more. `no_position`: nobody knows where the person is, so dispatchers were told.
 */
export type AlertSosState = 'none' | 'pending' | 'opening' | 'opened' | 'cancelled' | 'no_position';

export interface AlertSos {
  readonly state: AlertSosState;
  readonly dueAtMs: number | null;
  readonly sosId: string | null;
  /** The person had an open SOS already, and it belongs to that one. */
  readonly isAttached: boolean;
}

/** Whatever was seen of a person that others have to know, as it stands at number `seq` of `alert:<id>`. */
export interface Alert {
  readonly alertId: string;
  readonly seq: number;
  readonly personId: string;
  readonly type: AlertType;
  /** With the person the key of an open alert. */
  readonly condition: string;
  /** The highest there was. */
  readonly severity: Severity;
  readonly state: AlertState;
  readonly title: string;
  readonly message: string | null;
  /** What was seen last. Health data, like `message`. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  /** How often it was seen. */
  readonly count: number;
  /** When it was seen first and last. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly openedAtMs: number;
  /** When people were last told that it is new or worse: what escalation counts from. */
  readonly alarmedAtMs: number;
  /** When anything of it was last told. */
  readonly toldAtMs: number;
  readonly acknowledgedAtMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly isFalseAlarm: boolean;
  readonly assignedAtMs: number | null;
  readonly assignedTo: string | null;
  readonly assignedBy: string | null;
  readonly resolvedAtMs: number | null;
  /** Null when it ended by itself. */
  readonly resolvedBy: string | null;
  readonly actionTaken: string | null;
  /** Somebody's inbox has it. */
  readonly notified: boolean;
  /** 1: the care team was told again; 2: dispatchers were told. */
  readonly escalationLevel: number;
  /** When it is escalated further; null: not by itself. */
  readonly escalateAtMs: number | null;
  readonly sos: AlertSos;
  /** Where the device said that it happened. */
  readonly point: LatLng | null;
}

export const isClosed = ({ state }: Pick<Alert, 'state'>): boolean =>
  state === 'resolved' || state === 'cleared';

export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
export const worse = (a: Severity, b: Severity): Severity => (rankOf(a) >= rankOf(b) ? a : b);

/** Escalated so far, dispatchers are told in their inboxes too. */
export const DISPATCHERS_LEVEL = 2;

/** Whether dispatchers are among those who are told: at once of what is critical, of the rest when nobody else answers. */
export const isForDispatchers = ({
  severity,
  escalationLevel,
}: Pick<Alert, 'severity' | 'escalationLevel'>): boolean =>
  severity === 'CRITICAL' || escalationLevel >= DISPATCHERS_LEVEL;

/** When somebody has to look at it again; null: nothing happens by itself any more. */
export function dueAtMs({ escalateAtMs, sos, state }: Alert): number | null {
  const sosAtMs = sos.state === 'pending' || sos.state === 'opening' ? sos.dueAtMs : null;
  const times = [state === 'open' ? escalateAtMs : null, sosAtMs].filter((atMs) => atMs !== null);
  return times.length === 0 ? null : Math.min(...times);
}
