import { expect, test } from 'vitest';
import type { SimulatedFix } from './scenario.ts';
import { playTape } from './tape.ts';

const MINUTE_MS = 60_000;
const fix = (responder: number, minute: number, lat: number): SimulatedFix => ({
  responder,
  offsetMs: minute * MINUTE_MS,
  point: { lat, lng: 20 },
});

const recorded = [fix(0, 0, 10), fix(1, 1, 11), fix(0, 6, 12), fix(1, 9, 13)];

test('each fix of a recording is played once, when it is due', () => {
  const fixesUntil = playTape(recorded, 10 * MINUTE_MS);
  expect([...fixesUntil(6 * MINUTE_MS)]).toEqual(recorded.slice(0, 3));
  expect([...fixesUntil(6 * MINUTE_MS)]).toEqual([]);
  expect([...fixesUntil(10 * MINUTE_MS)]).toEqual(recorded.slice(3));
});

test('after its end people stand where they were last and say so once a minute', () => {
  const fixesUntil = playTape(recorded, 10 * MINUTE_MS);
  expect([...fixesUntil(10.9 * MINUTE_MS)]).toHaveLength(4);
  expect([...fixesUntil(11 * MINUTE_MS)]).toEqual([
    { ...fix(0, 11, 12), offsetMs: 11 * MINUTE_MS },
    { ...fix(1, 11, 13), offsetMs: 11 * MINUTE_MS },
  ]);
  expect([...fixesUntil(11.9 * MINUTE_MS)]).toEqual([]);
  expect([...fixesUntil(30 * MINUTE_MS)].map(({ responder }) => responder)).toEqual([0, 1]);
  expect([...fixesUntil(30.5 * MINUTE_MS)]).toEqual([]);
});

test('whoever had left before its end does not come back', () => {
  const fixesUntil = playTape(recorded, 12 * MINUTE_MS);
  expect([...fixesUntil(12 * MINUTE_MS)]).toHaveLength(4);
  expect([...fixesUntil(13 * MINUTE_MS)].map(({ responder }) => responder)).toEqual([1]);
});
