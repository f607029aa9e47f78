import { describe, expect, test } from 'vitest';
import { type policyWith, slotsFor, wavesOf } from '../testing/policy.ts';
import { DISPATCHER, person, World } from '../testing/world.ts';
import { heldSlots, openOffers, reserves } from './state.ts';

const PEOPLE = { a: 100, b: 200, c: 300, d: 400, e: 500 };
const two = (rule: Parameters<typeof policyWith>[0] = {}) =>
  new World(PEOPLE, { slots: slotsFor(2), ...rule }).raise();
const holdersOf = (w: World) => heldSlots(w.state).map(({ slot, holder }) => [slot, holder.responderId]);
const codeOf = (answer: ReturnType<World['ask']>) => (answer.ok ? 'done' : answer.code);

describe('several people are wanted', () => {
  test('the first yes is the primary, the next supports, and then everybody asked is stood down', () => {
    const w = two();
    w.accept('b');
    expect(w.state).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'b' });
    expect(openOffers(w.state)).toHaveLength(4);
    w.accept('a');
    expect(holdersOf(w)).toEqual([
      [1, 'b'],
      [2, 'a'],
    ]);
    expect(openOffers(w.state)).toEqual([]);
    expect([...w.state.offers.values()].filter((o) => o.closeReason === 'filled')).toHaveLength(3);
  });

  test('a primary who gives it back is replaced by who is on the way, and their place is offered', () => {
    const w = two();
    w.accept('a');
    w.accept('b');
    w.ask(person('a'), { type: 'withdraw', reason: null });
    expect(w.state).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'b' });
    expect(holdersOf(w)).toEqual([[1, 'b']]);
    // Who was stood down through no choice of their own is asked again; who gave it back is not.
    expect(openOffers(w.state).map((o) => o.responderId)).toEqual(['c', 'd', 'e']);
  });

  test('of several on the way the one who is there becomes the primary', () => {
    const w = two({ slots: slotsFor(3) });
    for (const id of ['a', 'b', 'c']) w.accept(id);
    w.ask(person('c'), { type: 'arrive' });
    w.ask(person('a'), { type: 'withdraw', reason: null });
    expect(w.state.acceptedBy).toBe('c');
  });

  test('somebody takes only a slot that they are qualified for', () => {
    const w = new World(PEOPLE, {
      slots: [
        { role: 'PRIMARY', skills: ['MEDICAL_PROFESSIONAL'] },
        { role: 'SUPPORT', skills: ['CPR'] },
      ],
    });
    for (const id of ['a', 'b', 'c', 'd'])
      w.people.set(id, { distanceM: 100, eligible: true, skills: ['CPR'] });
    w.raise();
    w.accept('a');
    expect(holdersOf(w)).toEqual([[2, 'a']]);
    expect(w.state.status).toBe('PENDING');
    expect(codeOf(w.accept('b'))).toBe('not_eligible');
    w.accept('e');
    expect(w.state).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'e' });
  });

  test('an SOS with a primary and nobody left to support is not escalated, and is looked at again', () => {
    const w = new World({ a: 100 }, { slots: slotsFor(3) }).raise();
    w.accept('a');
    for (let i = 0; i < 5; i++) w.tick();
    expect(w.state).toMatchObject({ status: 'ACCEPTED', escalationLevel: 0 });
    w.people.set('late', { distanceM: 200, eligible: true, skills: ['CPR'] });
    w.tick();
    expect(openOffers(w.state).map((o) => o.responderId)).toEqual(['late']);
  });
});

describe('who comes too late', () => {
  test('stays ready, up to as many as the policy keeps; the others hear the truth', () => {
    const w = two({ reservesMax: 1 });
    for (const id of ['a', 'b']) w.accept(id);
    expect(codeOf(w.accept('c'))).toBe('done');
    expect(codeOf(w.accept('c'))).toBe('done');
    expect(codeOf(w.accept('d'))).toBe('offer_filled');
    expect(reserves(w.state).map((o) => o.responderId)).toEqual(['c']);
  });

  test('stands ready once, also by two offers, and is asked once when a slot opens', () => {
    const w = two({ reservesMax: 3 });
    const [first] = [...w.state.offers.values()].filter(({ responderId }) => responderId === 'c');
    for (const id of ['a', 'b']) w.accept(id);
    w.ask(person('b'), { type: 'withdraw', reason: null });
    const [second] = openOffers(w.state).filter(({ responderId }) => responderId === 'c');
    w.accept('d');
    for (const offer of [second, first]) {
      expect(codeOf(w.ask(person('c'), { type: 'accept', offerId: offer?.id ?? '' }))).toBe('done');
    }
    expect(reserves(w.state).map((o) => o.responderId)).toEqual(['c']);
    w.ask(person('d'), { type: 'withdraw', reason: null });
    expect(openOffers(w.state).filter(({ responderId }) => responderId === 'c')).toHaveLength(1);
  });

  test('is asked first when a slot opens again, before who is nearer', () => {
    const w = two({ reservesMax: 1, ...wavesOf(1) });
    for (let i = 0; i < 4; i++) w.tick();
    w.accept('a');
    w.accept('b');
    w.accept('d');
    w.people.set('near', { distanceM: 10, eligible: true, skills: ['CPR'] });
    w.ask(person('b'), { type: 'withdraw', reason: null });
    expect(openOffers(w.state).map((o) => o.responderId)).toEqual(['d']);
    expect(reserves(w.state)).toEqual([]);
    w.accept('d');
    expect(holdersOf(w)).toEqual([
      [1, 'a'],
      [2, 'd'],
    ]);
  });
});

describe('a holder who does not move', () => {
  const still = () => {
    const w = two({ slots: slotsFor(1), noMovementMs: 150_000, nudgeGraceMs: 60_000 });
    w.accept('a');
    return w;
  };

  test('is asked, and then made up for by one more, and keeps the slot', () => {
    const w = still();
    w.tick();
    expect(w.log.at(-1)?.type).toBe('sos.holder_nudged');
    expect(w.nowMs - (w.state.acceptedAtMs ?? 0)).toBe(150_000);
    w.tick();
    expect(w.state.slots.map(({ behind }) => behind)).toEqual([null, 1]);
    expect(openOffers(w.state).length).toBeGreaterThan(0);
    w.accept('b');
    expect(holdersOf(w)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test.each(['depart', 'arrive', 'start'] as const)('is left alone once they %s', (type) => {
    const w = still();
    w.ask(person('a'), { type });
    expect(w.dueAtMs).toBeNull();
  });

  test('is believed when they move after being asked', () => {
    const w = still();
    w.tick();
    w.ask({ userId: '', isDispatcher: false }, { type: 'moved', responderId: 'a', what: 'departed' });
    w.nowMs += 600_000;
    w.tick();
    expect(w.state.slots).toHaveLength(1);
  });
});

describe('dispatchers', () => {
  test('send somebody who declined, and that is recorded', () => {
    const w = two();
    w.decline('a');
    w.ask(DISPATCHER, { type: 'assign', responderId: 'a', slot: null });
    expect(w.log.at(-1)).toMatchObject({
      type: 'sos.holder_assigned',
      data: { slot: 1, despite: 'declined' },
    });
  });

  test('send one more when every slot is filled, but nobody into a slot that is held', () => {
    const w = two({ slots: slotsFor(1) });
    w.accept('a');
    expect(codeOf(w.ask(DISPATCHER, { type: 'assign', responderId: 'b', slot: 1 }))).toBe('offer_filled');
    w.ask(DISPATCHER, { type: 'assign', responderId: 'b', slot: null });
    expect(holdersOf(w)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test('send nobody who holds another SOS, is unknown, or is who calls', () => {
    const w = two();
    w.busy.add('a');
    const assign = (responderId: string) =>
      codeOf(w.ask(DISPATCHER, { type: 'assign', responderId, slot: null }));
    expect([assign('a'), assign('nobody'), assign('requester')]).toEqual([
      'already_holding',
      'not_eligible',
      'not_eligible',
    ]);
  });

  test('on hold nobody is asked and nobody may accept; then the search goes on by itself', () => {
    const w = two();
    const early = w.offerOf('a');
    w.ask(DISPATCHER, { type: 'hold', forMs: 300_000, reason: 'is it safe?' });
    expect(openOffers(w.state)).toEqual([]);
    expect(codeOf(w.ask(person('a'), { type: 'accept', offerId: early }))).toBe('sos_held');
    expect(w.dueAtMs).toBe(w.nowMs + 300_000);
    w.tick();
    expect(w.state.holdUntilMs).toBeNull();
    expect(openOffers(w.state).length).toBeGreaterThan(0);
  });

  test('let somebody go without it counting against them: they may be asked again', () => {
    const w = two({ slots: slotsFor(1) });
    w.accept('a');
    w.ask(DISPATCHER, { type: 'release', responderId: 'a', reason: null });
    expect(w.state.declined.has('a')).toBe(false);
    expect(openOffers(w.state).map((o) => o.responderId)).toContain('a');
  });

  test('open a closed SOS again: nobody has accepted it, and the search begins anew', () => {
    const w = two();
    w.accept('a');
    w.ask(person('a'), { type: 'resolve' });
    w.ask(DISPATCHER, { type: 'reopen', reason: 'fell again' });
    expect(w.state).toMatchObject({
      status: 'PENDING',
      acceptedBy: null,
      acceptedAtMs: null,
      resolvedAtMs: null,
      closedAtMs: null,
    });
    expect(openOffers(w.state).length).toBeGreaterThan(0);
  });
});
