import type { LatLng } from '../../geo/lat-lng.ts';
import type { AlertType, Finding, Severity } from '../vitals/finding.ts';
import type { AlarmKind, DeviceAlarm } from '../vitals/sample.ts';
import { rankOf, worse } from './alert.ts';

/** One thing that was found, or several of the same condition that became one while they waited. */
export interface Step {
  readonly state: Finding['state'];
  readonly type: AlertType;
  readonly condition: string;
  readonly severity: Severity;
  /** How many findings it stands for. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the newest. */
  readonly detail: Finding['detail'];
  readonly point: LatLng | null;
}

export const stepOf = ({ state, type, condition, severity, atMs, detail }: Finding): Step => ({
  state,
  type,
  condition,
  severity,
  count: 1,
  firstAtMs: atMs,
  lastAtMs: atMs,
  detail,
  point: null,
});

const ALARM_SEVERITY: Readonly<Record<AlarmKind, Severity>> = {
  panic: 'CRITICAL',
  fall: 'CRITICAL',
  no_motion: 'HIGH',
};

/** What comes long after it happened says nothing about now: it is told, and alarms nobody. */
export const stepOfAlarm = ({ kind, raisedAtMs, late, point }: DeviceAlarm): Step => ({
  state: 'holds',
  type: 'alarm',
  condition: kind,
  severity: late ? 'LOW' : ALARM_SEVERITY[kind],
  count: 1,
  firstAtMs: raisedAtMs,
  lastAtMs: raisedAtMs,
  detail: { late },
  point: late ? null : point,
});

/** Three are enough: what was before, the episode, and how it is now. */
const STEPS_MAX = 3;

/**
 * Adds one to those of the same condition that wait to be written. Repeats become one; of an episode that ended and began
 * again meanwhile the pause is left out. So however long it lasts, the newest state and the worst severity are kept.
 */
export function withStep(waiting: readonly Step[], step: Step): readonly Step[] {
  const last = waiting.at(-1);
  if (last?.state === step.state) return [...waiting.slice(0, -1), merged(last, step)];
  if (waiting.length < STEPS_MAX) return [...waiting, step];
  const [first, second, third] = waiting as readonly [Step, Step, Step];
  return [first.state === 'over' ? first : merged(first, third), merged(second, step)];
}

function merged(older: Step, newer: Step): Step {
  return {
    ...newer,
    severity: worse(older.severity, newer.severity),
    count: older.count + newer.count,
    firstAtMs: Math.min(older.firstAtMs, newer.firstAtMs),
    lastAtMs: Math.max(older.lastAtMs, newer.lastAtMs),
    detail: rankOf(newer.severity) >= rankOf(older.severity) ? newer.detail : older.detail,
    point: newer.point ?? older.point,
  };
}
