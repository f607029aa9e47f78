import { describe, expect, test } from 'vitest';
import { aSos } from '../client/testing/sos-view.ts';
import type { SosView } from '../protocol/down.ts';
import { courseOf, missionOf } from './mission.ts';

const [ME, OTHER] = ['me', 'another'];
type Slot = SosView['slots'][number];
const slot = (change: Partial<Slot>): Slot => ({
  slot: 1,
  role: 'PRIMARY',
  behind: null,
  holderId: ME,
  heldAtMs: 1,
  departedAtMs: null,
  arrivedAtMs: null,
  ...change,
});
const sosWith = (slots: Slot[], change: Partial<SosView> = {}) =>
  aSos({ sosId: 's', acceptedBy: ME, slots, ...change });

describe('the part of a primary', () => {
  test('goes from accepting to resolving, one big button at a time', () => {
    const steps = [
      sosWith([slot({})]),
      sosWith([slot({ departedAtMs: 2 })]),
      sosWith([slot({ departedAtMs: 2, arrivedAtMs: 3 })]),
      sosWith([slot({ departedAtMs: 2, arrivedAtMs: 3 })], { startedAtMs: 4 }),
    ].map((sos) => missionOf(sos, ME));
    expect(steps.map((mission) => [mission?.stage, mission?.next])).toEqual([
      ['accepted', 'depart'],
      ['on_the_way', 'arrive'],
      ['there', 'start'],
      ['helping', 'resolve'],
    ]);
  });

  test('is over with the SOS, and when somebody else holds the slot', () => {
    expect(missionOf(sosWith([slot({})], { closedAtMs: 9 }), ME)).toBeNull();
    expect(missionOf(sosWith([slot({ holderId: OTHER })]), ME)).toBeNull();
  });
});

test('a supporter does not say that help has begun, and knows who else comes', () => {
  const mine = slot({ slot: 2, role: 'SUPPORT', departedAtMs: 2, arrivedAtMs: 3 });
  const mission = missionOf(sosWith([slot({ holderId: OTHER }), mine], { acceptedBy: OTHER }), ME);
  expect(mission).toMatchObject({ role: 'SUPPORT', next: 'resolve' });
  expect(mission?.others.map(({ holderId }) => holderId)).toEqual([OTHER]);
});

test.each<[string, SosView]>([
  ['searching', sosWith([slot({ holderId: null })])],
  ['on_hold', sosWith([slot({ holderId: null })], { holdUntilMs: 5 })],
  ['needs_human', sosWith([slot({ holderId: null })], { status: 'ESCALATED' })],
  ['coming', sosWith([slot({})], { status: 'ACCEPTED' })],
  ['there', sosWith([slot({ arrivedAtMs: 4 })])],
  ['helping', sosWith([slot({ arrivedAtMs: 4 })], { startedAtMs: 5 })],
  ['over', sosWith([slot({})], { closedAtMs: 6 })],
])('the person in trouble is told: %s', (course, sos) => {
  expect(courseOf(sos)).toBe(course);
});
