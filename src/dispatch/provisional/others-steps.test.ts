import { expect, test } from 'vitest';
import { deciderOf } from './decider.ts';
import { OthersSteps } from './others-steps.ts';
import type { AnyStep } from './steps.ts';

const step = (sosId: string, id: string) => ({ id, sosId }) as AnyStep;

test('what a node decided is its own until it is taken over or written', () => {
  const others = new OthersSteps();
  others.heard('a', step('1', 'x'));
  others.heard('a', step('1', 'y'));
  others.heard('b', step('2', 'z'));
  expect([others.nodeOf('1'), others.nodeOf('2'), others.nodeOf('3')]).toEqual(['a', 'b', null]);
  expect(others.takeOver('1').map(({ id }) => id)).toEqual(['x', 'y']);
  expect([others.nodeOf('1'), others.takeOver('1')]).toEqual([null, []]);
  expect([others.forget('b'), others.nodeOf('2')]).toEqual([['2'], null]);
});

test('all who know the same nodes name the same, and when one goes only its SOS change hands', () => {
  const nodes = ['a', 'b', 'c', 'd'];
  const sosIds = Array.from({ length: 400 }, (_, i) => `sos ${i}`);
  const counts = new Map<string, number>();
  for (const sosId of sosIds) {
    const decider = deciderOf(sosId, nodes) ?? '';
    counts.set(decider, (counts.get(decider) ?? 0) + 1);
    expect(deciderOf(sosId, nodes.toReversed())).toBe(decider);
    if (decider !== 'd') expect(deciderOf(sosId, ['a', 'b', 'c'])).toBe(decider);
  }
  for (const node of nodes) expect(counts.get(node)).toBeGreaterThan(60);
  expect(deciderOf('1', [])).toBeNull();
});
