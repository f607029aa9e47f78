import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, policySchema, ruleFor } from './policy.ts';

const { base } = DEFAULT_POLICY;
const parsed = (change: object) =>
  policySchema.safeParse({ ...DEFAULT_POLICY, base: { ...base, ...change } });
const accepts = (change: object) => parsed(change).success;
const refusal = (change: object) => parsed(change).error?.issues[0]?.message ?? 'fits';

describe('a policy', () => {
  test('by default is one that fits', () => {
    expect(accepts({})).toBe(true);
  });

  test('whose ring does not grow is refused: the search would never end', () => {
    expect(accepts({ radiusGrowth: 1 })).toBe(false);
    expect(accepts({ radiusGrowth: 1.000_001 })).toBe(false);
    expect(accepts({ radiusGrowth: 1.1 })).toBe(true);
  });

  test.each(['waveTimerMs', 'offerTtlMs', 'fixMaxAgeMs', 'retryMs'])(
    'with a part of a millisecond in %s is refused: clients would refuse every offer made by it',
    (field) => {
      expect(accepts({ [field]: 83.3 })).toBe(false);
      expect(accepts({ [field]: 83 })).toBe(true);
    },
  );

  test.each([
    ['slots: the first is the PRIMARY', { slots: [{ role: 'SUPPORT', skills: [] }] }],
    ['slots: there is one PRIMARY', { slots: [base.slots[0], base.slots[0]] }],
    ['waveSizeMin: is larger than waveSizeMax', { waveSizeMin: 8, waveSizeMax: 7 }],
    ['radiusStartM: is larger than radiusMaxM', { radiusStartM: 3_000 }],
    ['ladder: dispatchers have to be on it', { ladder: [{ step: 'hand_off', afterMs: 1 }] }],
    [
      'ladder.1.afterMs: is before the rung below',
      {
        ladder: [
          { step: 'dispatchers', afterMs: 2 },
          { step: 'hand_off', afterMs: 1 },
        ],
      },
    ],
    [
      'ladder: hand_off comes after dispatchers',
      {
        ladder: [
          { step: 'hand_off', afterMs: 1 },
          { step: 'dispatchers', afterMs: 1 },
        ],
      },
    ],
  ])('that contradicts itself is refused: %s', (why, change) => {
    expect(refusal(change)).toMatch(`${why} (for `);
  });

  test('that contradicts itself by an override is refused, and says for what', () => {
    const body = { base, overrides: [{ emergencyType: 'FIRE', rule: { radiusMaxM: 100 } }] };
    expect(policySchema.safeParse(body).error?.issues[0]?.message).toContain('FIRE');
  });

  test('says the most by what names the most: a type weighs more than a priority', () => {
    const body = {
      base,
      overrides: [
        { emergencyType: 'FIRE' as const, priority: 'LOW' as const, rule: { alertsMax: 3 } },
        { emergencyType: 'FIRE' as const, rule: { alertsMax: 2 } },
        { priority: 'LOW' as const, rule: { alertsMax: 1, retryMs: 9 } },
      ],
    };
    const alerts = (...kind: Parameters<typeof ruleFor> extends [unknown, ...infer K] ? K : never) =>
      ruleFor(body, ...kind).alertsMax;
    expect([alerts('FIRE', 'LOW'), alerts('FIRE', 'HIGH'), alerts('CRIME', 'LOW')]).toEqual([3, 2, 1]);
    expect(alerts('CRIME', 'HIGH')).toBe(base.alertsMax);
    expect(ruleFor(body, 'FIRE', 'LOW').retryMs).toBe(9);
  });
});
