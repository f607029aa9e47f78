import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, policySchema } from './policy.ts';

const accepts = (change: object) => policySchema.safeParse({ ...DEFAULT_POLICY, ...change }).success;

describe('a policy', () => {
  test('by default is one that fits', () => {
    expect(accepts({})).toBe(true);
  });

  test('whose ring does not grow is refused: the search would never end', () => {
    expect(accepts({ radiusGrowth: 1 })).toBe(false);
    expect(accepts({ radiusGrowth: 1.000_001 })).toBe(false);
    expect(accepts({ radiusGrowth: 1.1 })).toBe(true);
  });

  test.each(['waveTimerMs', 'offerTtlMs', 'fixMaxAgeMs', 'escalatedRetryMs'])(
    'with a part of a millisecond in %s is refused: clients would refuse every offer made by it',
    (field) => {
      expect(accepts({ [field]: 83.3 })).toBe(false);
      expect(accepts({ [field]: 83 })).toBe(true);
    },
  );
});
