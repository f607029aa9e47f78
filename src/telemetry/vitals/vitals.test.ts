import { describe, expect, test } from 'vitest';
import { believed, doubtsOf } from './vitals.ts';

describe('what a person can have', () => {
  test('is believed up to both ends', () => {
    expect(doubtsOf({ heartRateBpm: 20, spo2Pct: 100, respirationPerMin: 60, temperatureC: 25 })).toEqual({});
  });

  test('what lies outside is doubted, each by itself', () => {
    const vitals = { systolicMmhg: 0, respirationPerMin: 61, heartRateBpm: 80, consciousness: 'A' } as const;
    const doubts = doubtsOf(vitals);
    expect(doubts).toEqual({ systolicMmhg: 'below_plausible', respirationPerMin: 'above_plausible' });
    expect(believed(vitals, doubts)).toEqual({ heartRateBpm: 80, consciousness: 'A' });
  });

  test('a diastolic that is not below its systolic pressure makes both doubtful', () => {
    expect(doubtsOf({ systolicMmhg: 80, diastolicMmhg: 80 })).toEqual({
      systolicMmhg: 'contradicts',
      diastolicMmhg: 'contradicts',
    });
    expect(doubtsOf({ systolicMmhg: 81, diastolicMmhg: 80 })).toEqual({});
  });
});
