import type { CareRow } from '../../client/index.ts';
import type { CareAlert } from '../care-wall.ts';

export const NOW = 1_700_000_000_000;

/** An open alert of MEDIUM severity, but for what is stated. */
export const anAlert = (alertId: string, more: Partial<CareAlert> = {}): CareAlert => ({
  alertId,
  seq: 1,
  personId: 'somebody',
  type: 'vital',
  condition: 'heart_rate_high',
  severity: 'MEDIUM',
  state: 'open',
  title: 'Heart rate is too high',
  message: null,
  detail: {},
  actionTaken: null,
  count: 1,
  firstAtMs: NOW,
  lastAtMs: NOW,
  openedAtMs: NOW,
  acknowledgedAtMs: null,
  acknowledgedBy: null,
  isFalseAlarm: false,
  assignedAtMs: null,
  assignedTo: null,
  isResolved: false,
  resolvedAtMs: null,
  resolvedBy: null,
  notified: true,
  escalationLevel: 0,
  sos: { state: 'none', untilMs: null, sosId: null, isAttached: false },
  ...more,
});

/** Somebody who is well, with a pulse of this moment, but for what is stated. */
export const aPerson = (personId: string, more: Partial<CareRow> = {}): CareRow => ({
  personId,
  values: { heartRateBpm: { value: 70, atMs: NOW } },
  news2: null,
  alerts: [],
  ...more,
});
