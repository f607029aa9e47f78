import { expect, test } from 'vitest';
import { deciderOf } from './decider.ts';
import { OthersSteps } from './others-steps.ts';
import type { AnyStep } from './steps.ts';

const key = (commandId: string) => ({ actorId: 'somebody', commandId, about: 'sos.create' });
const step = (sosId: string, id: string) => ({ id, sosId, key: key(id), outcome: { sosId } }) as AnyStep;

function heard({ bytesMax = 10_000 } = {}) {
  const counts: string[] = [];
  const others = new OthersSteps({
    metrics: { count: (name) => counts.push(name), gauge: () => {} },
    bytesMax,
  });
  return { others, counts };
}

test('what a node decided is its own until it is taken over or written', () => {
  const { others } = heard();
  others.heard('a', step('1', 'x'), 1);
  others.heard('a', step('1', 'y'), 1);
  others.heard('b', step('2', 'z'), 4);
  expect([others.nodeOf('1'), others.nodeOf('2'), others.nodeOf('3')]).toEqual(['a', 'b', null]);
  expect(others.stepsOf('1').map(({ id }) => id)).toEqual(['x', 'y']);
  expect(others.orphaned((nodeId) => nodeId === 'b')).toEqual(['1']);
  others.forgetSos('1');
  expect([others.nodeOf('1'), others.stepsOf('1')]).toEqual([null, []]);
});

test('a word that is older than what was decided since settles nothing of it', () => {
  const { others } = heard();
  others.heard('a', step('1', 'x'), 1);
  others.heard('a', step('2', 'y'), 2);
  expect(others.decidedBy('a', 1)).toEqual(['1']);
  expect(others.decidedBy('a', 2)).toEqual(['1', '2']);
  expect(others.decidedBy('b', 2)).toEqual([]);
});

test('who took an SOS over has numbers of its own: its word settles it, whatever the one before had counted', () => {
  const { others } = heard();
  others.heard('a', step('1', 'x'), 3);
  others.heard('b', step('1', 'x'), 1);
  expect(others.nodeOf('1')).toBe('b');
  expect(others.decidedBy('b', 1)).toEqual(['1']);
});

test('what was decided on less than is in the store is kept, and its node decides nothing by it', () => {
  const { others } = heard();
  others.heard('a', step('1', 'x'), 1, false);
  expect(others.nodeOf('1')).toBeNull();
  expect(others.orphaned(() => false)).toEqual(['1']);
  others.heard('a', step('1', 'y'), 1);
  others.heard('a', step('1', 'z'), 1, false);
  expect(others.nodeOf('1')).toBe('a');
});

test('a command that comes to this node after another has answered it has the same answer', () => {
  const { others } = heard();
  others.heard('a', step('1', 'x'), 1);
  expect(others.answerTo(key('x'))).toEqual({ sosId: '1', about: 'sos.create' });
  expect(others.answerTo(key('y'))).toBeNull();
  others.forgetSos('1');
  expect(others.answerTo(key('x'))).toBeNull();
});

test('a step that is heard twice is kept once, and all of an SOS takes the place of a part', () => {
  const { others } = heard();
  expect(others.heard('a', step('1', 'y'), 1)).toBe(true);
  expect(others.heard('a', step('1', 'y'), 1)).toBe(false);
  others.heardWhole('a', '1', [step('1', 'x'), step('1', 'y')], 1);
  expect(others.stepsOf('1').map(({ id }) => id)).toEqual(['x', 'y']);
});

test('what there is no room for is counted and not kept, and who decides is known all the same', () => {
  const { others, counts } = heard({ bytesMax: 10 });
  others.heard('a', step('1', 'x'), 1);
  expect([others.nodeOf('1'), others.stepsOf('1'), counts]).toEqual([
    'a',
    [],
    ['dispatch_others_steps_dropped_total'],
  ]);
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
