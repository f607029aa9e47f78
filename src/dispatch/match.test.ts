import { describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { AlertHistory } from './alert-history.ts';
import type { Duty } from './duty.ts';
import type { Search } from './machine/commands.ts';
import { explain, match } from './match.ts';
import { Roster } from './roster.ts';
import { DEFAULT_RULE } from './rule.ts';
import { RESPONDER_SKILLS } from './testing/policy.ts';

const HERE = { lat: 47.37, lng: 8.54 };
const NOW = 1_000_000;

function roster(people: Readonly<Record<string, number>>): Roster {
  const r = new Roster();
  for (const [userId, distanceM] of Object.entries(people)) {
    r.setTraits({ userId, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
    r.connected(userId);
    r.moved(userId, destination(HERE, 45, distanceM), NOW);
  }
  return r;
}

const DUTY: Duty = { timezone: 'UTC', shifts: [], quietHours: null, restAfterAlertMs: 0, certificates: [] };
const onDuty = (r: Roster, duty: Partial<Duty>) =>
  r.setTraits({
    userId: 'x',
    skills: ['CPR'],
    verified: true,
    available: true,
    asOfMs: 2,
    duty: { ...DUTY, ...duty },
  });

const search = (change: Partial<Search> = {}): Search => ({
  point: HERE,
  rule: DEFAULT_RULE,
  skills: RESPONDER_SKILLS,
  radiusM: 2_000,
  limit: 10,
  not: new Set(),
  first: [],
  only: null,
  nowMs: NOW,
  ...change,
});

function find(r: Roster, limit = 10, not: readonly string[] = [], nowMs = NOW) {
  const parts = { roster: r, history: new AlertHistory(), nowMs };
  const asked = search({ limit, not: new Set(not) });
  const { candidates } = match(parts, asked);
  return {
    ids: candidates.map((c) => c.responderId),
    excluded: explain(parts, asked, candidates).excludedCounts,
  };
}

describe('matching', () => {
  test('asks the nearest first, with the arithmetic of their place in the order', () => {
    const r = roster({ far: 900, near: 230, middle: 500, other: 1_500 });
    expect(find(r).ids).toEqual(['near', 'middle', 'far', 'other']);
    const { candidates, scene } = match(
      { roster: r, history: new AlertHistory(), nowMs: NOW },
      search({ limit: 1 }),
    );
    // The time of these tests is at night; three are within 1 km, so the place is sparse: 3.1 m/s.
    expect(scene).toEqual({ around: 3, isNight: true });
    expect(candidates).toEqual([
      {
        responderId: 'near',
        distanceM: 230,
        observedMps: null,
        asked: 0,
        accepted: 0,
        alerts7: 0,
        alerts30: 0,
        speedMps: 3.1,
        turnoutMs: 142_000,
        travelMs: 74_194,
        etaMs: 216_194,
        pArrive: 0.15,
        silenceMs: 35_417,
        fairnessMs: 0,
        scoreMs: 251_611,
      },
    ]);
  });

  const against: Record<string, (r: Roster) => void> = {
    not_verified: (r) =>
      r.setTraits({ userId: 'x', skills: ['CPR'], verified: false, available: true, asOfMs: 2 }),
    not_available: (r) =>
      r.setTraits({ userId: 'x', skills: ['CPR'], verified: true, available: false, asOfMs: 2 }),
    not_connected: (r) => r.disconnected('x'),
    busy: (r) => r.holds('x', 'another'),
    not_qualified: (r) =>
      r.setTraits({ userId: 'x', skills: ['DRIVER'], verified: true, available: true, asOfMs: 2 }),
    position_stale: (r) => r.moved('x', HERE, NOW - DEFAULT_RULE.fixMaxAgeMs - 1),
    // The time of these tests is the first minutes of 1 January 1970, a Thursday.
    certificate_expired: (r) => onDuty(r, { certificates: [{ skill: 'CPR', expiresOn: '1969-12-31' }] }),
    off_duty: (r) => onDuty(r, { shifts: [{ weekday: 4, fromMin: 60, toMin: 120, timezone: 'UTC' }] }),
    quiet_hours: (r) => onDuty(r, { quietHours: { fromMin: 1_380, toMin: 60 } }),
    resting: (r) => {
      onDuty(r, { restAfterAlertMs: 60_000 });
      r.alerted('x', NOW - 59_999);
    },
  };
  test.each(Object.entries(against))('never asks somebody %s, and says so', (reason, change) => {
    const r = roster({ x: 100, y: 200 });
    change(r);
    expect(find(r)).toEqual({ ids: ['y'], excluded: { [reason]: 1 } });
  });

  test('asks who stands ready before everybody, however far and beyond the limit', () => {
    const parts = {
      roster: roster({ near: 100, ready: 1_900, off: 300 }),
      history: new AlertHistory(),
      nowMs: NOW,
    };
    parts.roster.disconnected('off');
    const ids = (change: Partial<Search>) =>
      match(parts, search({ radiusM: 500, first: ['off', 'ready'], ...change })).candidates.map(
        (c) => c.responderId,
      );
    expect(ids({})).toEqual(['ready', 'near']);
    expect(ids({ limit: 0 })).toEqual(['ready']);
  });

  test('passes over who was asked before and takes the next', () => {
    expect(find(roster({ a: 100, b: 200, c: 300 }), 2, ['a'])).toEqual({
      ids: ['b', 'c'],
      excluded: { asked_before: 1 },
    });
  });

  test('finds the only fresh one behind a crowd whose positions went stale', () => {
    const r = roster({ fresh: 1_500 });
    for (let i = 0; i < 300; i++) {
      const userId = `stale-${i}`;
      r.setTraits({ userId, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
      r.connected(userId);
      r.moved(userId, destination(HERE, i, 100 + i), NOW - DEFAULT_RULE.fixMaxAgeMs - 1);
    }
    expect(find(r, 1).ids).toEqual(['fresh']);
  });

  test('forgets no connection while another device of the same person is still there', () => {
    const r = roster({ x: 100 });
    r.connected('x');
    r.disconnected('x');
    expect(find(r).ids).toEqual(['x']);
    r.disconnected('x');
    expect(find(r).ids).toEqual([]);
  });

  test('finds somebody who began to offer help while connected', () => {
    const r = new Roster();
    r.connected('x');
    r.setTraits({ userId: 'x', skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
    r.moved('x', HERE, NOW);
    expect(find(r).ids).toEqual(['x']);
  });

  test('what accounts said earlier never overrules what they said later', () => {
    const r = roster({ x: 100 });
    r.setTraits({ userId: 'x', skills: ['CPR'], verified: true, available: false, asOfMs: 5 });
    r.setTraits({ userId: 'x', skills: ['CPR'], verified: true, available: true, asOfMs: 4 });
    expect(find(r).ids).toEqual([]);
  });

  test('the end of an old holding does not free somebody who took another SOS since', () => {
    const r = roster({ x: 100 });
    r.holds('x', 'first');
    r.holds('x', 'second');
    r.released('x', 'first');
    expect(find(r).ids).toEqual([]);
    r.released('x', 'second');
    expect(find(r).ids).toEqual(['x']);
  });

  test('asks by the skills that are wanted, and anybody when none is', () => {
    const r = roster({ x: 100 });
    const ids = (skills: readonly string[]) =>
      match({ roster: r, history: new AlertHistory(), nowMs: NOW }, search({ skills })).candidates.length;
    expect([ids(['DRIVER']), ids(['DRIVER', 'CPR']), ids([])]).toEqual([0, 1, 1]);
  });
});

describe("a drill of one's own", () => {
  const drill = (r: Roster) =>
    match({ roster: r, history: new AlertHistory(), nowMs: NOW }, search({ only: 'x' })).candidates.length;
  const offDuty = (r: Roster, skills: readonly string[] = ['CPR']) =>
    r.setTraits({ userId: 'x', skills, verified: true, available: false, asOfMs: 3 });

  test('is for who is not available, too, who then may also take it', () => {
    const r = roster({ x: 100 });
    offDuty(r);
    expect(drill(r)).toBe(1);
    const wanted = { skills: ['CPR'], rule: DEFAULT_RULE };
    expect(r.reasonUnfit('x', { ...wanted, isOwnDrill: true }, NOW)).toBeNull();
    expect(r.reasonUnfit('x', wanted, NOW)).toBe('not_available');
  });

  test('is for nobody who is not there, holds a real slot or lacks the skill, available or not', () => {
    const [gone, busy, unskilled] = [roster({ x: 100 }), roster({ x: 100 }), roster({ x: 100 })];
    gone.disconnected('x');
    busy.holds('x', 'real');
    for (const r of [gone, busy]) offDuty(r);
    offDuty(unskilled, ['DRIVER']);
    expect([gone, busy, unskilled].map(drill)).toEqual([0, 0, 0]);
  });
});
