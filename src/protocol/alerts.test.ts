import { expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import type { Alert } from '../telemetry/alerts/alert.ts';
import {
  type AlertEvent,
  acknowledge,
  assign,
  type Change,
  cancelSos,
  found,
  resolve,
  sosOpened,
  tick,
} from '../telemetry/alerts/machine.ts';
import { ALERT_DEFAULTS as settings } from '../telemetry/alerts/settings.ts';
import { stepOf } from '../telemetry/alerts/step.ts';
import { writingOf } from '../telemetry/alerts/writing.ts';
import type { Finding } from '../telemetry/vitals/finding.ts';
import { alertEvents } from './alerts.ts';

const id = (n: number) => `0197a5e0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const audience = { userId: id(1), careTeam: [id(2)], dispatchers: [id(3)], reach: [] };
const finding: Finding = {
  personId: id(1),
  type: 'news2',
  condition: 'news2_high',
  state: 'holds',
  severity: 'CRITICAL',
  atMs: 1,
  detail: { total: 8, complete: true, missing: '', spo2Points: null },
};

/** Alerts that together pass through everything that can happen to one. */
function changes(): Change[] {
  const all: Change[] = [];
  let nowMs = 1_000;
  const find = (alert: Alert | null, change: Partial<Finding> = {}) => {
    const around = { nowMs, settings, opensSos: true };
    const identity = { newId: () => id(9), personId: id(1) };
    return keep(must(found(alert, stepOf({ ...finding, ...change }), identity, around), 'a change'));
  };
  const keep = (change: Change) => {
    all.push(change);
    return change.alert;
  };
  const done = (decision: ReturnType<typeof assign>) =>
    keep(must(decision.ok ? decision.value : null, 'a decision that was carried out'));
  const first = find(null);
  nowMs += 60_000;
  const later = keep(tick(first, { nowMs, settings }));
  nowMs += 60_000;
  const opening = find(later);
  done(acknowledge(opening, id(2), { isFalseAlarm: false }, nowMs));
  const assigned = done(assign(opening, id(2), id(4), nowMs));
  const opened = keep(sosOpened(assigned, { sosId: id(5), isAttached: false }, nowMs));
  done(resolve(opened, id(2), 'gave oxygen', nowMs));
  done(cancelSos(first, id(1), nowMs));
  find(opened, { state: 'over' });
  return all;
}

test('every event of an alert has the fields of the wire, for those who care and for dispatchers', () => {
  const entries = changes().flatMap((change) => writingOf(change, audience).entries);
  const seen = new Set<AlertEvent['type']>();
  for (const { type, data } of entries) {
    seen.add(type as AlertEvent['type']);
    const schema = alertEvents[type as keyof typeof alertEvents];
    // What the wire does not name is dropped by receivers: nothing may be lost.
    expect(schema.parse(data)).toEqual(data);
  }
  expect(seen).toEqual(new Set(Object.keys(alertEvents)));
});
