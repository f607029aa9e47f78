import { type Alert, DISPATCHERS_LEVEL } from './alert.ts';
import type { AlertEvent, Change } from './machine.ts';
import type { Audience } from './store.ts';
import { alertView, coarseAlertView } from './view.ts';

/** One event about to be written; its number is given by the log. */
export interface NewEntry {
  readonly kind: 'alert' | 'inbox';
  readonly streamId: string;
  readonly type: string;
  readonly actorId: string | null;
  readonly data: unknown;
}

/** So many inboxes at most are written in one transaction: one alert must not hold up everybody. */
export const TOLD_MAX = 200;

/**
 * Who is told what of an alert at this moment: those who care for the person everything, dispatchers that nobody else
 * answered. That it is there they see on their feed: were each of them written to, critical alerts of everybody would wait
 * for each other at the heads of the same few inboxes.
 */
export function toldOf(alert: Alert, { userId, careTeam, dispatchers }: Audience) {
  const own = new Set([...(userId === null ? [] : [userId]), ...careTeam]);
  const coarse = new Set(alert.escalationLevel >= DISPATCHERS_LEVEL ? dispatchers : []);
  if (alert.assignedTo !== null) coarse.add(alert.assignedTo);
  const inFull = [...own].slice(0, TOLD_MAX);
  return { inFull, coarse: [...coarse].filter((id) => !own.has(id)).slice(0, TOLD_MAX - inFull.length) };
}

/** What a change comes to: the alert with who was notified, and the entries of the log in their order. */
export function writingOf(
  change: Change,
  audience: Audience,
): { readonly alert: Alert; readonly entries: readonly NewEntry[] } {
  const entries: NewEntry[] = [];
  let notified = change.alert.notified;
  for (const event of change.events) {
    const told = toldOf(event.alert, audience);
    notified ||= told.inFull.length + told.coarse.length > 0;
    entries.push(...entriesOf({ ...event, alert: { ...event.alert, notified } } as AlertEvent, told));
  }
  return { alert: { ...change.alert, notified }, entries };
}

function entriesOf(
  { type, data, actorId, alert }: AlertEvent,
  { inFull, coarse }: ReturnType<typeof toldOf>,
): NewEntry[] {
  const whole = { ...data, alert: alertView(alert) };
  const some = { ...data, alert: coarseAlertView(alert) };
  const inbox = (data: unknown) => (streamId: string) => ({
    kind: 'inbox' as const,
    streamId,
    type,
    actorId,
    data,
  });
  return [
    { kind: 'alert', streamId: alert.alertId, type, actorId, data: whole },
    ...inFull.map(inbox(whole)),
    ...coarse.map(inbox(some)),
  ];
}
