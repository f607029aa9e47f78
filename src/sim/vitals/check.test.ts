import { describe, expect, test } from 'vitest';
import { checkVitals, impossibleIn, type Streamed } from './check.ts';
import { termsAt } from './terms.ts';
import type { StoredAlert, StoredPerson, StoredSample, StoredScore } from './vitals-reader.ts';

const PERSON = 'person';
const T0 = 1_800_000_000_000;

const sample = (seq: number, vitals: StoredSample['vitals'], doubted: string[] = []): StoredSample => ({
  seq,
  atMs: T0 + seq * 60_000,
  vitals,
  doubted,
  late: false,
});
const streamed = (sent: number, impossible: [string, number][] = []): Streamed => ({
  personId: PERSON,
  ageYears: 60,
  sent,
  acknowledged: sent,
  impossible: new Map(impossible),
});
const alert = (change: Partial<StoredAlert>): StoredAlert => ({
  condition: 'systolic_low',
  severity: 'CRITICAL',
  openedAtMs: T0 + 60_000,
  endedAtMs: null,
  ...change,
});

const low = sample(1, { systolicMmhg: 85 });
const score: StoredScore = {
  atMs: T0 + 60_000,
  total: null,
  atLeast: 3,
  risk: 'low_medium',
  points: { systolic: 3 },
};

const complaintsOf = (one: Streamed, stored: Partial<StoredPerson>) =>
  checkVitals([one], new Map([[PERSON, { samples: [], alerts: [], scores: [], ...stored }]]), {
    ...termsAt(1),
    singleMs: 0,
  }).complaints;

describe('vital signs computed again', () => {
  test('agree when everything is stored, flagged, alarmed and scored as it should be', () => {
    const samples = [low, sample(2, { systolicMmhg: 0 }, ['systolicMmhg']), sample(3, { systolicMmhg: 130 })];
    const alerts = [alert({ endedAtMs: T0 + 180_000 })];
    expect(complaintsOf(streamed(3, [['systolicMmhg', 1]]), { samples, alerts, scores: [score] })).toEqual(
      [],
    );
  });

  test.each([
    ['a lost sample', { samples: [], alerts: [] }, '1 acknowledged samples of person are not stored'],
    ['a sample that is stored twice', { samples: [low, low] }, 'samples of person are stored twice'],
    [
      'an alert that is missing',
      { alerts: [] },
      `person: there should be CRITICAL systolic_low at ${T0 + 60_000}, open`,
    ],
    [
      'an alert that should not be',
      { alerts: [alert({}), alert({ condition: 'heart_rate_high' })] },
      `person: there should not be CRITICAL heart_rate_high at ${T0 + 60_000}, open`,
    ],
    [
      'an alert of another severity',
      { alerts: [alert({ severity: 'MEDIUM' })] },
      `person: there should not be MEDIUM systolic_low at ${T0 + 60_000}, open`,
    ],
    [
      'an alert that was ended although it holds',
      { alerts: [alert({ endedAtMs: T0 })] },
      `person: there should not be CRITICAL systolic_low at ${T0 + 60_000}, over`,
    ],
    [
      'a wrong score',
      { scores: [{ ...score, atLeast: 2, points: { systolic: 2 } }] },
      `person: the score at ${T0 + 60_000} is at least 2 low_medium (systolic 2), it should be at least 3 low_medium (systolic 3)`,
    ],
  ])('%s is found', (_what, change, complaint) => {
    expect(complaintsOf(streamed(1), { samples: [low], alerts: [alert({})], ...change })).toContain(
      complaint,
    );
  });

  test('a score that was made of a hint may be a few milliseconds apart, and no more', () => {
    const at = (shiftMs: number) => ({
      samples: [low],
      alerts: [alert({})],
      scores: [{ ...score, atMs: score.atMs + shiftMs }],
    });
    expect(complaintsOf(streamed(1), at(20))).toEqual([]);
    expect(complaintsOf(streamed(1), at(80))).toHaveLength(1);
  });

  test('a value that can not be and is not flagged is found, and one that is flagged without reason', () => {
    const samples = [sample(1, { heartRateBpm: 500 }), sample(2, { spo2Pct: 97 }, ['spo2Pct'])];
    expect(complaintsOf(streamed(2, [['heartRateBpm', 1]]), { samples })).toEqual(
      expect.arrayContaining([
        "person: 1 values of heartRateBpm can't be, 0 are flagged",
        "person: 0 values of spo2Pct can't be, 1 are flagged",
      ]),
    );
  });

  test('a pressure whose lower end is the higher one can not be, either of it', () => {
    expect(impossibleIn({ systolicMmhg: 80, diastolicMmhg: 90, heartRateBpm: 70 })).toEqual([
      'systolicMmhg',
      'diastolicMmhg',
    ]);
    expect(impossibleIn({ systolicMmhg: -1, respirationPerMin: 61 })).toEqual([
      'systolicMmhg',
      'respirationPerMin',
    ]);
  });
});
