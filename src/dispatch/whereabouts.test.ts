import { expect, test } from 'vitest';
import { destination, type LatLng } from '../geo/lat-lng.ts';
import { Whereabouts } from './whereabouts.ts';

const HERE = { lat: 47.37, lng: 8.54 };
const SOMEBODY = 1_500;

/** Positions `everyMs` apart, each so many metres farther north. */
function walk(meters: readonly number[], everyMs: number) {
  const whereabouts = new Whereabouts();
  whereabouts.begin(SOMEBODY);
  const seen = ({ lat, lng }: LatLng, atMs: number) => whereabouts.move(SOMEBODY, lat, lng, atMs, true);
  let point = HERE;
  [0, ...meters].forEach((step, i) => {
    point = destination(point, 0, step);
    seen(point, i * everyMs);
  });
  return { whereabouts, seen, speedMps: (nowMs: number) => whereabouts.speedMpsOf(SOMEBODY, nowMs) };
}

test('everybody has a place of their own, before and after there is room for more', () => {
  const whereabouts = new Whereabouts();
  for (const handle of [0, 1, 2_000, 9_000]) {
    whereabouts.begin(handle);
    expect([whereabouts.pointOf(handle), whereabouts.move(handle, handle / 100, 1, 5, handle > 1)]).toEqual([
      null,
      true,
    ]);
  }
  expect([0, 1, 2_000, 9_000].map((handle) => whereabouts.pointOf(handle)?.lat)).toEqual([0, 0.01, 20, 90]);
  expect([1, 2_000].map((handle) => whereabouts.ownFixAtMsOf(handle))).toEqual([Number.NaN, 5]);
  whereabouts.forget(1);
  expect([0, 1, 2_000].map((handle) => whereabouts.atMsOf(handle))).toEqual([5, Number.NaN, 5]);
});

test('whoever sets out or stops is told of, and who merely goes on is not', () => {
  const { whereabouts, seen } = walk([], 0);
  const [far, farther] = [destination(HERE, 0, 100), destination(HERE, 0, 200)];
  expect([seen(far, 10_000), seen(farther, 20_000), whereabouts.isMoving(SOMEBODY)]).toEqual([
    true,
    false,
    true,
  ]);
  expect([30_000, 40_000, 50_000, 60_000].map((atMs) => seen(farther, atMs))).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('the speed is what positions show, smoothed so that one jump does not decide', () => {
  expect(walk([80], 10_000).speedMps(10_000)).toBeCloseTo(8);
  expect(walk([80, 0], 10_000).speedMps(20_000)).toBeCloseTo(4);
});

test('what a receiver indoors wanders by itself is standing', () => {
  expect(walk([8], 10_000).speedMps(10_000)).toBeNull();
});

test('positions of the same moment, as in a batch, say nothing of speed', () => {
  expect(walk([30, 30, 30], 1_000).speedMps(3_000)).toBeNull();
  expect(walk([30, 30, 30], 2_000).speedMps(6_000)).toBeCloseTo(15);
});

test('what was seen long ago is forgotten, by the next position and by time', () => {
  const moving = walk([80], 10_000);
  expect(moving.speedMps(130_000)).toBeCloseTo(8);
  expect(moving.speedMps(130_001)).toBeNull();
  moving.seen(HERE, 200_000);
  expect(moving.speedMps(200_000)).toBeNull();
});

test('a position from before the last one changes no speed to something endless', () => {
  const moving = walk([80], 10_000);
  moving.seen(HERE, 5_000);
  expect(moving.speedMps(5_000)).toBeNull();
});
