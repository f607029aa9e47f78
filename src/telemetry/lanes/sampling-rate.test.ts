import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import { intervalMs, type Level, loadLevel, NOTHING_SEEN, type Standing, seen } from './sampling-rate.ts';

const HOME = { lat: 47.37, lng: 8.54 };
const NOW = 1_750_000_000_000;
const fixAt = (eastM: number, batteryPct: number | null = null, speedMps: number | null = null) => ({
  ...destination(HOME, 90, eastM),
  accuracyM: 5,
  speedMps,
  batteryPct,
});
const standing = (change: Partial<Standing>): Standing => ({ ...NOTHING_SEEN, ...change });
const STILL = standing({ isMoving: false });

describe('how often to sample', () => {
  test.each([
    // lane, moving, battery, load, in an SOS, every so many seconds
    ['telemetry', true, 0, 0, false, 5],
    ['telemetry', false, 0, 0, false, 30],
    ['telemetry', true, 1, 0, false, 10],
    ['telemetry', true, 2, 0, false, 20],
    ['telemetry', true, 0, 1, false, 10],
    ['telemetry', true, 0, 2, false, 20],
    ['telemetry', false, 2, 2, false, 60],
    ['telemetry', false, 2, 0, true, 1],
    ['telemetry', true, 0, 1, true, 1],
    ['telemetry', true, 0, 2, true, 2],
    ['vitals', true, 0, 0, false, 1],
    ['vitals', false, 0, 0, false, 1],
    ['vitals', false, 1, 0, false, 2],
    ['vitals', false, 2, 0, false, 5],
    ['vitals', false, 0, 1, false, 2],
    ['vitals', false, 2, 2, false, 10],
    ['vitals', false, 2, 1, true, 1],
    ['vitals', false, 2, 2, true, 2],
  ] as const)('%s, moving %s, battery %s, load %s, in an SOS %s: every %s s', (...row) => {
    const [lane, isMoving, battery, load, isInvolved, everyS] = row;
    expect(intervalMs(lane, standing({ isMoving, battery }), { load, isInvolved })).toBe(everyS * 1_000);
  });

  test('is never too seldom to be found, and an SOS never makes it seldomer', () => {
    const level = fc.constantFrom<Level>(0, 1, 2);
    fc.assert(
      fc.property(fc.boolean(), level, level, (isMoving, battery, load) => {
        const about = standing({ isMoving, battery });
        for (const lane of ['telemetry', 'vitals'] as const) {
          const usual = intervalMs(lane, about, { load, isInvolved: false });
          expect(usual).toBeLessThanOrEqual(lane === 'telemetry' ? 60_000 : 10_000);
          expect(intervalMs(lane, about, { load, isInvolved: true })).toBeLessThanOrEqual(usual);
        }
      }),
    );
  });
});

describe('a device', () => {
  test('that is not known is taken to move', () => {
    expect(seen(NOTHING_SEEN, fixAt(0), NOW)).toMatchObject({ isMoving: true, movedAtMs: NOW });
  });

  test('comes to rest a minute after it moved last, and moves again by its speed or by the distance', () => {
    let at = seen(NOTHING_SEEN, fixAt(0), NOW);
    at = seen(at, fixAt(20), NOW + 59_999);
    expect(at.isMoving).toBe(true);
    at = seen(at, fixAt(25), NOW + 60_000);
    expect(at.isMoving).toBe(false);
    expect(seen(at, fixAt(25, null, 2), NOW + 61_000).isMoving).toBe(true);
    expect(seen(at, fixAt(31), NOW + 61_000).isMoving).toBe(true);
    expect(seen(at, { ...fixAt(80), accuracyM: 100 }, NOW + 61_000).isMoving).toBe(false);
  });

  test('that creeps is noticed: the distance is counted from where it rested', () => {
    let at = STILL;
    at = seen({ ...at, from: HOME }, fixAt(0), NOW);
    for (let i = 1; i <= 3; i++) at = seen(at, fixAt(i * 11), NOW + i * 30_000);
    expect(at.isMoving).toBe(true);
  });

  test.each([
    [0, 20, 0],
    [0, 19, 1],
    [0, 9, 2],
    [1, 25, 1],
    [1, 26, 0],
    [1, 10, 1],
    [2, 15, 2],
    [2, 16, 1],
    [2, 80, 0],
    [1, null, 1],
  ] as const)('whose battery level is %s and that shows %s percent is at level %s', (before, pct, after) => {
    expect(seen({ ...STILL, from: HOME, battery: before }, fixAt(0, pct), NOW).battery).toBe(after);
  });
});

test.each([
  [0, 0.5, 0],
  [0, 0.51, 1],
  [0, 0.81, 2],
  [1, 0.3, 1],
  [1, 0.29, 0],
  [1, 0.8, 1],
  [2, 0.6, 2],
  [2, 0.59, 1],
  [2, 0.1, 0],
] as const)('load %s with a room filled to %s becomes load %s', (before, fill, after) => {
  expect(loadLevel(before, fill)).toBe(after);
});

test('a value that trembles around a threshold changes nothing after the first time', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.31, max: 0.79, noNaN: true }), { minLength: 1 }), (fills) => {
      let level = loadLevel(0, 0.55);
      for (const fill of fills) level = loadLevel(level, fill);
      expect(level).toBe(1);
    }),
  );
});
