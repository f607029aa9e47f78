import { describe, expect, test } from 'vitest';
import { wavesOf } from '../testing/policy.ts';
import { World } from '../testing/world.ts';

const NOBODY = { userId: '', isDispatcher: false };
const RULE = { ...wavesOf(1), unreachableAfterMs: 10_000, waveTimerMs: 60_000, offerTtlMs: 60_000 };
const asked = ({ state }: World) => [...state.offers.values()].map(({ responderId }) => responderId);
const types = ({ log }: World) => log.map(({ type }) => type.replace('sos.', ''));
const received = (w: World, id: string) =>
  w.ask(NOBODY, { type: 'received', delivered: [w.offerOf(id)], seen: [] });

describe('an offer that no device says it has', () => {
  test('passes to the next person at its time, and not a moment earlier', () => {
    const w = new World({ near: 100, next: 200 }, RULE).raise();
    expect(w.dueAtMs).toBe(w.nowMs + 10_000);
    w.nowMs += 9_999;
    w.ask(NOBODY, { type: 'tick' });
    expect(asked(w)).toEqual(['near']);
    w.tick();
    expect(asked(w)).toEqual(['near', 'next']);
    expect(types(w)).toEqual(['created', 'wave_sent', 'offers_unreached', 'wave_sent']);
  });

  test('stands for a late yes', () => {
    const w = new World({ near: 100, next: 200 }, RULE).raise();
    w.tick();
    expect(w.accept('near').ok).toBe(true);
    expect(w.state.acceptedBy).toBe('near');
    expect(w.state.offers.get(w.offerOf('next'))?.closeReason).toBe('filled');
  });

  test('is not passed on when a device has said so in time', () => {
    const w = new World({ near: 100, next: 200 }, RULE).raise();
    received(w, 'near');
    expect(w.dueAtMs).toBe(w.nowMs + 60_000);
    w.nowMs += 10_000;
    w.ask(NOBODY, { type: 'tick' });
    expect(asked(w)).toEqual(['near']);
  });

  test('is made up for one by one: three of a wave who say nothing are three more', () => {
    const people = { a: 100, b: 110, c: 120, d: 130, e: 140, f: 150, g: 160 };
    const w = new World(people, { ...RULE, ...wavesOf(3) }).raise();
    w.tick();
    expect(asked(w)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(w.state.wave).toBe(1);
  });

  test('of everybody there is, is as if nobody were there: the ladder is climbed at once', () => {
    const w = new World({ near: 100 }, RULE).raise();
    w.tick();
    expect([w.state.status, types(w)]).toEqual([
      'ESCALATED',
      ['created', 'wave_sent', 'offers_unreached', 'escalated'],
    ]);
    // Whoever comes near is asked, though an offer is still open.
    w.people.set('late', { distanceM: 50, eligible: true, skills: w.people.get('near')?.skills ?? [] });
    w.ask(NOBODY, { type: 'search' });
    expect(asked(w)).toEqual(['near', 'late']);
  });

  test('is one like others again once a device has it', () => {
    const w = new World({ near: 100 }, RULE).raise();
    w.tick();
    received(w, 'near');
    const before = w.log.length;
    w.ask(NOBODY, { type: 'tick' });
    expect(w.log).toHaveLength(before);
  });
});
