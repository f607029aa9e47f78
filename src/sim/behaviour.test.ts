import { describe, expect, test } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { BEHAVIOUR, drawAnswer, drawCancelMs, drawMission } from './behaviour.ts';
import { percentile } from './percentile.ts';

const DRAWS = 20_000;
const draw = <T>(seed: number, one: (random: () => number) => T): T[] => {
  const random = seededRandom(seed);
  return Array.from({ length: DRAWS }, () => one(random));
};
const share = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length / all.length;
const NOON_MS = 12 * 3_600_000;

describe('how people answer', () => {
  test('36.5 % accept, between the Danish and the Australian figure', () => {
    expect(share(draw(1, drawAnswer), (a) => a.kind === 'accept')).toBeCloseTo(0.365, 1);
  });

  test('no more answer than the 75.6 % who see the alert', () => {
    const answered = share(draw(2, drawAnswer), (a) => a.kind !== 'silence');
    expect(answered).toBeLessThan(BEHAVIOUR.seen);
    expect(answered).toBeGreaterThan(0.5);
  });

  test('turnout from the alert has its published medians by day and by night', () => {
    const turnoutS = (timeOfDayMs: number) =>
      percentile(
        draw(3, (random) => drawMission({ answeredAfterMs: 0, distanceM: 500, timeOfDayMs }, random)).flatMap(
          (m) => (m.kind === 'help' ? [m.startAfterMs / 1_000] : []),
        ),
        0.5,
      );
    expect(turnoutS(NOON_MS)).toBeCloseTo(105, -1);
    expect(turnoutS(NOON_MS * 2)).toBeCloseTo(142, -1);
    expect(turnoutS(0)).toBeCloseTo(142, -1);
  });

  test('travel has the published median and quartiles of speed', () => {
    const speeds = draw(4, (random) =>
      drawMission({ answeredAfterMs: 0, distanceM: 1_000, timeOfDayMs: NOON_MS }, random),
    ).flatMap((m) =>
      m.kind === 'help'
        ? [(1_000 * BEHAVIOUR.pathOverStraight) / ((m.arriveAfterMs - m.startAfterMs) / 1_000)]
        : [],
    );
    // A log-normal has to be symmetric about 2.3 where the published quartiles are not quite.
    for (const [share, mps] of [
      [0.25, 1.4],
      [0.5, 2.3],
      [0.75, 4],
    ] as const) {
      expect(Math.abs((percentile(speeds, share) ?? 0) / mps - 1)).toBeLessThan(0.05);
    }
  });

  test('few withdraw, and only before they would have arrived', () => {
    const missions = draw(5, (random) =>
      drawMission({ answeredAfterMs: 15_000, distanceM: 800, timeOfDayMs: NOON_MS }, random),
    );
    expect(share(missions, (m) => m.kind === 'withdraw')).toBeCloseTo(BEHAVIOUR.withdraws, 1);
    for (const mission of missions) {
      if (mission.kind !== 'help') continue;
      expect(mission.startAfterMs).toBeLessThan(mission.arriveAfterMs);
      expect(mission.arriveAfterMs).toBeLessThan(mission.resolveAfterMs);
    }
  });

  test('callers rarely cancel', () => {
    expect(share(draw(6, drawCancelMs), (ms) => ms !== null)).toBeCloseTo(BEHAVIOUR.cancels, 2);
  });

  test('the same seed gives the same people', () => {
    expect(draw(7, drawAnswer)).toEqual(draw(7, drawAnswer));
  });
});
