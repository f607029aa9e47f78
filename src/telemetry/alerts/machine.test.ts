import { describe, expect, test } from 'vitest';
import type { Finding, Severity } from '../vitals/finding.ts';
import type { AlarmKind, DeviceAlarm } from '../vitals/sample.ts';
import { type Alert, dueAtMs, isForDispatchers } from './alert.ts';
import {
  acknowledge,
  assign,
  type Change,
  cancelSos,
  type Decision,
  found,
  noPosition,
  resolve,
  sosOpened,
  tick,
} from './machine.ts';
import { ALERT_DEFAULTS } from './settings.ts';
import { stepOf, stepOfAlarm } from './step.ts';

const T0 = 1_760_000_000_000;
const SECOND = 1_000;
const MINUTE = 60_000;
const settings = ALERT_DEFAULTS;

const finding = (change: Partial<Finding> = {}): Finding => ({
  personId: 'p',
  type: 'vital',
  condition: 'heart_rate_high',
  state: 'holds',
  severity: 'HIGH',
  atMs: T0,
  detail: { vital: 'heartRateBpm', value: 140, limit: 131 },
  ...change,
});

/** One alert from outside, on a clock that is told. */
class Story {
  nowMs = T0;
  opensSos = true;
  alert: Alert | null = null;
  readonly types: string[] = [];
  last: Decision | null = null;

  find(change: Partial<Finding> = {}): this {
    const around = { nowMs: this.nowMs, settings, opensSos: this.opensSos };
    return this.#take(
      found(this.alert, stepOf(finding(change)), { newId: () => 'a', personId: 'p' }, around),
    );
  }

  alarm(kind: AlarmKind, change: Partial<DeviceAlarm> = {}): this {
    const { nowMs, opensSos } = this;
    const point = { lat: 1, lng: 2 };
    const times = { raisedAtMs: nowMs, receivedAtMs: nowMs, late: false };
    const step = stepOfAlarm({ id: 'x', personId: 'p', deviceId: 'd', kind, point, ...times, ...change });
    const identity = { newId: () => 'a', personId: 'p' };
    return this.#take(found(this.alert, step, identity, { nowMs, settings, opensSos }));
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this.alert ? this.#take(tick(this.now, { nowMs: this.nowMs, settings })) : this;
  }

  do(act: (alert: Alert, nowMs: number) => Decision): this {
    this.last = act(this.now, this.nowMs);
    return this.last.ok ? this.#take(this.last.value) : this;
  }

  get now(): Alert {
    if (!this.alert) throw new Error('there is no alert yet');
    return this.alert;
  }

  /** What has happened since this was asked before. */
  said(): string[] {
    return this.types.splice(0).map((type) => type.slice('alert.'.length));
  }

  #take(change: Change | null): this {
    if (!change) return this;
    this.alert = change.alert;
    this.types.push(...change.events.map(({ type }) => type));
    return this;
  }
}

const acknowledged =
  (by = 'nurse') =>
  (alert: Alert, nowMs: number) =>
    acknowledge(alert, by, { isFalseAlarm: false }, nowMs);

describe('an alert', () => {
  test('is opened by a finding and counts what is seen again', () => {
    const story = new Story().find();
    story.nowMs += MINUTE;
    story.find({ atMs: T0 + MINUTE, detail: { vital: 'heartRateBpm', value: 145, limit: 131 } });
    expect(story.said()).toEqual(['opened', 'changed']);
    expect(story.now).toMatchObject({
      state: 'open',
      severity: 'HIGH',
      count: 2,
      firstAtMs: T0,
      lastAtMs: T0 + MINUTE,
      title: 'Heart rate is too high',
      message: 'Heart rate is too high: heart rate 145 /min, the limit is 131.',
      seq: 2,
    });
  });

  test('tells of what does not get worse only every ten seconds, and counts it all the same', () => {
    const story = new Story().find();
    story.nowMs += 9 * SECOND;
    story.find({ severity: 'MEDIUM', detail: { value: 131 } });
    expect(story.said()).toEqual(['opened']);
    expect(story.now).toMatchObject({ count: 2, severity: 'HIGH', detail: { value: 131 }, seq: 1 });
  });

  test('that was over before anything was known of it is none', () => {
    expect(new Story().find({ state: 'over' }).alert).toBeNull();
  });

  test('ends by itself, and what comes then is another', () => {
    const story = new Story().find().find({ state: 'over' });
    expect(story.said()).toEqual(['opened', 'cleared']);
    expect(story.now).toMatchObject({ state: 'cleared', resolvedBy: null, resolvedAtMs: T0 });
    expect(dueAtMs(story.now)).toBeNull();
  });

  test('is acknowledged, assigned and resolved, with who and when', () => {
    const story = new Story().find();
    story.nowMs += SECOND;
    story.do(acknowledged());
    expect(story.now).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'nurse',
      acknowledgedAtMs: story.nowMs,
    });
    story.do((alert, nowMs) => assign(alert, 'nurse', 'doctor', nowMs));
    expect(story.now).toMatchObject({ state: 'assigned', assignedTo: 'doctor', assignedBy: 'nurse' });
    story.do((alert, nowMs) => resolve(alert, 'doctor', 'gave oxygen', nowMs));
    expect(story.now).toMatchObject({ state: 'resolved', resolvedBy: 'doctor', actionTaken: 'gave oxygen' });
    expect(story.said()).toEqual(['opened', 'acknowledged', 'assigned', 'resolved']);
  });

  test('that is acknowledged by a second one stays that of the first', () => {
    const story = new Story().find().do(acknowledged('a')).do(acknowledged('b'));
    expect(story.said()).toEqual(['opened', 'acknowledged']);
    expect(story.now.acknowledgedBy).toBe('a');
    expect(story.last?.ok).toBe(true);
  });

  test('that is over is not to be acknowledged, assigned or resolved again', () => {
    const story = new Story().find().do((alert, nowMs) => resolve(alert, 'a', null, nowMs));
    const acts = [
      acknowledged(),
      (alert: Alert, nowMs: number) => assign(alert, 'a', 'b', nowMs),
      (alert: Alert, nowMs: number) => resolve(alert, 'a', null, nowMs),
    ];
    for (const act of acts) expect(story.do(act).last).toMatchObject({ ok: false, code: 'alert_closed' });
  });

  test('assigning says that somebody has seen it', () => {
    const story = new Story().find().do((alert, nowMs) => assign(alert, 'a', 'b', nowMs));
    expect(story.now).toMatchObject({ acknowledgedBy: 'a', state: 'assigned' });
    expect(story.after(60 * MINUTE).said()).toEqual(['opened', 'assigned']);
  });

  test('that gets worse alarms anew although it was acknowledged, and stays with whom it was given to', () => {
    const story = new Story()
      .find({ severity: 'MEDIUM' })
      .do((alert, nowMs) => assign(alert, 'a', 'b', nowMs))
      .find({ severity: 'CRITICAL' });
    expect(story.said()).toEqual(['opened', 'assigned', 'changed']);
    expect(story.now).toMatchObject({
      state: 'open',
      acknowledgedBy: null,
      assignedTo: 'b',
      severity: 'CRITICAL',
    });
    expect(story.now.escalateAtMs).toBe(T0 + MINUTE);
    story.do(acknowledged('b'));
    expect(story.now.state).toBe('assigned');
  });
});

describe('escalation', () => {
  test.each<[Severity, number | null]>([
    ['CRITICAL', MINUTE],
    ['HIGH', 5 * MINUTE],
    ['MEDIUM', 30 * MINUTE],
    ['LOW', null],
  ])('of %s comes after %s ms, twice', (severity, withinMs) => {
    const story = new Story().find({ severity });
    story.said();
    if (withinMs === null) {
      expect(story.after(24 * 60 * MINUTE).said()).toEqual([]);
      return;
    }
    expect(story.after(withinMs - 1).said()).toEqual([]);
    expect(story.after(1).said()).toEqual(['escalated']);
    expect(story.now.escalationLevel).toBe(1);
    expect(isForDispatchers(story.now)).toBe(severity === 'CRITICAL');
    expect(story.after(withinMs).said()).toEqual(['escalated']);
    expect(story.now.escalationLevel).toBe(2);
    expect(isForDispatchers(story.now)).toBe(true);
    expect(dueAtMs(story.now)).toBeNull();
  });

  test('ends with whoever acknowledges', () => {
    const story = new Story()
      .find()
      .do(acknowledged())
      .after(60 * MINUTE);
    expect(story.said()).toEqual(['opened', 'acknowledged']);
  });

  test('begins again with what gets worse; dispatchers who were told stay so', () => {
    const story = new Story()
      .find({ severity: 'MEDIUM' })
      .after(30 * MINUTE)
      .after(30 * MINUTE);
    story.find({ severity: 'HIGH' });
    expect(story.now).toMatchObject({ escalationLevel: 2, escalateAtMs: story.nowMs + 5 * MINUTE });
    story.said();
    expect(story.after(5 * MINUTE).said()).toEqual(['escalated']);
    expect(story.now).toMatchObject({ escalationLevel: 2, escalateAtMs: null });
  });
});

describe('an SOS by a machine', () => {
  const news2 = { condition: 'news2_high', type: 'news2', severity: 'CRITICAL' } as const;

  test('waits for its moment, is opened once, and the alert knows it', () => {
    const story = new Story().find(news2);
    expect(story.said()).toEqual(['opened', 'sos_pending']);
    expect(story.now.sos).toMatchObject({ state: 'pending', dueAtMs: T0 + 30 * SECOND });
    expect(story.after(30 * SECOND - 1).said()).toEqual([]);
    expect(story.after(1).said()).toEqual(['sos_opening']);
    expect(story.after(SECOND).said()).toEqual([]);
    story.do((alert, nowMs) => ({
      ok: true,
      value: sosOpened(alert, { sosId: 's', isAttached: false }, nowMs),
    }));
    expect(story.now.sos).toEqual({ state: 'opened', dueAtMs: null, sosId: 's', isAttached: false });
    expect(story.said()).toEqual(['sos_opened']);
    story.do((alert, nowMs) => ({
      ok: true,
      value: sosOpened(alert, { sosId: 'other', isAttached: false }, nowMs),
    }));
    expect(story.now.sos.sosId).toBe('s');
  });

  test('of a panic button waits a shorter time than one that a machine concludes', () => {
    const alarm = {
      id: 'x',
      personId: 'p',
      deviceId: 'd',
      kind: 'panic',
      raisedAtMs: T0,
      receivedAtMs: T0,
      point: { lat: 1, lng: 2 },
      late: false,
    } as const;
    const around = { nowMs: T0, settings, opensSos: true };
    const identity = { newId: () => 'a', personId: 'p' };
    const now = found(null, stepOfAlarm(alarm), identity, around)?.alert;
    expect(now?.sos.dueAtMs).toBe(T0 + 10 * SECOND);
    expect(now?.point).toEqual({ lat: 1, lng: 2 });
    const late = found(null, stepOfAlarm({ ...alarm, late: true }), identity, around)?.alert;
    expect(late).toMatchObject({ severity: 'LOW', sos: { state: 'none' }, point: null });
    expect(late?.message).toContain('sent late');
  });

  test.each([
    ['asked for', (alert: Alert, nowMs: number) => cancelSos(alert, 'p', nowMs), ['sos_cancelled']],
    [
      'a false alarm',
      (alert: Alert, nowMs: number) => acknowledge(alert, 'p', { isFalseAlarm: true }, nowMs),
      ['acknowledged', 'sos_cancelled'],
    ],
    [
      'resolved',
      (alert: Alert, nowMs: number) => resolve(alert, 'p', null, nowMs),
      ['sos_cancelled', 'resolved'],
    ],
  ])('is called off for good: %s', (_, act, events) => {
    const story = new Story().find(news2);
    story.said();
    expect(story.do(act).said()).toEqual(events);
    expect(story.after(60 * MINUTE).said()).not.toContain('sos_opening');
    expect(story.now.sos).toMatchObject({ state: 'cancelled', dueAtMs: null });
  });

  test('that was called off does not come back with what is seen again', () => {
    const story = new Story().find(news2).do((alert, nowMs) => cancelSos(alert, 'p', nowMs));
    story.nowMs += MINUTE;
    story.find(news2);
    expect(story.said()).toEqual(['opened', 'sos_pending', 'sos_cancelled', 'changed']);
  });

  test('is not called off by whoever only acknowledges: a nurse far away is no help', () => {
    const story = new Story()
      .find(news2)
      .do(acknowledged())
      .after(30 * SECOND);
    expect(story.said()).toContain('sos_opening');
  });

  test('is called off when it is over by itself', () => {
    expect(
      new Story()
        .find(news2)
        .find({ ...news2, state: 'over' })
        .said(),
    ).toEqual(['opened', 'sos_pending', 'sos_cancelled', 'cleared']);
  });

  test('can not be called off once its time has come', () => {
    const story = new Story().find(news2).after(30 * SECOND);
    expect(story.do((alert, nowMs) => cancelSos(alert, 'p', nowMs)).last).toMatchObject({
      code: 'alert_sos_not_pending',
    });
  });

  test('without a place is for dispatchers at once', () => {
    const story = new Story().find(news2).after(30 * SECOND);
    story.said();
    story.do((alert, nowMs) => ({ ok: true, value: noPosition(alert, nowMs) }));
    expect(story.said()).toEqual(['escalated']);
    expect(story.now).toMatchObject({ escalationLevel: 2, sos: { state: 'no_position' } });
  });

  test('is opened neither for other conditions, nor for what is less, nor for who does not want it', () => {
    expect(new Story().find({ severity: 'CRITICAL' }).now.sos.state).toBe('none');
    expect(new Story().find({ ...news2, severity: 'HIGH' }).now.sos.state).toBe('none');
    const unwanted = new Story();
    unwanted.opensSos = false;
    expect(unwanted.find(news2).now.sos.state).toBe('none');
  });

  test('follows when it gets critical later', () => {
    expect(
      new Story()
        .find({ ...news2, severity: 'HIGH' })
        .find(news2)
        .said(),
    ).toEqual(['opened', 'changed', 'sos_pending']);
  });
});

describe('a panic button that is pressed again', () => {
  const opened = (alert: Alert, nowMs: number): Decision => ({
    ok: true,
    value: sosOpened(alert, { sosId: 's', isAttached: false }, nowMs),
  });
  const settledBy: readonly [string, (story: Story) => Story][] = [
    ['a false alarm', (story) => story.do((now, at) => acknowledge(now, 'n', { isFalseAlarm: true }, at))],
    ['called off, and nobody has looked', (story) => story.do((now, at) => cancelSos(now, 'p', at))],
    ['answered with an SOS', (story) => story.after(10 * SECOND).do(opened)],
    [
      'nobody knew where',
      (story) => story.after(10 * SECOND).do((now, at) => ({ ok: true, value: noPosition(now, at) })),
    ],
  ];

  test.each(settledBy)('calls for help again: %s', (_, settle) => {
    const story = settle(new Story().alarm('panic'));
    story.said();
    story.nowMs += 60 * MINUTE;
    story.alarm('panic', { point: { lat: 5, lng: 6 } });
    expect(story.said()).toEqual(['changed', 'sos_pending']);
    expect(story.now).toMatchObject({
      state: 'open',
      isFalseAlarm: false,
      acknowledgedBy: null,
      alarmedAtMs: story.nowMs,
      escalateAtMs: story.nowMs + MINUTE,
      sos: { state: 'pending', dueAtMs: story.nowMs + 10 * SECOND, sosId: null },
      point: { lat: 5, lng: 6 },
    });
    expect(story.after(10 * SECOND).said()).toEqual(['sos_opening']);
  });

  test('is not looked for where it was pressed before', () => {
    const story = new Story().alarm('panic').do((now, at) => cancelSos(now, 'p', at));
    expect(story.alarm('panic', { point: null }).now.point).toBeNull();
  });

  test('is to be acknowledged anew while the SOS of the time before is under way, which stays one', () => {
    const story = new Story().alarm('panic').do(acknowledged());
    story.said();
    expect(story.alarm('panic').said()).toEqual(['changed']);
    expect(story.now).toMatchObject({ state: 'open', sos: { state: 'pending', dueAtMs: T0 + 10 * SECOND } });
  });

  test('calls nobody when it comes late, or while it has not been looked after', () => {
    const story = new Story().alarm('panic');
    expect(story.alarm('panic').said()).toEqual(['opened', 'sos_pending']);
    story.do((now, at) => acknowledge(now, 'n', { isFalseAlarm: true }, at)).said();
    expect(story.alarm('panic', { late: true }).said()).toEqual([]);
    expect(story.now).toMatchObject({ state: 'acknowledged', sos: { state: 'cancelled' } });
  });
});
