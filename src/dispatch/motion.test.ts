import { expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { Motion } from './motion.ts';

const HERE = { lat: 47.37, lng: 8.54 };
/** Positions `everyMs` apart, each so many metres farther north. */
function walk(meters: readonly number[], everyMs: number): Motion {
  const motion = new Motion();
  let point = HERE;
  [0, ...meters].forEach((step, i) => {
    point = destination(point, 0, step);
    motion.seen(point, i * everyMs);
  });
  return motion;
}

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
