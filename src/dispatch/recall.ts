import type { AlertHistory } from './alert-history.ts';
import type { Roster } from './roster.ts';
import type { StoredResponder } from './store.ts';

/** Puts somebody back into a node's memory as the store knows them. */
export function recall(stored: StoredResponder, roster: Roster, history: AlertHistory): void {
  const { userId, point, locatedAtMs, alertsAtMs } = stored;
  roster.setTraits(stored);
  history.load(userId, stored);
  const alertedAtMs = alertsAtMs.at(-1);
  if (alertedAtMs !== undefined) roster.alerted(userId, alertedAtMs);
  if (point && locatedAtMs !== null) roster.moved(userId, point, locatedAtMs);
}
