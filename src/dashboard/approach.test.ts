import { describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { approachTo, arrowDeg, etaMinutes, type Sighting, sighted, windOf } from './approach.ts';

const PLACE = { lat: 47.37, lng: 8.54 };
const at = (meters: number, atMs: number): Sighting => ({ ...destination(PLACE, 90, meters), atMs });

describe('somebody on the way', () => {
  test('whose speed is not known yet is expected by a usual one', () => {
    const way = approachTo(PLACE, [at(1_200, 0)]);
    expect(way?.distanceM).toBeCloseTo(1_200, 0);
    expect(way?.bearingDeg).toBeCloseTo(270, 0);
    expect(way?.etaMs).toBeCloseTo(300_000, -3);
  });

  test('is expected by how fast they come closer', () => {
    const seen = [at(2_000, 0), at(1_700, 30_000), at(1_400, 60_000)];
    expect(approachTo(PLACE, seen)?.etaMs).toBeCloseTo(140_000, -3);
  });

  test('who drives away or stands is not said to come sooner or never', () => {
    expect(approachTo(PLACE, [at(400, 0), at(800, 30_000)])?.etaMs).toBeCloseTo(200_000, -3);
    expect(approachTo(PLACE, [at(400, 0), at(395, 60_000)])?.etaMs).toBeCloseTo(98_750, -3);
  });

  test('who is there has no direction left', () => {
    expect(approachTo(PLACE, [at(10, 0)])).toMatchObject({ bearingDeg: null, etaMs: 0 });
    expect(approachTo(PLACE, [])).toBeNull();
  });
});

test('sightings are kept as long as they tell a speed, and never go back', () => {
  let seen: Sighting[] = [];
  for (let s = 0; s <= 300; s += 30) seen = sighted(seen, at(3_000 - s, s * 1_000));
  expect(seen.map(({ atMs }) => atMs)).toEqual([210_000, 240_000, 270_000, 300_000]);
  expect(sighted(seen, at(1, 5))).toEqual(seen);
});

test('directions are said as one of eight winds', () => {
  expect([0, 22, 23, 90, 200, 338, 359, -90].map(windOf)).toEqual([
    'north',
    'north',
    'north_east',
    'east',
    'south',
    'north',
    'north',
    'west',
  ]);
});

test('the arrow turns with the phone', () => {
  expect(arrowDeg(90, null)).toBe(90);
  expect(arrowDeg(90, 90)).toBe(0);
  expect(arrowDeg(10, 350)).toBe(20);
});

test('arrivals are said in whole minutes', () => {
  expect([null, 0, 29_000, 95_000].map(etaMinutes)).toEqual([null, 1, 1, 2]);
});
