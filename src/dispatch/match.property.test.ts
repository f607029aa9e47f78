import fc from 'fast-check';
import { expect, test } from 'vitest';
import { destination, distanceM } from '../geo/lat-lng.ts';
import { AlertHistory } from './alert-history.ts';
import { arrivalOf, isNight } from './arrival.ts';
import type { Search } from './machine/commands.ts';
import type { Candidate } from './machine/events.ts';
import { comesBefore, match, rankedAgain } from './match.ts';
import { ELIGIBLE, Roster } from './roster.ts';
import { DEFAULT_RULE } from './rule.ts';
import { SKILLS } from './skills.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_125);
const RUNS = Number(process.env.FC_RUNS ?? 300);
const NOW = 1_780_000_000_000;

const responder = fc.record({
  bearingDeg: fc.double({ min: 0, max: 360, noNaN: true }),
  meters: fc.double({ min: 1, max: 6_000, noNaN: true }),
  skills: fc.subarray([...SKILLS], { maxLength: 3 }),
  verified: fc.boolean(),
  available: fc.boolean(),
  isConnected: fc.boolean(),
  ageMs: fc.constantFrom(0, 30_000, 500_000, 700_000),
  /** Metres moved in the ten seconds before the last position. */
  moved: fc.constantFrom(0, 0, 0, 12, 60, 200),
  asked: fc.integer({ min: 0, max: 30 }),
  accepted: fc.integer({ min: 0, max: 30 }),
  alerts: fc.integer({ min: 0, max: 12 }),
});

const scenario = fc.record({
  here: fc.constantFrom({ lat: 47.37, lng: 8.54 }, { lat: 0, lng: 180 }, { lat: 89.9, lng: 20 }),
  people: fc.array(responder, { maxLength: 120 }),
  radiusM: fc.constantFrom(300, 2_000, 5_000),
  limit: fc.integer({ min: 1, max: 20 }),
  wanted: fc.subarray([...SKILLS], { maxLength: 3 }),
  rule: fc.record({
    denseFrom: fc.constantFrom(5, 30),
    acceptanceWeight: fc.constantFrom(0, 0.25, 2),
    fairness7Ms: fc.constantFrom(0, 5_000, 40_000),
    speedObservedMaxMps: fc.constantFrom(2, 14),
  }),
  notEvery: fc.integer({ min: 2, max: 9 }),
});
type Drawn = (typeof scenario extends fc.Arbitrary<infer T> ? T : never)['people'][number];

function put(
  roster: Roster,
  history: AlertHistory,
  id: string,
  p: Drawn,
  here: { lat: number; lng: number },
) {
  const at = destination(here, p.bearingDeg, p.meters);
  const atMs = NOW - p.ageMs;
  roster.setTraits({ userId: id, skills: p.skills, verified: p.verified, available: p.available, asOfMs: 1 });
  if (p.isConnected) roster.connected(id);
  if (p.moved > 0) roster.moved(id, destination(at, 10, p.moved), atMs - 10_000);
  roster.moved(id, at, atMs);
  const alertsAtMs = Array.from({ length: p.alerts }, (_, i) => NOW - (12 - i) * 86_400_000);
  history.load(id, { asked: p.asked, accepted: Math.min(p.asked, p.accepted), alertsAtMs });
}

/** Everybody looked at, one by one, and sorted. */
function byHand(roster: Roster, history: AlertHistory, search: Search): Candidate[] {
  const ids = [...roster.ids()];
  const metersTo = (id: string) => distanceM(search.point, roster.index.positionOf(id) ?? search.point);
  const around = ids.filter(
    (id) => metersTo(id) <= 1_000 && (roster.flagsOf(roster.get(id) as never) & ELIGIBLE) === ELIGIBLE,
  ).length;
  const scene = {
    around: Math.min(around, search.rule.denseFrom),
    isNight: isNight(search.nowMs, search.point.lng),
  };
  return ids
    .filter((id) => metersTo(id) <= search.radiusM && !search.not.has(id))
    .filter((id) => roster.reasonAgainst(id, search, NOW) === null)
    .map((responderId) => {
      const inputs = {
        distanceM: Math.round(metersTo(responderId) * 10) / 10,
        observedMps: roster.speedOf(responderId, NOW),
        ...history.of(responderId, NOW),
      };
      return { responderId, ...inputs, ...arrivalOf(inputs, scene, search.rule) };
    })
    .sort((a, b) => (comesBefore(a, b) ? -1 : 1))
    .slice(0, search.limit);
}

test(`who is asked is exactly who looking at everybody would ask, and its record says the same again (${RUNS} crowds, seed ${SEED})`, () => {
  let moved = 0;
  fc.assert(
    fc.property(scenario, ({ here, people, radiusM, limit, wanted, rule, notEvery }) => {
      const roster = new Roster();
      const history = new AlertHistory();
      people.forEach((p, i) => {
        put(roster, history, `r${i}`, p, here);
      });
      const search: Search = {
        point: here,
        rule: { ...DEFAULT_RULE, ...rule },
        radiusM,
        limit,
        skills: wanted,
        not: new Set(people.flatMap((_, i) => (i % notEvery === 0 ? [`r${i}`] : []))),
        first: [],
        only: null,
        nowMs: NOW,
      };
      const found = match({ roster, history, nowMs: NOW }, search);
      const expected = byHand(roster, history, search);
      expect(found.candidates.map((c) => c.responderId)).toEqual(expected.map((c) => c.responderId));
      expect(rankedAgain(JSON.parse(JSON.stringify(found)), search.rule)).toEqual(found.candidates);
      moved += found.candidates.filter((c) => c.observedMps !== null).length;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // Somebody who moves is sometimes among them, or the second look would never have been tried.
  expect(moved).toBeGreaterThan(0);
});
