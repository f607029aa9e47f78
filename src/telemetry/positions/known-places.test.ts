import { expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import type { Stored } from '../lanes/plan.ts';
import type { KeptFix } from './fix.ts';
import { KnownPlaces } from './known-places.ts';

const HOME = { lat: 47.37, lng: 8.54 };
const someone = { userId: 'u1', deviceId: 'd1', epoch: 'e1' };

function fix(receivedAtMs: number, awayM: number, userId = someone.userId): Stored<KeptFix> {
  const at = { ...destination(HOME, 90, awayM), atMs: receivedAtMs, fixAtMs: receivedAtMs };
  const unsaid = { accuracyM: null, speedMps: null, headingDeg: null, altitudeM: null, batteryPct: null };
  return {
    device: { ...someone, userId },
    seq: 1,
    value: { late: false, fix: { ...at, ...unsaid } },
    receivedAtMs,
  };
}

test('the place of somebody unknown is written', () => {
  const places = new KnownPlaces();
  const first = [fix(0, 0)];
  expect(places.left(first)).toEqual(first);
});

test('whoever is within 25 m of their place in the store stays there for ten seconds', () => {
  const places = new KnownPlaces();
  places.committed([fix(0, 0)]);
  expect(places.left([fix(1_000, 24), fix(9_999, 1)])).toEqual([]);
  expect(places.left([fix(1_000, 26)])).toHaveLength(1);
  expect(places.left([fix(10_000, 0)])).toHaveLength(1);
});

test('what was left out moves nothing: many small steps add up', () => {
  const places = new KnownPlaces();
  places.committed([fix(0, 0)]);
  places.committed([fix(1_000, 20)]);
  expect(places.left([fix(2_000, 26)])).toHaveLength(1);
});

test('what was not committed is written when it is tried again', () => {
  const places = new KnownPlaces();
  const first = [fix(0, 0)];
  places.left(first);
  expect(places.left(first)).toEqual(first);
});

test('each person has a place of their own', () => {
  const places = new KnownPlaces();
  places.committed([fix(0, 0)]);
  expect(places.left([fix(1, 0), fix(1, 0, 'u2')])).toEqual([fix(1, 0, 'u2')]);
});
