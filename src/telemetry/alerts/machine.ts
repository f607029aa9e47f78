import { ok, type Result, refused } from '../../lib/result.ts';
import { type Alert, isClosed, rankOf, worse } from './alert.ts';
import type { AlertSettings } from './settings.ts';
import type { Step } from './step.ts';
import { messageOf, titleOf } from './words.ts';

/** What can happen to an alert, with what is to be said besides how it stands then. */
export interface AlertEventData {
  'alert.opened': Readonly<Record<string, never>>;
  /** Seen again. `isWorse`: its severity has risen, or an alarm came again, so it has to be acknowledged anew. */
  'alert.changed': { readonly isWorse: boolean };
  'alert.acknowledged': Readonly<Record<string, never>>;
  'alert.assigned': Readonly<Record<string, never>>;
  'alert.resolved': Readonly<Record<string, never>>;
  'alert.cleared': Readonly<Record<string, never>>;
  'alert.escalated': { readonly level: number; readonly reason: 'no_answer' | 'no_position' };
  'alert.sos_pending': { readonly untilMs: number };
  'alert.sos_opening': Readonly<Record<string, never>>;
  'alert.sos_opened': { readonly sosId: string; readonly isAttached: boolean };
  'alert.sos_cancelled': { readonly reason: 'asked' | 'false_alarm' | 'resolved' | 'over' };
}
export type AlertEventType = keyof AlertEventData;

/** One event and the alert as it stands after it. */
export type AlertEvent = {
  [T in AlertEventType]: {
    readonly type: T;
    readonly data: AlertEventData[T];
    readonly actorId: string | null;
    readonly alert: Alert;
  };
}[AlertEventType];

/** What something does to an alert. Without events it only counts, or nothing changed. */
export interface Change {
  readonly before: Alert | null;
  readonly alert: Alert;
  readonly events: readonly AlertEvent[];
}

export interface Around {
  readonly nowMs: number;
  readonly settings: AlertSettings;
  /** Whether an SOS may be opened for this person by a machine. */
  readonly opensSos: boolean;
}

export type AlertRefusal = 'alert_closed' | 'alert_sos_not_pending';
export type Decision = Result<Change, AlertRefusal>;

/** What has happened to one alert so far in this decision. */
class Course {
  alert: Alert;
  readonly #before: Alert | null;
  readonly #events: AlertEvent[] = [];
  readonly #atMs: number;

  constructor(before: Alert | null, alert: Alert, atMs: number) {
    this.#before = before;
    this.alert = alert;
    this.#atMs = atMs;
  }

  happen<T extends AlertEventType>(
    type: T,
    data: AlertEventData[T],
    change: Partial<Alert>,
    actorId: string | null = null,
  ): this {
    this.alert = { ...this.alert, ...change, seq: this.alert.seq + 1, toldAtMs: this.#atMs };
    this.#events.push({ type, data, actorId, alert: this.alert } as AlertEvent);
    return this;
  }

  done(): Change {
    return { before: this.#before, alert: this.alert, events: this.#events };
  }
}

/** 1: the care team again; 2: dispatchers. */
const LEVELS = 2;
const NO_SOS = { state: 'none', dueAtMs: null, sosId: null, isAttached: false } as const;

/** Of a new one. */
export interface Identity {
  readonly newId: () => string;
  readonly personId: string;
}

/** Something was found. Null: it was over before anything was known of it. */
export function found(alert: Alert | null, step: Step, identity: Identity, around: Around): Change | null {
  if (!alert) return step.state === 'over' ? null : opened(step, identity, around);
  return step.state === 'over' ? cleared(alert, around) : seenAgain(alert, step, around);
}

function opened(step: Step, { newId, personId }: Identity, around: Around): Change {
  const { nowMs, settings } = around;
  const { type, condition, severity, count, firstAtMs, lastAtMs, detail, point } = step;
  const begun: Alert = {
    alertId: newId(),
    seq: 0,
    personId,
    type,
    condition,
    severity,
    state: 'open',
    title: titleOf(condition),
    message: messageOf(step),
    detail,
    count,
    firstAtMs,
    lastAtMs,
    openedAtMs: nowMs,
    alarmedAtMs: nowMs,
    toldAtMs: nowMs,
    acknowledgedAtMs: null,
    acknowledgedBy: null,
    isFalseAlarm: false,
    assignedAtMs: null,
    assignedTo: null,
    assignedBy: null,
    resolvedAtMs: null,
    resolvedBy: null,
    actionTaken: null,
    notified: false,
    escalationLevel: 0,
    escalateAtMs: later(nowMs, settings.acknowledgeWithinMs[severity]),
    sos: NO_SOS,
    point,
  };
  const course = new Course(null, begun, nowMs).happen('alert.opened', {}, {});
  return withSos(course, around).done();
}

function seenAgain(alert: Alert, step: Step, around: Around): Change {
  const { nowMs, settings } = around;
  const isAnew = alarmsAnew(alert, step);
  const isWorse = isAnew || rankOf(step.severity) > rankOf(alert.severity);
  const seen: Alert = {
    ...alert,
    severity: worse(alert.severity, step.severity),
    message: messageOf(step),
    detail: step.detail,
    count: alert.count + step.count,
    firstAtMs: Math.min(alert.firstAtMs, step.firstAtMs),
    lastAtMs: Math.max(alert.lastAtMs, step.lastAtMs),
    // Where it happened before says nothing about where somebody is who calls again.
    point: isAnew ? step.point : (step.point ?? alert.point),
  };
  if (!isWorse && nowMs - alert.toldAtMs < settings.repeatToldEveryMs)
    return { before: alert, alert: seen, events: [] };
  const course = new Course(alert, seen, nowMs);
  if (!isWorse) return course.happen('alert.changed', { isWorse }, {}).done();
  // Whoever looks after it keeps it, and has to say again that they know.
  course.happen(
    'alert.changed',
    { isWorse },
    {
      state: 'open',
      alarmedAtMs: nowMs,
      acknowledgedAtMs: null,
      acknowledgedBy: null,
      isFalseAlarm: false,
      // Dispatchers who were told of it before are told to the end.
      escalationLevel: alert.escalationLevel < LEVELS ? 0 : LEVELS,
      escalateAtMs: later(nowMs, settings.acknowledgeWithinMs[seen.severity]),
      ...(isAnew && isSosSettled(alert) ? { sos: NO_SOS } : {}),
    },
  );
  return withSos(course, around).done();
}

/**
 * Whoever presses the button again calls again, whatever became of the time before: an alarm never ends by itself, so its
 * alert may have been looked after, called off or answered with an SOS long ago. What comes late calls nobody.
 */
const alarmsAnew = (alert: Alert, { type, detail }: Step): boolean =>
  type === 'alarm' && detail.late !== true && (alert.state !== 'open' || isSosSettled(alert));

const isSosSettled = ({ sos: { state } }: Alert): boolean =>
  state === 'cancelled' || state === 'opened' || state === 'no_position';

function cleared(alert: Alert, { nowMs }: Around): Change {
  const course = new Course(alert, alert, nowMs);
  callOff(course, 'over', null);
  return course
    .happen('alert.cleared', {}, { state: 'cleared', resolvedAtMs: nowMs, escalateAtMs: null })
    .done();
}

/** What is critical and of a kind that calls for help is given a moment to be called off; once for each alert, or press of a button. */
function withSos(course: Course, { nowMs, settings, opensSos }: Around): Course {
  const { condition, severity, sos } = course.alert;
  const afterMs = Object.hasOwn(settings.sosAfterMs, condition) ? settings.sosAfterMs[condition] : undefined;
  if (severity !== 'CRITICAL' || sos.state !== 'none' || !opensSos || afterMs === undefined) return course;
  const untilMs = nowMs + afterMs;
  return course.happen(
    'alert.sos_pending',
    { untilMs },
    { sos: { ...sos, state: 'pending', dueAtMs: untilMs } },
  );
}

function callOff(
  course: Course,
  reason: AlertEventData['alert.sos_cancelled']['reason'],
  actorId: string | null,
): void {
  const { sos } = course.alert;
  if (sos.state !== 'pending') return;
  const off = { ...sos, state: 'cancelled', dueAtMs: null } as const;
  course.happen('alert.sos_cancelled', { reason }, { sos: off }, actorId);
}

/** Somebody looks after it. Whoever is second changes nothing. A false alarm calls off the SOS that was to be opened. */
export function acknowledge(
  alert: Alert,
  by: string,
  { isFalseAlarm }: { readonly isFalseAlarm: boolean },
  nowMs: number,
): Decision {
  if (isClosed(alert)) return refused('alert_closed');
  const course = new Course(alert, alert, nowMs);
  const isNews = isFalseAlarm && !alert.isFalseAlarm;
  if (alert.state === 'open' || isNews) {
    const state = alert.assignedTo === null ? 'acknowledged' : 'assigned';
    const first = alert.acknowledgedAtMs === null ? { acknowledgedAtMs: nowMs, acknowledgedBy: by } : {};
    const change = { state, ...first, isFalseAlarm, escalateAtMs: null } as const;
    course.happen('alert.acknowledged', {}, change, by);
  }
  if (isFalseAlarm) callOff(course, 'false_alarm', by);
  return ok(course.done());
}

/** Somebody is to look after it. Whoever says so has seen it. */
export function assign(alert: Alert, by: string, toId: string, nowMs: number): Decision {
  if (isClosed(alert)) return refused('alert_closed');
  if (alert.state === 'assigned' && alert.assignedTo === toId) return ok(unchanged(alert));
  const first = alert.acknowledgedAtMs === null ? { acknowledgedAtMs: nowMs, acknowledgedBy: by } : {};
  const change = { state: 'assigned', assignedAtMs: nowMs, assignedTo: toId, assignedBy: by } as const;
  const course = new Course(alert, alert, nowMs);
  return ok(course.happen('alert.assigned', {}, { ...first, ...change, escalateAtMs: null }, by).done());
}

/** It is over, because somebody says so. What comes after it is another alert. */
export function resolve(alert: Alert, by: string, actionTaken: string | null, nowMs: number): Decision {
  if (isClosed(alert)) return refused('alert_closed');
  const course = new Course(alert, alert, nowMs);
  callOff(course, 'resolved', by);
  const change = { state: 'resolved', resolvedAtMs: nowMs, resolvedBy: by, actionTaken } as const;
  return ok(course.happen('alert.resolved', {}, { ...change, escalateAtMs: null }, by).done());
}

/** No SOS is opened for it, also not later. Once its time has come it can only be cancelled as an SOS. */
export function cancelSos(alert: Alert, by: string, nowMs: number): Decision {
  if (alert.sos.state === 'cancelled') return ok(unchanged(alert));
  if (alert.sos.state !== 'pending') return refused('alert_sos_not_pending');
  const course = new Course(alert, alert, nowMs);
  callOff(course, 'asked', by);
  return ok(course.done());
}

/** Does what is due: escalates what nobody has acknowledged, and says that an SOS is to be opened. */
export function tick(alert: Alert, { nowMs, settings }: Pick<Around, 'nowMs' | 'settings'>): Change {
  const course = new Course(alert, alert, nowMs);
  const { escalateAtMs, escalationLevel, severity, sos, state } = alert;
  if (sos.state === 'pending' && sos.dueAtMs !== null && sos.dueAtMs <= nowMs)
    course.happen('alert.sos_opening', {}, { sos: { ...sos, state: 'opening' } });
  if (state === 'open' && escalateAtMs !== null && escalateAtMs <= nowMs) {
    const level = Math.min(LEVELS, escalationLevel + 1);
    const next = level < LEVELS ? later(nowMs, settings.acknowledgeWithinMs[severity]) : null;
    const change = { escalationLevel: level, escalateAtMs: next };
    course.happen('alert.escalated', { level, reason: 'no_answer' }, change);
  }
  return course.done();
}

/** The SOS is there; or the person had one already, which this belongs to from now on. */
export function sosOpened(
  alert: Alert,
  { sosId, isAttached }: { readonly sosId: string; readonly isAttached: boolean },
  nowMs: number,
): Change {
  if (alert.sos.state !== 'opening') return unchanged(alert);
  const sos = { state: 'opened', dueAtMs: null, sosId, isAttached } as const;
  return new Course(alert, alert, nowMs).happen('alert.sos_opened', { sosId, isAttached }, { sos }).done();
}

/** Nobody can be sent anywhere: dispatchers have to find out where the person is. */
export function noPosition(alert: Alert, nowMs: number): Change {
  if (alert.sos.state !== 'opening') return unchanged(alert);
  const sos = { ...alert.sos, state: 'no_position', dueAtMs: null } as const;
  const change = { sos, escalationLevel: LEVELS, escalateAtMs: null };
  const said = { level: LEVELS, reason: 'no_position' } as const;
  return new Course(alert, alert, nowMs).happen('alert.escalated', said, change).done();
}

const unchanged = (alert: Alert): Change => ({ before: alert, alert, events: [] });

const later = (nowMs: number, inMs: number | null) => (inMs === null ? null : nowMs + inMs);
