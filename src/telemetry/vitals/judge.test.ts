import { describe, expect, test } from 'vitest';
import { SAMPLES_FROM_MS, sampleOf } from '../../testing/telemetry/samples.ts';
import type { Finding } from './finding.ts';
import { type Judgement, judge } from './judge.ts';
import { type JudgeState, NOTHING_KNOWN } from './judge-state.ts';
import { limitsOf } from './limits-of.ts';
import type { Sample } from './sample.ts';
import { NOTHING_SET, type ThresholdSettings } from './thresholds.ts';
import type { Vitals } from './vitals.ts';

const ADULT = { dateOfBirth: '1950-03-04' };
const WELL: Vitals = {
  heartRateBpm: 70,
  respirationPerMin: 16,
  spo2Pct: 98,
  onOxygen: false,
  systolicMmhg: 120,
  consciousness: 'A',
  temperatureC: 37,
};

function judged(
  samples: readonly Sample[],
  set: Partial<ThresholdSettings> = {},
  {
    person = ADULT,
    from = NOTHING_KNOWN,
  }: { person?: typeof ADULT | { dateOfBirth: null }; from?: JudgeState } = {},
) {
  const limits = limitsOf({ ...NOTHING_SET, ...set, version: 1 });
  let state = from;
  const findings: Finding[] = [];
  const all: Judgement[] = [];
  for (const sample of samples) {
    const judgement = judge(state, sample, limits, person);
    state = judgement.state;
    findings.push(...judgement.findings);
    all.push(judgement);
  }
  return { state, findings, all };
}

const told = (findings: readonly Finding[]) =>
  findings.map(
    ({ condition, state, severity, atMs }) =>
      `${(atMs - SAMPLES_FROM_MS) / 1_000} ${condition} ${state} ${severity}`,
  );

const everySecond = (fromS: number, toS: number, vitals: Vitals) =>
  Array.from({ length: toS - fromS + 1 }, (_, i) => sampleOf(fromS + i, vitals));

describe('a stream', () => {
  test('that crosses a limit is found once it has held for the duration', () => {
    const { findings } = judged([
      ...everySecond(0, 5, { heartRateBpm: 120 }),
      ...everySecond(6, 40, { heartRateBpm: 140 }),
    ]);
    expect(told(findings)).toEqual(['26 heart_rate_high holds MEDIUM']);
    expect(findings[0]?.detail).toMatchObject({ value: 140, limit: 131, level: 'warning', isSure: true });
  });

  test('is not found for noise: one good value begins the duration anew', () => {
    const noisy = Array.from({ length: 300 }, (_, i) =>
      sampleOf(i, { heartRateBpm: i % 15 === 0 ? 120 : 140 }),
    );
    expect(judged(noisy).findings).toEqual([]);
  });

  test('that goes on across the next limit is found again at once, when that has held', () => {
    const { findings } = judged([
      sampleOf(0, { heartRateBpm: 90 }),
      ...everySecond(1, 30, { heartRateBpm: 140 }),
      ...everySecond(31, 80, { heartRateBpm: 160 }),
    ]);
    expect(told(findings)).toEqual(['21 heart_rate_high holds MEDIUM', '51 heart_rate_high holds CRITICAL']);
  });

  test('is found again after the repeat time, and not sooner', () => {
    const { findings } = judged([
      sampleOf(0, { heartRateBpm: 90 }),
      ...everySecond(1, 2_000, { heartRateBpm: 140 }),
    ]);
    expect(told(findings)).toEqual([
      '21 heart_rate_high holds MEDIUM',
      '921 heart_rate_high holds MEDIUM',
      '1821 heart_rate_high holds MEDIUM',
    ]);
  });

  test('is over once it has been clear of the margin for the duration', () => {
    const { findings } = judged([
      sampleOf(0, { heartRateBpm: 90 }),
      ...everySecond(1, 30, { heartRateBpm: 140 }),
      ...everySecond(31, 300, { heartRateBpm: 127 }),
      ...everySecond(301, 330, { heartRateBpm: 125 }),
    ]);
    expect(told(findings)).toEqual(['21 heart_rate_high holds MEDIUM', '321 heart_rate_high over MEDIUM']);
  });

  test('whose first value is bad is found at once, but no single value of a device is critical', () => {
    const { findings } = judged(everySecond(0, 30, { spo2Pct: 80 }));
    expect(told(findings)).toEqual(['0 spo2_low holds HIGH', '20 spo2_low holds CRITICAL']);
    expect(findings.map(({ detail }) => detail.isSure)).toEqual([false, true]);
  });

  test('with values farther apart than the duration counts at each value', () => {
    const { findings } = judged([
      sampleOf(0, { spo2Pct: 97 }),
      sampleOf(3_600, { spo2Pct: 82 }),
      sampleOf(7_200, { spo2Pct: 82 }),
      sampleOf(10_800, { spo2Pct: 97 }),
    ]);
    expect(told(findings)).toEqual([
      '3600 spo2_low holds HIGH',
      '7200 spo2_low holds CRITICAL',
      '10800 spo2_low over CRITICAL',
    ]);
  });
});

describe('a single measurement', () => {
  test('that somebody made counts at once', () => {
    const manual = { source: 'manual' } as const;
    const { findings } = judged([
      ...everySecond(0, 3, { heartRateBpm: 80 }),
      sampleOf(4, { heartRateBpm: 160 }, manual),
      sampleOf(5, { heartRateBpm: 90 }, manual),
    ]);
    expect(told(findings)).toEqual(['4 heart_rate_high holds CRITICAL', '5 heart_rate_high over CRITICAL']);
  });

  test('that nobody stands by yet counts as that of a device', () => {
    const unseen = { source: 'fhir', isSeen: false } as const;
    const { findings } = judged([
      ...everySecond(0, 3, { heartRateBpm: 80 }),
      sampleOf(4, { heartRateBpm: 160 }, unseen),
      sampleOf(5, { heartRateBpm: 90 }, unseen),
    ]);
    expect(told(findings)).toEqual([]);
  });

  test.each([
    ['systolic_low', { systolicMmhg: 90 }, 'CRITICAL'],
    ['systolic_low', { systolicMmhg: 100.4 }, 'MEDIUM'],
    ['systolic_high', { systolicMmhg: 180 }, 'MEDIUM'],
    ['diastolic_high', { diastolicMmhg: 121 }, 'CRITICAL'],
    ['temperature_low', { temperatureC: 35.04 }, 'MEDIUM'],
    ['temperature_high', { temperatureC: 39.05 }, 'MEDIUM'],
    ['glucose_low', { glucoseMmolL: 2.9 }, 'CRITICAL'],
    ['glucose_high', { glucoseMmolL: 14 }, 'MEDIUM'],
    ['consciousness_reduced', { consciousness: 'C' }, 'HIGH'],
    ['consciousness_reduced', { consciousness: 'U' }, 'CRITICAL'],
  ] as const)('of a device finds %s for %j', (condition, vitals, severity) => {
    expect(told(judged([sampleOf(0, vitals)]).findings)).toEqual([`0 ${condition} holds ${severity}`]);
  });

  test.each([
    { systolicMmhg: 100.5 },
    { temperatureC: 35.05 },
    { temperatureC: 39.04 },
    { glucoseMmolL: 3.9 },
    { consciousness: 'A' },
  ] as const)('of %j is nothing', (vitals) => {
    expect(judged([sampleOf(0, vitals)]).findings).toEqual([]);
  });
});

describe('what is not judged', () => {
  test('values that can not be', () => {
    const { findings, state } = judged([sampleOf(0, { heartRateBpm: 400, temperatureC: 37 })]);
    expect(findings).toEqual([]);
    expect(state.current).not.toHaveProperty('heartRateBpm');
  });

  test('values that were measured before what is known', () => {
    const { findings, state } = judged([
      sampleOf(100, { systolicMmhg: 120 }),
      sampleOf(50, { systolicMmhg: 80, temperatureC: 37 }),
    ]);
    expect(findings).toEqual([]);
    expect(state.current.systolicMmhg?.value).toBe(120);
    expect(state.current.temperatureC?.value).toBe(37);
  });

  test('but a device that sends nothing else is found, and is over when it is mended', () => {
    const { findings } = judged([
      ...everySecond(0, 70, { heartRateBpm: 400 }),
      ...everySecond(71, 80, { heartRateBpm: 80 }),
    ]);
    expect(told(findings)).toEqual([
      '60 implausible_heart_rate holds LOW',
      '73 implausible_heart_rate over LOW',
    ]);
  });

  test('nor is a device found that sends something believable in between', () => {
    const mixed = Array.from({ length: 300 }, (_, i) =>
      sampleOf(i, { heartRateBpm: i % 4 === 0 ? 80 : 400 }),
    );
    expect(judged(mixed).findings).toEqual([]);
  });
});

describe('what is set for one person', () => {
  test('stands in place of the defaults', () => {
    const limits = {
      heartRateBpm: {
        lowCritical: null,
        lowWarning: null,
        highWarning: 100,
        highCritical: 110,
        margin: 2,
        durationMs: 0,
        repeatMs: null,
      },
    };
    expect(told(judged([sampleOf(0, { heartRateBpm: 35 })], { limits }).findings)).toEqual([]);
    expect(told(judged([sampleOf(0, { heartRateBpm: 110 })], { limits }).findings)).toEqual([
      '0 heart_rate_high holds CRITICAL',
    ]);
  });

  test('the maximum heart rate may be reached and not exceeded', () => {
    const set = { maxHeartRateBpm: 120, durationMs: 0 };
    expect(judged([sampleOf(0, { heartRateBpm: 120 })], set).findings).toEqual([]);
    expect(told(judged([sampleOf(0, { heartRateBpm: 121 })], set).findings)).toEqual([
      '0 heart_rate_over_max holds HIGH',
    ]);
  });

  test('a target makes exercise no alarm, a resting rate a slow heart none', () => {
    const set = { targetHeartRateBpm: 140, restingHeartRateBpm: 44, durationMs: 0 };
    for (const heartRateBpm of [149, 40, 35]) {
      expect(judged([sampleOf(0, { heartRateBpm })], set).findings).toEqual([]);
    }
    expect(told(judged([sampleOf(0, { heartRateBpm: 34 })], set).findings)).toEqual([
      '0 heart_rate_low holds MEDIUM',
    ]);
  });

  test('a goal of the blood pressure that is missed is the least of findings', () => {
    const bloodPressureGoal = { systolicLow: 110, systolicHigh: 130, diastolicLow: null, diastolicHigh: 80 };
    const { findings } = judged([sampleOf(0, { systolicMmhg: 131, diastolicMmhg: 80 })], {
      bloodPressureGoal,
    });
    expect(told(findings)).toEqual(['0 systolic_above_goal holds LOW']);
  });

  test('on scale 2 a saturation of 88 is well, and 97 is too much where oxygen is given', () => {
    const set = { spo2Scale: 2, durationMs: 0 } as const;
    expect(judged([sampleOf(0, { spo2Pct: 88 })], set).findings).toEqual([]);
    expect(told(judged([sampleOf(0, { spo2Pct: 85 })], set).findings)).toEqual(['0 spo2_low holds MEDIUM']);
    expect(judged([sampleOf(0, { spo2Pct: 97, onOxygen: false })], set).findings).toEqual([]);
    expect(judged([sampleOf(0, { spo2Pct: 97 })], set).findings).toEqual([]);
    expect(told(judged([sampleOf(0, { spo2Pct: 97, oxygenLpm: 2 })], set).findings)).toEqual([
      '0 spo2_high_on_oxygen holds MEDIUM',
      '0 news2_medium holds HIGH',
    ]);
  });

  test('a limit that is taken away ends what it had found', () => {
    const { state } = judged([sampleOf(0, { heartRateBpm: 121 })], { maxHeartRateBpm: 120, durationMs: 0 });
    const without = limitsOf({ ...NOTHING_SET, version: 2 });
    const { findings } = judge(state, sampleOf(1, { temperatureC: 37 }), without, ADULT);
    expect(told(findings)).toEqual(['1 heart_rate_over_max over HIGH']);
  });
});

describe('weight', () => {
  const DAY_S = 86_400;
  test('of more than 2 kg gained within three days is found', () => {
    const { findings } = judged([
      sampleOf(0, { weightKg: 80 }),
      sampleOf(DAY_S, { weightKg: 81 }),
      sampleOf(2 * DAY_S, { weightKg: 82 }),
      sampleOf(2.5 * DAY_S, { weightKg: 82.1 }),
      sampleOf(3.5 * DAY_S, { weightKg: 82.4 }),
      sampleOf(4.5 * DAY_S, { weightKg: 82.2 }),
    ]);
    expect(told(findings)).toEqual([
      `${2.5 * DAY_S} weight_gain holds MEDIUM`,
      `${3.5 * DAY_S} weight_gain over MEDIUM`,
    ]);
    expect(findings[0]?.detail).toMatchObject({ gainedKg: 2.1, value: 82.1 });
  });

  test('of longer ago does not count, nor is more remembered than the hours of three days', () => {
    const scale = Array.from({ length: 20_000 }, (_, i) => sampleOf(i * 60, { weightKg: 80 + i / 20_000 }));
    const { findings, state } = judged(scale);
    expect(findings).toEqual([]);
    expect(state.weights.length).toBeLessThanOrEqual(73);
  });
});

describe('NEWS2 of a stream, and what people write down meanwhile', () => {
  /** Well, with a pressure and everything else that people measure. */
  const well = sampleOf(
    0,
    { systolicMmhg: 120, temperatureC: 37, consciousness: 'A', onOxygen: false, respirationPerMin: 16 },
    { source: 'manual' },
  );
  const breathing = (atS: number, spo2Pct: number, heartRateBpm: number) =>
    sampleOf(atS, { spo2Pct, heartRateBpm });
  const ofScore = (findings: readonly Finding[]) => told(findings).filter((line) => line.includes('news2'));

  test('a weight on record makes nothing of a moment of noise', () => {
    const weight = sampleOf(23, { weightKg: 80 }, { source: 'manual' });
    const stream = [20, 21, 22].map((atS) => breathing(atS, 97, 80));
    const { findings } = judged([well, ...stream, breathing(22.5, 90, 135), weight, breathing(24, 97, 80)]);
    expect(ofScore(findings)).toEqual([]);
  });

  test('nor does a parameter that has no points', () => {
    const temperature = sampleOf(23, { temperatureC: 37.1 }, { source: 'manual' });
    const { findings } = judged([
      well,
      breathing(20, 97, 80),
      breathing(21, 97, 80),
      breathing(22.5, 90, 135),
      temperature,
    ]);
    expect(ofScore(findings)).toEqual([]);
  });

  test('a score that holds is not over by a temperature that is written down while the stream looks well', () => {
    const ill = Array.from({ length: 30 }, (_, i) => breathing(30 + i, 90, 135));
    const temperature = sampleOf(61, { temperatureC: 37.1 }, { source: 'manual' });
    const { findings, state } = judged([well, ...ill, breathing(60.5, 97, 80), temperature]);
    expect(ofScore(findings).filter((line) => line.includes('over'))).toEqual([]);
    expect(Object.keys(state.told).some((condition) => condition.startsWith('news2_'))).toBe(true);
  });
});

describe('NEWS2', () => {
  test('of a complete set is found by its risk, one at a time', () => {
    const manual = { source: 'manual' } as const;
    const { findings } = judged([
      sampleOf(0, WELL, manual),
      sampleOf(60, { respirationPerMin: 24, temperatureC: 38.5, heartRateBpm: 115 }, manual),
      sampleOf(120, { systolicMmhg: 101, spo2Pct: 95 }, manual),
      sampleOf(180, WELL, manual),
    ]);
    expect(told(findings)).toEqual([
      '60 news2_medium holds HIGH',
      '120 news2_high holds CRITICAL',
      '120 news2_medium over HIGH',
      '180 news2_high over CRITICAL',
    ]);
    expect(findings[1]?.detail).toMatchObject({
      total: 7,
      complete: true,
      missing: '',
      respirationPoints: 2,
    });
  });

  test('a single 3 in a complete set is low to medium', () => {
    const { findings } = judged([sampleOf(0, { ...WELL, consciousness: 'C' }, { source: 'manual' })]);
    expect(told(findings)).toEqual(['0 consciousness_reduced holds HIGH', '0 news2_low_medium holds MEDIUM']);
  });

  test('a watch alone is no score, and no news but that of its limit', () => {
    const { findings, all } = judged(everySecond(0, 60, { heartRateBpm: 135 }));
    expect(told(findings)).toEqual(['0 heart_rate_high holds MEDIUM']);
    expect(all.at(-1)?.result).toMatchObject({ score: { complete: false, total: null, atLeast: 3 } });
  });

  test('what an incomplete score has for certain counts, and what is missing is said', () => {
    const { findings } = judged([
      sampleOf(0, { respirationPerMin: 26, systolicMmhg: 95, heartRateBpm: 112 }, { source: 'manual' }),
    ]);
    expect(told(findings)).toContain('0 news2_high holds CRITICAL');
    expect(findings.at(-1)?.detail).toMatchObject({
      total: null,
      atLeast: 7,
      missing: 'spo2 oxygen consciousness temperature',
    });
  });

  test('what grows old counts no more, and what it leaves open ends nothing', () => {
    const bad = { ...WELL, respirationPerMin: 26, heartRateBpm: 112, systolicMmhg: 95 };
    const { findings, all } = judged([
      sampleOf(0, bad, { source: 'manual' }),
      sampleOf(3_600, { heartRateBpm: 112 }, { source: 'manual' }),
      sampleOf(3_660, WELL, { source: 'manual' }),
    ]);
    expect(all[1]?.result).toMatchObject({
      score: { total: null, atLeast: 4, stale: ['respiration', 'spo2'], missing: ['respiration', 'spo2'] },
    });
    expect(all[1]?.result).toMatchObject({ score: { agesMs: { respiration: 3_600_000, pulse: 0 } } });
    expect(told(findings).filter((line) => line.includes('news2'))).toEqual([
      '0 news2_high holds CRITICAL',
      '3660 news2_high over CRITICAL',
    ]);
  });

  test('is not for who is younger than 16, nor in a pregnancy, and says so', () => {
    const bad = sampleOf(0, { ...WELL, respirationPerMin: 26, heartRateBpm: 112, systolicMmhg: 95 });
    const young = judged([bad], {}, { person: { dateOfBirth: '2009-06-16' } });
    expect(young.all[0]?.result).toEqual({ applies: false, because: 'under_16' });
    const birthday = judged([bad], {}, { person: { dateOfBirth: '2009-06-15' } });
    expect(birthday.all[0]?.result).toMatchObject({ applies: true });
    const pregnant = judged([bad], { isPregnant: true });
    expect(pregnant.all[0]?.result).toEqual({ applies: false, because: 'pregnant' });
    for (const { findings } of [young, pregnant]) {
      expect(findings.some(({ type }) => type === 'news2')).toBe(false);
    }
  });

  test('of somebody of unknown age is scored and marked', () => {
    const { all } = judged([sampleOf(0, WELL)], {}, { person: { dateOfBirth: null } });
    expect(all[0]?.result).toMatchObject({ score: { total: 0, isAgeUnknown: true } });
  });

  test('ends when a pregnancy is put on record', () => {
    const { state } = judged([
      sampleOf(
        0,
        { ...WELL, respirationPerMin: 26, heartRateBpm: 112, systolicMmhg: 101 },
        { source: 'manual' },
      ),
    ]);
    const pregnant = limitsOf({ ...NOTHING_SET, isPregnant: true, version: 2 });
    const { findings } = judge(state, sampleOf(1, { temperatureC: 37 }), pregnant, ADULT);
    expect(told(findings)).toEqual(['1 news2_medium over HIGH']);
  });

  test('that people made complete or changed is kept at once', () => {
    const manual = { source: 'manual' } as const;
    const { all } = judged([
      sampleOf(0, { heartRateBpm: 70 }),
      sampleOf(1, WELL),
      sampleOf(2, { heartRateBpm: 95 }),
      sampleOf(3, { respirationPerMin: 22 }, manual),
      sampleOf(4, { respirationPerMin: 22 }, manual),
    ]);
    expect(all.map(({ keep }) => keep && (keep.total ?? 'incomplete'))).toEqual([
      'incomplete',
      0,
      null,
      3,
      null,
    ]);
  });

  test('of a stream is kept when it changes, at most once a minute unless the risk changes, and every hour', () => {
    const noisy = Array.from({ length: 7_200 }, (_, i) =>
      sampleOf(
        i,
        i === 0 ? WELL : { heartRateBpm: i < 300 && i % 2 ? 91 : 90, respirationPerMin: 16, spo2Pct: 98 },
      ),
    );
    const kept = judged(noisy).all.flatMap(({ keep }) => keep ?? []);
    expect(kept.map(({ atMs }) => (atMs - SAMPLES_FROM_MS) / 1_000)).toEqual([0, 61, 122, 183, 244, 3_844]);
  });
});
