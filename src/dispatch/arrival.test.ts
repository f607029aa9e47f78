import { describe, expect, test } from 'vitest';
import { arrivalOf, isNight } from './arrival.ts';
import { DEFAULT_RULE } from './rule.ts';

const NOTHING = { observedMps: null, asked: 0, accepted: 0, alerts7: 0, alerts30: 0 };
const arrive = (inputs: Partial<Parameters<typeof arrivalOf>[0]>, around = 10, atNight = false) =>
  arrivalOf({ distanceM: 460, ...NOTHING, ...inputs }, { around, isNight: atNight }, DEFAULT_RULE);

describe('expected arrival', () => {
  test('is turnout and the straight line at the speed of the place', () => {
    expect(arrive({})).toMatchObject({
      turnoutMs: 102_000,
      speedMps: 2.3,
      travelMs: 200_000,
      etaMs: 302_000,
    });
    expect(arrive({}, 10, true).turnoutMs).toBe(142_000);
    expect([arrive({}, 30).speedMps, arrive({}, 3).speedMps]).toEqual([1.8, 3.1]);
  });

  test('goes by the speed somebody was seen at, never below that of the place and never beyond belief', () => {
    expect([arrive({ observedMps: 8 }).speedMps, arrive({ observedMps: 1.2 }).speedMps]).toEqual([8, 2.3]);
    expect(arrive({ observedMps: 80 }).speedMps).toBe(14);
  });

  test('begins with what is known of everybody and learns from the answers of each', () => {
    expect(arrive({}).pArrive).toBeCloseTo(0.15);
    expect(arrive({ asked: 10, accepted: 10 }).pArrive).toBeCloseTo(0.575);
    expect(arrive({ asked: 90, accepted: 0 }).pArrive).toBeCloseTo(0.015);
    expect(arrive({ asked: 10, accepted: 10 }).scoreMs).toBeLessThan(arrive({}).scoreMs);
  });

  test('counts what somebody has had already, up to a limit', () => {
    expect(arrive({ alerts7: 2, alerts30: 3 }).fairnessMs).toBe(13_000);
    expect(arrive({ alerts7: 50, alerts30: 80 }).fairnessMs).toBe(60_000);
  });

  test('adds up', () => {
    const { etaMs, silenceMs, fairnessMs, scoreMs } = arrive({ alerts30: 1 });
    expect(scoreMs).toBe(etaMs + silenceMs + fairnessMs);
  });
});

test.each([
  ['Greenwich at noon', 12, 0, false],
  ['Greenwich at 21:59', 21.98, 0, false],
  ['Greenwich at 22', 22, 0, true],
  ['Greenwich at 06:59', 6.98, 0, true],
  ['San Francisco, where it is 4 in the morning at noon in Greenwich', 12, -122.4, true],
  ['Auckland, where it is midnight then', 12, 174.8, true],
  ['the antimeridian, either way round', 12, -180, true],
])('it is night by the sun: %s', (_where, hour, lng, expected) => {
  expect(isNight(hour * 3_600_000, lng)).toBe(expected);
});
