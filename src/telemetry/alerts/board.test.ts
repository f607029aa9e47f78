import { describe, expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import { noMetrics } from '../../lib/metric.ts';
import type { Severity } from '../vitals/finding.ts';
import type { Alert } from './alert.ts';
import { AlertBoard, coarseEvent } from './board.ts';
import { found, resolve, tick } from './machine.ts';
import { ALERT_DEFAULTS as settings } from './settings.ts';
import { stepOf } from './step.ts';
import { alertView } from './view.ts';

const MINUTE = 60_000;

function alertOf(alertId: string, severity: Severity): Alert {
  const step = stepOf({
    personId: 'p',
    type: 'vital',
    condition: 'spo2_low',
    state: 'holds',
    severity,
    atMs: 0,
    detail: { value: 80 },
  });
  const around = { nowMs: 0, settings, opensSos: true };
  return must(found(null, step, { newId: () => alertId, personId: 'p' }, around), 'an alert').alert;
}

const eventOf = (alert: Alert) => ({
  stream: `alert:${alert.alertId}`,
  seq: alert.seq,
  atMs: 0,
  actorId: null,
  type: 'alert.changed',
  data: { isWorse: false, alert: alertView(alert) },
});

const resolved = (alert: Alert) => {
  const decision = resolve(alert, 'n', null, 0);
  if (!decision.ok) throw new Error(decision.code);
  return decision.value.alert;
};

describe('the board of dispatchers', () => {
  test('holds what is critical, without what was measured, until it is over', () => {
    const board = new AlertBoard({ metrics: noMetrics });
    const alert = alertOf('a', 'CRITICAL');
    board.take(eventOf(alert));
    expect(board.snapshot()).toMatchObject([{ alertId: 'a', severity: 'CRITICAL' }]);
    expect(board.snapshot()[0]).not.toHaveProperty('detail');
    board.take(eventOf(resolved(alert)));
    expect(board.snapshot()).toEqual([]);
    // Its last event is still theirs to see.
    expect(board.knows('a')).toBe(true);
  });

  test('learns of others when they are escalated to dispatchers', () => {
    const board = new AlertBoard({ metrics: noMetrics });
    let alert = alertOf('a', 'HIGH');
    board.take(eventOf(alert));
    expect(board.knows('a')).toBe(false);
    for (let level = 1; level <= 2; level++)
      alert = tick(alert, { nowMs: level * 5 * MINUTE, settings }).alert;
    board.take(eventOf(alert));
    expect(board.snapshot()).toMatchObject([{ alertId: 'a', escalationLevel: 2 }]);
  });

  test('is not led back by what comes late or twice', () => {
    const board = new AlertBoard({ metrics: noMetrics });
    const alert = alertOf('a', 'CRITICAL');
    board.begin([resolved(alert)]);
    board.take(eventOf(alert));
    expect(board.snapshot()).toEqual([]);
  });

  test('shows no more than it has room for', () => {
    const board = new AlertBoard({ metrics: noMetrics });
    for (let i = 0; i < 2_100; i++) board.take(eventOf(alertOf(`a${i}`, 'CRITICAL')));
    expect(board.snapshot()).toHaveLength(2_000);
    expect(board.knows('a0')).toBe(false);
  });

  test('an event on its way to dispatchers leaves out what was measured, said and done', () => {
    const seen = coarseEvent(eventOf(resolved(alertOf('a', 'CRITICAL'))));
    expect(seen.data).toMatchObject({ isWorse: false, alert: { state: 'resolved' } });
    for (const name of ['message', 'detail', 'actionTaken'])
      expect((seen.data as { alert: object }).alert).not.toHaveProperty(name);
  });
});
