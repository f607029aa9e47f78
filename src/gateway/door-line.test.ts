import { expect, test } from 'vitest';
import { noMetrics } from '../lib/metric.ts';
import { DoorLine } from './door-line.ts';

/** Of two milliseconds of a turn, 32 take so long; those who call for help have four. */
const QUICK_MS = 2 / 32;

function setUp({ answerTakesMs = QUICK_MS } = {}) {
  const turns: (() => void)[] = [];
  let nowMs = 0;
  const line = new DoorLine({
    step: 'handshake',
    metrics: noMetrics,
    clock: { monotonicMs: () => nowMs },
    nextTurn: (fn) => turns.push(fn),
  });
  const answered: string[] = [];
  const gone = new Set<string>();
  const answer = (name: string) => {
    answered.push(name);
    nowMs += answerTakesMs;
  };
  const take = (name: string, isUrgent = false) =>
    line.take({ isUrgent, isGone: () => gone.has(name), answer: () => answer(name) });
  return { line, take, answered, gone, turns, turn: () => turns.splice(0).map((fn) => fn()) };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

test('few are answered as they come', () => {
  const { take, answered } = setUp();
  for (const name of many(32)) take(name);
  expect(answered).toEqual(many(32));
});

test('many are answered so many per turn, in order, until nobody waits and no turn is awaited', () => {
  const { line, take, answered, turn, turns } = setUp();
  for (const name of many(100)) take(name);
  expect(answered).toHaveLength(32);
  turn();
  expect(answered).toHaveLength(64);
  for (let i = 0; i < 3; i++) turn();
  expect(answered).toEqual(many(100));
  expect(line.waiting).toBe(0);
  expect(turns).toHaveLength(0);
});

test('where each takes longer fewer are answered per turn, and one always is', () => {
  const slow = setUp({ answerTakesMs: 1 });
  for (const name of many(7)) slow.take(name);
  expect(slow.answered).toHaveLength(2);
  slow.turn();
  expect(slow.answered).toHaveLength(4);
  const stuck = setUp({ answerTakesMs: 100 });
  for (const name of many(2)) stuck.take(name);
  expect(stuck.answered).toHaveLength(1);
  stuck.turn();
  expect(stuck.answered).toHaveLength(2);
});

test('who calls for help passes the line, and has room of their own in each turn', () => {
  const { take, answered, turn } = setUp();
  for (const name of many(100)) take(name);
  take('sos', true);
  expect(answered.at(-1)).toBe('sos');
  for (const name of many(40)) take(`sos ${name}`, true);
  expect(answered).toHaveLength(64);
  turn();
  expect(answered.slice(64, 73).every((name) => name.startsWith('sos'))).toBe(true);
  expect(answered).toHaveLength(96);
});

test('who has gone is not answered and takes nobody a place', () => {
  const { take, answered, gone, turn } = setUp();
  for (const name of many(65)) take(name);
  gone.add('40');
  turn();
  expect(answered).toEqual(many(65).filter((name) => name !== '40'));
});

test('a line that is full refuses, and answers whom it has', () => {
  const { line, take, answered, turns, turn } = setUp();
  const took = many(32_768 + 33).filter((name) => take(name));
  expect(took).toHaveLength(32_768 + 32);
  while (turns.length > 0) turn();
  expect(answered).toEqual(took);
  expect(line.waiting).toBe(0);
});
