import { type Alert, isClosed } from './alert.ts';

/** An alert for the person and for those who care for them. */
export function alertView(alert: Alert) {
  const { detail, message, actionTaken, ...rest } = viewed(alert);
  return { ...rest, message, detail, actionTaken };
}

/** The same for dispatchers: that there is something and how bad it is, not what was measured or done. */
export function coarseAlertView(alert: Alert) {
  const { detail: _, message: __, actionTaken: ___, ...rest } = viewed(alert);
  return rest;
}

function viewed(alert: Alert) {
  const { alertId, seq, personId, type, condition, severity, state, title, message, detail } = alert;
  const { count, firstAtMs, lastAtMs, openedAtMs, acknowledgedAtMs, acknowledgedBy, isFalseAlarm } = alert;
  const { assignedAtMs, assignedTo, resolvedAtMs, resolvedBy, actionTaken, notified, escalationLevel } =
    alert;
  const { escalateAtMs, sos } = alert;
  return {
    alertId,
    seq,
    personId,
    type,
    condition,
    severity,
    state,
    title,
    message,
    detail,
    count,
    firstAtMs,
    lastAtMs,
    openedAtMs,
    acknowledgedAtMs,
    acknowledgedBy,
    isFalseAlarm,
    assignedAtMs,
    assignedTo,
    isResolved: isClosed(alert),
    resolvedAtMs,
    resolvedBy,
    actionTaken,
    notified,
    escalationLevel,
    escalatesAtMs: state === 'open' ? escalateAtMs : null,
    sos: { state: sos.state, untilMs: sos.dueAtMs, sosId: sos.sosId, isAttached: sos.isAttached },
  };
}
