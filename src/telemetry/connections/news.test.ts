import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sample } from '../vitals/sample.ts';
import { doubtsOf, type VitalName, type Vitals } from '../vitals/vitals.ts';
import { byInstant, unknownOf } from './news.ts';

const sample = (recordedAtMs: number, vitals: Vitals): Sample => ({
  personId: 'p',
  recordedAtMs,
  receivedAtMs: 1_000,
  source: 'sync',
  vitals,
  doubts: doubtsOf(vitals),
  late: true,
});

describe('what a provider repeats', () => {
  test('is kept once, as it was first said; what is new of the same instant is kept too', () => {
    const known = new Map<number, Set<VitalName>>([[1, new Set(['heartRateBpm'])]]);
    const said = [sample(1, { heartRateBpm: 80, spo2Pct: 97 }), sample(2, { heartRateBpm: 500 })];
    expect(unknownOf([...said, ...said], known)).toEqual([
      { ...sample(1, { spo2Pct: 97 }), doubts: {} },
      { ...sample(2, { heartRateBpm: 500 }), doubts: { heartRateBpm: 'above_plausible' } },
    ]);
  });

  test('in whatever pieces and how often, leaves each vital sign of each instant once', () => {
    const vitals = fc.record(
      { heartRateBpm: fc.integer({ min: 40, max: 200 }), spo2Pct: fc.integer({ min: 80, max: 100 }) },
      { requiredKeys: [] },
    );
    const said = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), vitals), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 6 }), (batches) => {
        const known = new Map<number, Set<VitalName>>();
        const kept = batches.flatMap((batch) =>
          unknownOf(byInstant(batch.map(([at, vital]) => sample(at, vital))), known),
        );
        const seen = kept.flatMap(({ recordedAtMs, vitals: of }) =>
          Object.keys(of).map((name) => `${recordedAtMs} ${name}`),
        );
        expect(new Set(seen).size).toBe(seen.length);
        const all = batches.flat().flatMap(([at, of]) => Object.keys(of).map((name) => `${at} ${name}`));
        expect(new Set(seen)).toEqual(new Set(all));
      }),
    );
  });
});
