import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { type AuditEntry, subjectsOf } from './audit-entry.ts';
import { AuditTrail } from './audit-trail.ts';

const dispatcher = { userId: 'd', grants: ['dispatcher'] };
const nurse = { userId: 'n', grants: ['professional'] };

function stage(unusualSubjectsPerHour = 3) {
  const entries: AuditEntry[] = [];
  const alarms: string[] = [];
  const clock = new ManualClock();
  const metrics = new CountingMetrics();
  const log = { record: (entry: AuditEntry) => entries.push(entry), hasRoom: true, waiting: 0 };
  const trail = new AuditTrail({
    newId: () => 'unused',
    log,
    clock,
    metrics,
    unusualSubjectsPerHour,
    onUnusualReading: (viewerId, subjects) => alarms.push(`${viewerId}: ${subjects}`),
  });
  return { entries, alarms, clock, log, metrics, trail };
}

describe('what somebody saw', () => {
  test('is kept once per viewer, subject, purpose and minute', () => {
    const { trail, entries, clock } = stage();
    for (let tick = 0; tick < 100; tick += 1) {
      trail.saw(dispatcher, 'a', 'dispatch');
      trail.saw(dispatcher, 'b', 'dispatch');
      trail.saw(nurse, 'a', 'rescue');
    }
    expect(entries.map((e) => `${e.actorId} ${e.subjectUserId} ${e.purpose}`)).toEqual([
      'd a dispatch',
      'd b dispatch',
      'n a rescue',
    ]);
    clock.advance(60_000);
    trail.saw(dispatcher, 'a', 'dispatch');
    trail.saw(dispatcher, 'a', 'care');
    expect(entries).toHaveLength(5);
    expect(entries[3]).toEqual({
      atMs: clock.nowMs(),
      resourceId: undefined,
      actorId: 'd',
      grants: ['dispatcher'],
      action: 'read',
      resourceKind: 'position',
      subjectUserId: 'a',
      purpose: 'dispatch',
      outcome: 'allowed',
    });
  });

  test('on a map with many is the same sight as alone, and never of themselves', () => {
    const { trail, entries, clock } = stage();
    trail.saw(dispatcher, 'a', 'dispatch');
    for (let tick = 0; tick < 3; tick += 1) trail.sawAll(dispatcher, ['a', 'b', 'd', 'c', 'b'], 'dispatch');
    trail.saw(dispatcher, 'c', 'dispatch');
    clock.advance(1_000);
    expect(entries.map(subjectsOf)).toEqual([['a'], ['b', 'c']]);
    clock.advance(14 * 60_000);
    trail.sawAll(dispatcher, ['b', 'c', 'e'], 'dispatch');
    clock.advance(1_000);
    expect(entries.map(subjectsOf)).toEqual([['a'], ['b', 'c'], ['e']]);
    clock.advance(60_000);
    trail.sawAll(dispatcher, ['a'], 'dispatch');
    clock.advance(1_000);
    // Dated when it was seen, a gathering of a second before.
    expect(entries[3]).toEqual({ ...entries[0], atMs: clock.nowMs() - 1_000 });
  });

  test('on a map with twenty thousand is forty entries, whoever else looks', () => {
    const { trail, entries, clock, metrics } = stage();
    const people = Array.from({ length: 20_000 }, (_, n) => `p${n}`);
    for (const userId of ['d', 'e', 'f', 'g']) trail.sawAll({ ...dispatcher, userId }, people, 'dispatch');
    clock.advance(1_000);
    expect(entries).toHaveLength(160);
    for (const actorId of ['d', 'e', 'f', 'g']) {
      const own = entries.filter((entry) => entry.actorId === actorId);
      expect(own.flatMap(subjectsOf)).toEqual(people);
    }
    expect(metrics.counts.get('audit_sights_overflow_total{}')).toBeUndefined();
  });

  test('on a map for which there is no more room is counted, and said afterwards', () => {
    const { trail, entries, clock, log, metrics } = stage();
    log.waiting = 10_000;
    const people = Array.from({ length: 500_007 }, (_, n) => `p${n}`);
    trail.sawAll(dispatcher, people, 'dispatch');
    expect(metrics.counts.get('audit_sights_overflow_total{}')).toBe(7);
    log.waiting = 0;
    clock.advance(60_000);
    trail.saw(dispatcher, 'a', 'dispatch');
    expect(entries.flatMap(subjectsOf)).toEqual([...people.slice(0, 500_000), 'a']);
    expect(entries.at(-2)).toMatchObject({
      reason: '7 more sights in one minute, of people who are not named',
    });
  });

  test('waits while the log has no room, and is lost by none', () => {
    const { trail, entries, clock, log } = stage();
    log.waiting = 10_000;
    trail.sawAll(dispatcher, ['a', 'b'], 'dispatch');
    clock.advance(1_000);
    expect(entries).toEqual([]);
    log.waiting = 0;
    clock.advance(1_000);
    expect(entries.map(subjectsOf)).toEqual([['a', 'b']]);
    log.waiting = 90_000;
    trail.sawAll(dispatcher, ['c', 'e', 'f'], 'dispatch');
    trail.end();
    expect(entries.at(-1)).toMatchObject({ reason: '3 sights were not written before the end' });
  });

  test('in another SOS of the same person is another sight', () => {
    const { trail, entries } = stage();
    for (const resourceId of ['one', 'two', 'one']) trail.saw(nurse, 'a', 'rescue', { resourceId });
    trail.saw(nurse, 'a', 'rescue');
    expect(entries.map(({ resourceId }) => resourceId)).toEqual(['one', 'two', undefined]);
  });

  test('by a dispatcher of many SOS in a second is one entry, with what stands in one about each', () => {
    const { trail, entries, clock } = stage();
    for (const n of [1, 2, 1, 3]) trail.saw(dispatcher, `p${n}`, 'dispatch', { resourceId: `sos${n}` });
    trail.saw({ ...dispatcher, userId: 'e' }, 'p1', 'dispatch', { resourceId: 'sos1' });
    trail.saw(nurse, 'p1', 'rescue', { resourceId: 'sos1' });
    expect(entries.map(({ actorId }) => actorId)).toEqual(['n']);
    clock.advance(1_000);
    const [ofNurse, ofMany, ofOne, ...more] = entries;
    expect(more).toEqual([]);
    expect(ofMany).toEqual({
      ...{ ...ofNurse, subjectUserId: undefined, resourceId: undefined },
      ...{ actorId: 'd', grants: ['dispatcher'], purpose: 'dispatch' },
      ...{ subjectUserIds: ['p1', 'p2', 'p3'], resourceIds: ['sos1', 'sos2', 'sos3'] },
    });
    expect(ofOne).toMatchObject({ actorId: 'e', subjectUserId: 'p1', resourceId: 'sos1' });
    for (const n of [1, 2, 3]) trail.saw(dispatcher, `p${n}`, 'dispatch', { resourceId: `sos${n}` });
    clock.advance(1_000);
    expect(entries).toHaveLength(3);
  });

  test('of themselves is nobody’s concern', () => {
    const { trail, entries } = stage();
    trail.saw(nurse, 'n', 'rescue');
    expect(entries).toEqual([]);
  });

  test('that is too much to be named is counted, and said afterwards', () => {
    const { trail, entries, clock, metrics } = stage();
    for (let n = 0; n < 50_010; n += 1) trail.saw(dispatcher, `${n}`, 'dispatch');
    expect(entries).toHaveLength(50_000);
    expect(metrics.counts.get('audit_sights_overflow_total{}')).toBe(10);
    clock.advance(60_000);
    trail.saw(dispatcher, 'a', 'dispatch');
    expect(entries.at(-2)).toMatchObject({
      actorId: 'd',
      reason: '10 more sights in one minute, of people who are not named',
    });
  });
});

describe('a refusal', () => {
  const entry = { actorId: 'n', grants: [], action: 'read', resourceKind: 'audit_log' };

  test('is kept once per actor, action and minute, and counted every time', () => {
    const { trail, entries, clock, metrics } = stage();
    for (let n = 0; n < 50; n += 1) trail.refused(entry);
    trail.refused({ ...entry, resourceKind: 'policy' });
    trail.refused({ ...entry, actorId: 'm' });
    expect(entries.map((e) => `${e.actorId} ${e.resourceKind} ${e.outcome}`)).toEqual([
      'n audit_log refused',
      'n policy refused',
      'm audit_log refused',
    ]);
    expect(metrics.counts.get('access_refused_total{audit_log}')).toBe(51);
    clock.advance(60_000);
    trail.refused(entry);
    expect(entries).toHaveLength(4);
  });

  test('is bounded in number, by name', () => {
    const { trail, entries, metrics } = stage();
    for (let n = 0; n < 10_005; n += 1) trail.refused({ ...entry, actorId: `${n}` });
    expect(entries).toHaveLength(10_000);
    expect(metrics.counts.get('audit_refusals_overflow_total{}')).toBe(5);
  });
});

describe('unusual reading', () => {
  test('raises one alarm an hour for who looks at more people than allowed', () => {
    const { trail, alarms, clock } = stage(3);
    for (const subject of ['a', 'b', 'c', 'a', 'b', 'c']) trail.saw(nurse, subject, 'care');
    expect(alarms).toEqual([]);
    for (const subject of ['x', 'y', 'z']) trail.saw(nurse, subject, 'care');
    expect(alarms).toEqual(['n: 4']);
    clock.advance(3_600_000);
    for (const subject of ['a', 'b', 'c', 'd']) trail.saw(nurse, subject, 'rescue');
    expect(alarms).toEqual(['n: 4', 'n: 4']);
  });

  test('counts records that were read at a door like those that were shown live', () => {
    const { trail, alarms } = stage(1);
    const read = {
      actorId: 'n',
      grants: [],
      action: 'read',
      resourceKind: 'patient',
      outcome: 'allowed',
    } as const;
    for (const subjectUserId of ['a', 'a', 'n']) trail.record({ ...read, subjectUserId });
    expect(alarms).toEqual([]);
    trail.record({ ...read, subjectUserId: 'b' });
    expect(alarms).toEqual(['n: 2']);
  });

  test('counts everybody on a map outside dispatch', () => {
    const { trail, alarms, clock } = stage(2);
    trail.sawAll(nurse, ['a', 'b', 'n'], 'care');
    clock.advance(1_000);
    expect(alarms).toEqual([]);
    trail.sawAll(nurse, ['a', 'b', 'c'], 'care');
    clock.advance(1_000);
    expect(alarms).toEqual(['n: 3']);
  });

  test('is no matter for dispatch, where everybody is on the map', () => {
    const { trail, alarms } = stage(3);
    for (let n = 0; n < 100; n += 1) trail.saw(dispatcher, `${n}`, 'dispatch');
    expect(alarms).toEqual([]);
  });
});
