import type { Sample } from '../vitals/sample.ts';
import type { Doubts, VitalName, Vitals } from '../vitals/vitals.ts';

export const byInstant = (samples: readonly Sample[]): Sample[] =>
  [...samples].sort((a, b) => a.recordedAtMs - b.recordedAtMs);

/**
 * What of samples is not stored yet: a vital sign of an instant is kept once, as it was first said, however often and in
 * whatever records a provider repeats it. `known` says what is stored of each instant, and is added to.
 */
export function unknownOf(samples: readonly Sample[], known: Map<number, Set<VitalName>>): Sample[] {
  return samples.flatMap((sample) => {
    const there = known.get(sample.recordedAtMs) ?? new Set();
    const names = (Object.keys(sample.vitals) as VitalName[]).filter((name) => !there.has(name));
    if (names.length === 0) return [];
    known.set(sample.recordedAtMs, new Set([...there, ...names]));
    return [{ ...sample, vitals: only(sample.vitals, names), doubts: only(sample.doubts, names) }];
  });
}

const only = <Of extends Vitals | Doubts>(all: Of, names: readonly VitalName[]): Of =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name as VitalName))) as Of;
