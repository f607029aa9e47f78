import { describe, expect, test } from 'vitest';
import type { Rule } from '../rule.ts';
import { slotsFor, wavesOf } from '../testing/policy.ts';
import { DISPATCHER, person, World } from '../testing/world.ts';
import { openOffers } from './state.ts';

const LADDER: Rule['ladder'] = [
  { step: 'wider_ring', afterMs: 60_000, radiusMaxM: 4_000, alertsMore: 5 },
  { step: 'professionals', afterMs: 90_000, radiusMaxM: 10_000, alertsMore: 5 },
  { step: 'dispatchers', afterMs: 120_000 },
  { step: 'hand_off', afterMs: 300_000 },
];
const stepsOf = (w: World) =>
  w.log.flatMap((event) =>
    event.type === 'sos.escalated'
      ? [`${event.data.step} ${event.data.reason} ${event.atMs - w.state.createdAtMs}`]
      : [],
  );
const askedIn = (w: World) => [...w.state.offers.values()].map((offer) => offer.responderId);
const until = (w: World, ms: number) => {
  while ((w.dueAtMs ?? Number.POSITIVE_INFINITY) <= w.state.createdAtMs + ms) w.tick();
};

describe('the ladder', () => {
  test('with nobody there at all dispatchers are alarmed at once, and the hand-off has its time', () => {
    const w = new World({}, { ladder: LADDER }).raise();
    expect(stepsOf(w)).toEqual([
      'wider_ring nobody_left 0',
      'professionals nobody_left 0',
      'dispatchers nobody_left 0',
    ]);
    expect(w.state).toMatchObject({ status: 'ESCALATED', handOff: null });
    until(w, 300_000);
    expect(stepsOf(w).at(-1)).toBe('hand_off no_answer 300000');
    expect(w.state.handOff).toBe('needed');
  });

  test('is climbed in time while people are asked and nobody says yes', () => {
    const w = new World(
      { a: 100, b: 200, c: 300, d: 400, e: 450 },
      { ladder: LADDER, ...wavesOf(1) },
    ).raise();
    until(w, 300_000);
    expect(stepsOf(w)).toEqual([
      'wider_ring no_answer 60000',
      'professionals no_answer 90000',
      'dispatchers no_answer 120000',
      'hand_off no_answer 300000',
    ]);
  });

  test('a wider ring reaches who was out of reach, a professional is asked from afar for any slot', () => {
    const slots: Rule['slots'] = [{ role: 'PRIMARY', skills: ['FIREFIGHTING'] }];
    const w = new World({ wide: 3_000, doctor: 8_000, other: 7_000 }, { ladder: LADDER, slots });
    w.people.set('wide', { distanceM: 3_000, eligible: true, skills: ['FIREFIGHTING'] });
    w.people.set('other', { distanceM: 7_000, eligible: true, skills: ['FIREFIGHTING'] });
    w.people.set('doctor', { distanceM: 8_000, eligible: true, skills: ['MEDICAL_PROFESSIONAL'] });
    w.raise();
    expect(askedIn(w)).toEqual(['wide']);
    w.decline('wide');
    expect(askedIn(w)).toEqual(['wide', 'doctor']);
    w.accept('doctor');
    expect(w.state).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'doctor' });
  });

  test('is not climbed once a primary is on the way, and begins anew when they give it back', () => {
    const w = new World({ a: 100, b: 200 }, { ladder: LADDER, slots: slotsFor(2) }).raise();
    w.accept('a');
    until(w, 400_000);
    expect(stepsOf(w)).toEqual([]);
    w.ask(person('a'), { type: 'withdraw', reason: null });
    expect(stepsOf(w).map((step) => step.split(' ')[0])).toEqual([
      'wider_ring',
      'professionals',
      'dispatchers',
    ]);
  });

  test('each rung may alert more, and no more than that', () => {
    const people = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, 100 + i]));
    const w = new World(people, { ladder: LADDER, alertsMax: 10, ...wavesOf(7) }).raise();
    until(w, 59_999);
    expect(w.state.offers.size).toBe(10);
    until(w, 3_000_000);
    expect(w.state.offers.size).toBe(20);
    expect(w.state.status).toBe('ESCALATED');
  });

  test('a dispatcher climbs to the alarm at once, and then to the hand-off', () => {
    const w = new World({ a: 100 }, { ladder: LADDER }).raise();
    w.ask(DISPATCHER, { type: 'escalate', reason: null });
    w.ask(DISPATCHER, { type: 'escalate', reason: null });
    expect(stepsOf(w)).toEqual(['dispatchers asked_for 0', 'hand_off asked_for 0']);
  });

  test('an SOS that nobody came to is resolved only once a hand-off is on record', () => {
    const w = new World({}, { ladder: LADDER }).raise();
    const resolve = () => w.ask(DISPATCHER, { type: 'resolve' });
    expect(resolve()).toMatchObject({ code: 'sos_wrong_state' });
    w.ask(DISPATCHER, { type: 'hand_off', service: '112', state: 'reported', reference: 'A-1', note: null });
    expect(resolve().ok).toBe(true);
  });

  test('what a service confirmed stays confirmed, whatever somebody reports later', () => {
    const w = new World({}, { ladder: LADDER }).raise();
    const tell = (state: 'reported' | 'confirmed') =>
      w.ask(DISPATCHER, { type: 'hand_off', service: '112', state, reference: null, note: null });
    tell('confirmed');
    tell('reported');
    expect(w.state.handOff).toBe('confirmed');
  });
});

describe('the size of a wave', () => {
  const crowd = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, 100 + i]));

  test('is worked back from who is wanted and who may be expected', () => {
    const sized = (rule: Partial<Rule>) =>
      new World(crowd(40), {
        slots: slotsFor(3),
        waveSizeMin: 1,
        waveSizeMax: 30,
        arrivalPrior: 0.15,
        ...rule,
      }).raise().state.offers.size;
    // 3 wanted at a chance of 0.15 each.
    expect(sized({})).toBe(20);
    expect(sized({ arrivalPrior: 0.5 })).toBe(6);
    expect(sized({ waveSizeMax: 12 })).toBe(12);
    expect(sized({ arrivalPrior: 1, waveSizeMin: 5 })).toBe(5);
  });

  test('the next one asks no more than are missing, those still asked counted in', () => {
    const w = new World(crowd(40), {
      slots: slotsFor(1),
      waveSizeMin: 1,
      waveSizeMax: 30,
      arrivalPrior: 0.25,
      offerTtlMs: 60_000,
      waveTimerMs: 25_000,
    }).raise();
    expect(w.state.offers.size).toBe(4);
    w.tick();
    expect([w.state.wave, w.state.offers.size]).toEqual([2, 5]);
  });

  test('a decline is replaced by exactly one', () => {
    const w = new World(crowd(10), wavesOf(3)).raise();
    w.decline('p0');
    expect(openOffers(w.state).map((o) => o.responderId)).toEqual(['p1', 'p2', 'p3']);
    expect(w.state.wave).toBe(1);
  });
});

describe('a phone that says where it is', () => {
  test('brings its person an offer when they are sooner there than anybody asked, and else does not', () => {
    const w = new World({ a: 400, b: 450 }, wavesOf(2)).raise();
    w.people.set('idle', { distanceM: 50, eligible: true, skills: ['CPR'] });
    w.people.set('far', { distanceM: 480, eligible: true, skills: ['CPR'] });
    const located = (responderId: string) =>
      w.ask({ userId: '', isDispatcher: false }, { type: 'reconsider', responderId });
    located('far');
    expect(w.state.offers.size).toBe(2);
    located('idle');
    expect(openOffers(w.state).map((o) => o.responderId)).toEqual(['a', 'b', 'idle']);
    expect(w.state.wave).toBe(1);
  });
});

describe('a drill of one’s own', () => {
  test('asks nobody else, and whoever raised it takes it like any other', () => {
    const w = new World({ me: 100, other: 50 }, wavesOf(5)).raise({
      isDrill: true,
      drillFor: 'me',
      requesterId: 'me',
      raisedBy: 'me',
    });
    expect(askedIn(w)).toEqual(['me']);
    w.accept('me');
    expect(w.state).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'me' });
  });
});
