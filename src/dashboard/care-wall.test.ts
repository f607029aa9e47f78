import { describe, expect, test } from 'vitest';
import { actionsFor, byNeed, Ringing, tabTitle } from './alert-queue.ts';
import { byUrgency, type CareAlert, CareWall, isSilent, tileTone } from './care-wall.ts';
import { heldOrder } from './held-order.ts';
import { scoreLook } from './news2.ts';
import { anAlert, aPerson, NOW } from './testing/care.ts';
import { vitalCells } from './vital-signs.ts';

const ids = (people: readonly { personId: string }[]) => people.map(({ personId }) => personId);
const order = (...people: ReturnType<typeof aPerson>[]) => ids(byUrgency(people, (id) => id, NOW));

describe('the wall', () => {
  test('has the most urgent first: alerts nobody looks after, then the score, then what is looked after', () => {
    const open = aPerson('open', { alerts: [anAlert('1', { severity: 'HIGH' })] });
    const taken = aPerson('taken', {
      alerts: [anAlert('2', { severity: 'CRITICAL', state: 'acknowledged' })],
    });
    const critical = aPerson('critical', { alerts: [anAlert('3', { severity: 'CRITICAL' })] });
    const scored = aPerson('scored', {
      news2: { total: 7, atLeast: 7, complete: true, risk: 'high', atMs: NOW },
    });
    expect(order(aPerson('b'), taken, scored, aPerson('a'), open, critical)).toEqual([
      'critical',
      'open',
      'scored',
      'taken',
      'a',
      'b',
    ]);
  });

  test('has who is silent before who is well, and says so', () => {
    const silent = aPerson('z', { values: { heartRateBpm: { value: 70, atMs: NOW - 31 * 60_000 } } });
    expect(order(aPerson('a'), silent)).toEqual(['z', 'a']);
    expect([isSilent(silent, NOW), isSilent(aPerson('a'), NOW)]).toEqual([true, false]);
    expect([tileTone(silent, NOW), tileTone(aPerson('a'), NOW)]).toEqual(['silent', 'calm']);
  });

  test('is replaced after each connect, changed by what comes, and forgets who is gone', () => {
    const wall = new CareWall();
    wall.replace([aPerson('a'), aPerson('b')]);
    wall.update({ people: [aPerson('c')], gone: ['a'] });
    expect(ids(wall.people)).toEqual(['b', 'c']);
    wall.replace([aPerson('d')]);
    expect(ids(wall.people)).toEqual(['d']);
  });

  test('shows at once what a command was answered with, until the feed tells of something newer', () => {
    const wall = new CareWall();
    const states = () => wall.people.flatMap(({ alerts }) => alerts.map(({ state }) => state));
    const told = (alert: CareAlert) => wall.update({ people: [aPerson('a', { alerts: [alert] })], gone: [] });
    told(anAlert('1', { seq: 1, personId: 'a' }));
    wall.answered(anAlert('1', { seq: 2, personId: 'a', state: 'acknowledged' }));
    expect(states()).toEqual(['acknowledged']);
    told(anAlert('1', { seq: 1, personId: 'a' }));
    expect(states()).toEqual(['acknowledged']);
    told(anAlert('1', { seq: 3, personId: 'a', state: 'open' }));
    expect(states()).toEqual(['open']);
    wall.answered(anAlert('1', { seq: 4, personId: 'a', state: 'resolved', isResolved: true }));
    expect(states()).toEqual([]);
  });
});

describe('an order', () => {
  test('is held while somebody points at it: nobody moves, new ones come to the end', () => {
    expect(heldOrder(['a', 'b', 'c'], ['c', 'new', 'a'], true)).toEqual({ ids: ['a', 'c', 'new'], moved: 3 });
    expect(heldOrder(['a', 'b'], ['b', 'a'], false)).toEqual({ ids: ['b', 'a'], moved: 0 });
    expect(heldOrder(['a', 'b'], ['a', 'b'], true).moved).toBe(0);
  });
});

describe('the values of a tile', () => {
  test('have an age, are old when a score would not count them, and nothing is made up', () => {
    const { values } = aPerson('a', {
      values: {
        heartRateBpm: { value: 72.4, atMs: NOW - 31 * 60_000 },
        systolicMmhg: { value: 118, atMs: NOW },
        diastolicMmhg: { value: 76, atMs: NOW },
        glucoseMmolL: { value: 5.55, atMs: NOW },
      },
    });
    const cells = vitalCells({ values, alerts: [] }, NOW);
    const of = (vital: string) => cells.find((cell) => cell.vital === vital);
    expect(of('heartRateBpm')).toMatchObject({ text: '72', isStale: true, tone: null });
    expect(of('systolicMmhg')).toMatchObject({ text: '118/76', isStale: false });
    expect(of('temperatureC')).toMatchObject({ text: null, atMs: null, isStale: false });
    expect(of('glucoseMmolL')).toMatchObject({ text: '5.5', unit: 'mmol/l' });
    expect(of('weightKg')).toBeUndefined();
  });

  test('are coloured by the worst alert about them', () => {
    const alerts = [
      anAlert('1', { condition: 'heart_rate_high', severity: 'MEDIUM' }),
      anAlert('2', { condition: 'diastolic_high', severity: 'CRITICAL' }),
      anAlert('3', { condition: 'no_data_spo2', severity: 'HIGH' }),
    ];
    const tones = vitalCells({ values: {}, alerts }, NOW).map(({ tone }) => tone);
    expect(tones).toEqual(['medium', null, null, 'critical', null]);
  });
});

describe('a score', () => {
  const score = { total: 6, atLeast: 6, complete: true, risk: 'medium', atMs: NOW } as const;
  test('has colour, number and words', () => {
    expect(scoreLook(score, NOW)).toEqual({ tone: 'high', text: '6', words: 'medium', isStale: false });
    expect(scoreLook(null, NOW)).toMatchObject({ tone: 'plain', text: '–' });
  });
  test('that lacks something says what is certain, and a low one gives no all-clear', () => {
    const some = { ...score, total: null, atLeast: 5, complete: false };
    expect(scoreLook(some, NOW)).toMatchObject({
      tone: 'high',
      text: '≥ 5',
      words: 'at least 5, incomplete',
    });
    expect(scoreLook({ ...some, atLeast: 1, risk: 'low' }, NOW).tone).toBe('plain');
  });
  test('that is old says how old', () => {
    const old = scoreLook({ ...score, atMs: NOW - 45 * 60_000 }, NOW);
    expect(old).toMatchObject({ isStale: true, words: 'medium, 45 min 0 s old' });
  });
});

describe('the queue of alerts', () => {
  test('begins with an SOS that can still be called off, then what nobody looks after, the oldest of a kind first', () => {
    const pending = anAlert('p', {
      state: 'acknowledged',
      sos: { state: 'pending', untilMs: NOW + 9_000, sosId: null, isAttached: false },
    });
    const queue = byNeed([
      anAlert('taken', { severity: 'CRITICAL', state: 'assigned' }),
      anAlert('low', { severity: 'LOW' }),
      anAlert('young', { severity: 'HIGH', openedAtMs: NOW }),
      anAlert('old', { severity: 'HIGH', openedAtMs: NOW - 1_000 }),
      pending,
    ]);
    expect(queue.map(({ alertId }) => alertId)).toEqual(['p', 'old', 'young', 'low', 'taken']);
  });

  test('offers what can be done about an alert, and nothing of one that is over', () => {
    expect(actionsFor(anAlert('1'), false)).toMatchObject({
      acknowledge: true,
      resolve: true,
      cancelSos: false,
    });
    expect(actionsFor(anAlert('1', { state: 'acknowledged' }), false).acknowledge).toBe(false);
    expect(actionsFor(anAlert('1', { severity: 'CRITICAL' }), true)).toMatchObject({
      acknowledge: false,
      assign: false,
      resolve: false,
    });
    const sos = { state: 'pending', untilMs: NOW, sosId: null, isAttached: false } as const;
    expect(actionsFor(anAlert('1', { sos }), false)).toMatchObject({ cancelSos: true, falseAlarm: true });
    expect(Object.values(actionsFor(anAlert('1', { state: 'cleared' }), false))).not.toContain(true);
  });

  test('rings once for what is new and critical, again when it has become worse, and not at the first look', () => {
    const ringing = new Ringing();
    const rung = (...alerts: CareAlert[]) => ringing.fresh(alerts).map(({ alertId }) => alertId);
    const [one, two] = [anAlert('1', { severity: 'CRITICAL' }), anAlert('2', { severity: 'CRITICAL' })];
    expect(rung(one)).toEqual([]);
    expect(rung(one, two, anAlert('3', { severity: 'HIGH' }))).toEqual(['2']);
    expect(rung(one, two)).toEqual([]);
    expect(rung(one, { ...two, state: 'acknowledged' })).toEqual([]);
    expect(rung(one, two)).toEqual(['2']);
    expect([tabTitle('Care', 0), tabTitle('Care', 2)]).toEqual(['Care', '(2) Care']);
  });
});
