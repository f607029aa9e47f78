import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { highestRisk, NEWS2_PARAMETERS, type News2Observations, news2 } from './news2.ts';

const WELL: Required<News2Observations> = {
  respiration: 16,
  spo2: 98,
  oxygen: false,
  systolic: 120,
  pulse: 70,
  consciousness: 'A',
  temperature: 37,
};

type Row = readonly [value: number, points: number];

/** Both ends of every band of the chart, and one beyond. */
const BANDS: Readonly<Record<'respiration' | 'spo2' | 'systolic' | 'pulse' | 'temperature', readonly Row[]>> =
  {
    respiration: [
      [1, 3],
      [8, 3],
      [9, 1],
      [11, 1],
      [12, 0],
      [20, 0],
      [21, 2],
      [24, 2],
      [25, 3],
      [60, 3],
    ],
    spo2: [
      [30, 3],
      [91, 3],
      [92, 2],
      [93, 2],
      [94, 1],
      [95, 1],
      [96, 0],
      [100, 0],
    ],
    systolic: [
      [30, 3],
      [90, 3],
      [91, 2],
      [100, 2],
      [101, 1],
      [110, 1],
      [111, 0],
      [219, 0],
      [220, 3],
      [300, 3],
    ],
    pulse: [
      [20, 3],
      [40, 3],
      [41, 1],
      [50, 1],
      [51, 0],
      [90, 0],
      [91, 1],
      [110, 1],
      [111, 2],
      [130, 2],
      [131, 3],
      [300, 3],
    ],
    temperature: [
      [25, 3],
      [35, 3],
      [35.1, 1],
      [36, 1],
      [36.1, 0],
      [38, 0],
      [38.1, 1],
      [39, 1],
      [39.1, 2],
      [45, 2],
    ],
  };

describe('NEWS2 by the chart', () => {
  for (const [parameter, rows] of Object.entries(BANDS)) {
    test.each(rows)(`${parameter} of %d has %d points`, (value, points) => {
      const score = news2({ ...WELL, [parameter]: value }, 1);
      expect(score.parts[parameter as keyof typeof BANDS]?.score).toBe(points);
      expect(score.total).toBe(points);
    });
  }

  // Scale 2: 93 and more is nothing on air, and too much where oxygen is given.
  test.each([
    [30, 3, 3],
    [83, 3, 3],
    [84, 2, 2],
    [85, 2, 2],
    [86, 1, 1],
    [87, 1, 1],
    [88, 0, 0],
    [92, 0, 0],
    [93, 0, 1],
    [94, 0, 1],
    [95, 0, 2],
    [96, 0, 2],
    [97, 0, 3],
    [100, 0, 3],
  ])('saturation of %d on scale 2 has %d points on air and %d on oxygen', (spo2, onAir, onOxygen) => {
    expect(news2({ ...WELL, spo2, oxygen: false }, 2).total).toBe(onAir);
    expect(news2({ ...WELL, spo2, oxygen: true }, 2).total).toBe(onOxygen + 2);
  });

  test('scale 1 looks at no oxygen for the saturation', () => {
    expect(news2({ ...WELL, spo2: 97, oxygen: true }, 1).parts.spo2?.score).toBe(0);
    expect(news2({ ...WELL, spo2: 97, oxygen: true }, 1).total).toBe(2);
  });

  test.each([
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ] as const)('consciousness %s has %d points', (consciousness, points) => {
    expect(news2({ ...WELL, consciousness }, 1).total).toBe(points);
  });

  test('the worst of everything is 20', () => {
    const worst = news2(
      {
        respiration: 8,
        spo2: 80,
        oxygen: true,
        systolic: 80,
        pulse: 140,
        consciousness: 'U',
        temperature: 34,
      },
      1,
    );
    expect(worst).toMatchObject({ total: 20, risk: 'high', complete: true });
  });

  test.each([
    [36.04, 36, 1],
    [36.05, 36.1, 0],
    [38.05, 38.1, 1],
    [39.04, 39, 1],
    [35.05, 35.1, 1],
  ])('a temperature of %d is charted as %d', (temperature, charted, score) => {
    expect(news2({ ...WELL, temperature }, 1).parts.temperature).toEqual({
      measured: temperature,
      charted,
      score,
    });
  });

  test.each([
    ['spo2', 95.5, 96, 0],
    ['spo2', 95.4, 95, 1],
    ['pulse', 110.5, 111, 2],
    ['respiration', 20.4, 20, 0],
    ['systolic', 90.5, 91, 2],
  ] as const)('%s of %d is charted as %d', (parameter, measured, charted, score) => {
    expect(news2({ ...WELL, [parameter]: measured }, 1).parts[parameter]).toEqual({
      measured,
      charted,
      score,
    });
  });
});

describe('the clinical risk', () => {
  test.each([
    [{}, 0, 'low'],
    [{ respiration: 24, pulse: 111 }, 4, 'low'],
    [{ consciousness: 'C' }, 3, 'low_medium'],
    [{ consciousness: 'C', pulse: 91 }, 4, 'low_medium'],
    [{ respiration: 24, pulse: 111, temperature: 38.1 }, 5, 'medium'],
    [{ respiration: 25, pulse: 131 }, 6, 'medium'],
    [{ respiration: 25, pulse: 131, temperature: 38.1 }, 7, 'high'],
  ] as const)('of %j is %d points and %s', (changes, total, risk) => {
    expect(news2({ ...WELL, ...changes }, 1)).toMatchObject({ total, risk });
  });
});

describe('an incomplete score', () => {
  test('has no total, says what is missing, and what it is at least and at most', () => {
    expect(news2({ pulse: 131, systolic: 95, respiration: 24 }, 1)).toMatchObject({
      complete: false,
      total: null,
      missing: ['spo2', 'oxygen', 'consciousness', 'temperature'],
      atLeast: 7,
      atMost: 18,
      risk: 'high',
    });
  });

  test('of nothing is nothing', () => {
    expect(news2({}, 1)).toMatchObject({ total: null, atLeast: 0, atMost: 20, missing: NEWS2_PARAMETERS });
  });

  test('does not take air for granted: on scale 2 a high saturation waits for it', () => {
    const { oxygen: _, ...unknown } = { ...WELL, spo2: 95 };
    expect(news2(unknown, 2)).toMatchObject({ missing: ['spo2', 'oxygen'], total: null, atLeast: 0 });
    expect(news2({ ...unknown, spo2: 90 }, 2)).toMatchObject({ missing: ['oxygen'] });
    expect(news2(unknown, 1)).toMatchObject({ missing: ['oxygen'] });
  });

  test('lies between its ends, whatever the rest turns out to be', () => {
    const whole = fc.record({
      respiration: fc.integer({ min: 1, max: 60 }),
      spo2: fc.integer({ min: 30, max: 100 }),
      oxygen: fc.boolean(),
      systolic: fc.integer({ min: 30, max: 300 }),
      pulse: fc.integer({ min: 20, max: 300 }),
      consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
      temperature: fc.integer({ min: 250, max: 450 }).map((tenths) => tenths / 10),
    });
    fc.assert(
      fc.property(
        whole,
        fc.subarray([...NEWS2_PARAMETERS]),
        fc.constantFrom(1, 2),
        (observed, known, scale) => {
          const all = news2(observed as News2Observations, scale as 1 | 2);
          const part = news2(
            Object.fromEntries(known.map((parameter) => [parameter, observed[parameter]])),
            scale as 1 | 2,
          );
          expect(part.atLeast).toBeLessThanOrEqual(all.total ?? -1);
          expect(part.atMost).toBeGreaterThanOrEqual(all.total ?? 99);
          const risks = ['low', 'low_medium', 'medium', 'high'];
          expect(risks.indexOf(part.risk)).toBeLessThanOrEqual(risks.indexOf(all.risk));
          expect(risks.indexOf(highestRisk(part))).toBeGreaterThanOrEqual(risks.indexOf(all.risk));
        },
      ),
    );
  });
});
