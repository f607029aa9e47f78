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
  const reportsUntil = playTape(recorded, 10 * MINUTE_MS);
  expect([...reportsUntil(6 * MINUTE_MS)]).toEqual(recorded.slice(0, 3));
  expect([...reportsUntil(6 * MINUTE_MS)]).toEqual([]);
  expect([...reportsUntil(10 * MINUTE_MS)]).toEqual(recorded.slice(3));
});

test('after its end people stand where they are and say so once a minute', () => {
  const reportsUntil = playTape(recorded, 10 * MINUTE_MS);
  expect([...reportsUntil(10.9 * MINUTE_MS)]).toHaveLength(4);
  expect([...reportsUntil(11 * MINUTE_MS)]).toEqual([
    { responder: 0, offsetMs: 11 * MINUTE_MS, point: null },
    { responder: 1, offsetMs: 11 * MINUTE_MS, point: null },
  ]);
  expect([...reportsUntil(11.9 * MINUTE_MS)]).toEqual([]);
  expect([...reportsUntil(30 * MINUTE_MS)].map(({ responder }) => responder)).toEqual([0, 1]);
  expect([...reportsUntil(30.5 * MINUTE_MS)]).toEqual([]);
});

test('whoever had left before its end does not come back', () => {
  const reportsUntil = playTape(recorded, 12 * MINUTE_MS);
  expect([...reportsUntil(12 * MINUTE_MS)]).toHaveLength(4);
  expect([...reportsUntil(13 * MINUTE_MS)].map(({ responder }) => responder)).toEqual([1]);
});
