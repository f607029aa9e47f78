import { describe, expect, test } from 'vitest';
import { type Kept, stepFor } from './life.ts';
import type { Observed, Status } from './observation.ts';

const observed = (status: Status, value = 72): Observed => ({
  status,
  code: 'heartRateBpm',
  identifier: null,
  effective: { kind: 'dateTime', start: '2026-03-01', end: null },
  issued: null,
  measures: [{ sign: 'heartRateBpm', value, absent: null }],
  members: [],
  note: null,
  device: null,
});
const kept = (status: Status): Kept => ({
  id: 'x',
  personId: 'anna',
  version: 3,
  observed: observed(status),
  saidBy: 'nurse',
});
const incoming = (
  one: Observed,
  ifVersion: number | null = null,
  personId = 'anna',
  { by = 'nurse', isProfessional = false } = {},
) => ({
  personId,
  by,
  isProfessional,
  observed: one,
  ifVersion,
});

describe('an Observation that comes in', () => {
  test.each<[Status, Status, string]>([
    ['registered', 'final', 'revise'],
    ['preliminary', 'final', 'revise'],
    ['final', 'corrected', 'revise'],
    ['corrected', 'amended', 'revise'],
    ['amended', 'corrected', 'revise'],
    ['final', 'cancelled', 'revise'],
    ['corrected', 'entered-in-error', 'revise'],
    ['cancelled', 'entered-in-error', 'revise'],
    ['final', 'preliminary', 'older'],
    ['corrected', 'final', 'older'],
    ['cancelled', 'final', 'older'],
    ['entered-in-error', 'final', 'older'],
    ['entered-in-error', 'cancelled', 'older'],
    ['final', 'unknown', 'older'],
  ])('after %s as %s: %s, unless its sender names the version', (before, after, expected) => {
    expect(stepFor(kept(before), incoming(observed(after)))).toBe(expected);
    expect(stepFor(kept(before), incoming(observed(after), 3))).toBe('revise');
    expect(stepFor(kept(before), incoming(observed(after), 2))).toBe('version');
  });

  test('for the first time is made, unless it was to follow another', () => {
    expect(stepFor(null, incoming(observed('final')))).toBe('create');
    expect(stepFor(null, incoming(observed('final'), 1))).toBe('version');
  });

  test('again is the same, and with another value a version', () => {
    expect(stepFor(kept('final'), incoming(observed('final')))).toBe('same');
    expect(stepFor(kept('final'), incoming(observed('final', 73)))).toBe('revise');
  });

  test('changes what somebody else said only when a professional sends it; the same again hurts nobody', () => {
    const from = (by: string, isProfessional: boolean, value: number, ifVersion: number | null) =>
      stepFor(kept('final'), incoming(observed('final', value), ifVersion, 'anna', { by, isProfessional }));
    for (const ifVersion of [null, 3]) {
      expect(from('anna', false, 73, ifVersion)).toBe('not_theirs');
      expect(from('doctor', true, 73, ifVersion)).toBe('revise');
    }
    expect(from('anna', false, 72, null)).toBe('same');
  });

  test('never becomes that of somebody else, or of another vital sign', () => {
    expect(stepFor(kept('final'), incoming(observed('final'), 3, 'ben'))).toBe('other_person');
    const breaths: Observed = { ...observed('final'), code: 'respirationPerMin' };
    expect(stepFor(kept('final'), incoming(breaths))).toBe('other_code');
  });
});
