import { describe, expect, test } from 'vitest';
import { SAMPLES_FROM_MS, sampleOf } from '../../testing/telemetry/samples.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { type JudgeState, NOTHING_KNOWN } from './judge-state.ts';
import type { Limits } from './limits.ts';
import { limitsOf } from './limits-of.ts';
import type { Sample } from './sample.ts';
import { silentAt } from './silence.ts';
import { NOTHING_SET, type ThresholdSettings } from './thresholds.ts';

const PERSON = '00000000-0000-4000-8000-000000000001';
const ms = (atS: number) => SAMPLES_FROM_MS + atS * 1_000;
const told = (findings: readonly Finding[]) =>
  findings.map(
    ({ condition, state, severity, atMs }) =>
      `${(atMs - SAMPLES_FROM_MS) / 1_000} ${condition} ${state} ${severity}`,
  );
const limits = (set: Partial<ThresholdSettings> = {}) =>
  limitsOf({ ...NOTHING_SET, ...set, version: 1, changedAtMs: ms(0) });

function heard(samples: readonly Sample[], by: Limits = limits(), from = NOTHING_KNOWN) {
  let state: JudgeState = from;
  const findings: Finding[] = [];
  for (const sample of samples) {
    const judgement = judge(state, sample, by, { dateOfBirth: null });
    state = judgement.state;
    findings.push(...judgement.findings);
  }
  return { state, findings };
}

const stream = (count: number, fromS = 0) =>
  Array.from({ length: count }, (_, i) => sampleOf(fromS + i, { heartRateBpm: 80 }));
const at = (state: JudgeState, atS: number, by: Limits = limits(), sinceMs = 0) =>
  silentAt(state, by.noData, PERSON, { nowMs: ms(atS), sinceMs });

describe('a stream that stops', () => {
  test('is found after ten minutes, as of then, once', () => {
    const { state } = heard(stream(20));
    expect(at(state, 618).findings).toEqual([]);
    const silent = at(state, 700);
    expect(told(silent.findings)).toEqual(['619 no_data_heart_rate holds MEDIUM']);
    expect(at(silent.state, 9_000).findings).toEqual([]);
  });

  test('is over when it comes again, believable or not, and not when somebody measures by hand', () => {
    const { state } = at(heard(stream(20)).state, 700);
    const byHand = heard([sampleOf(800, { heartRateBpm: 80 }, { source: 'manual' })], limits(), state);
    expect(byHand.findings).toEqual([]);
    const again = heard([sampleOf(900, { heartRateBpm: 400 })], limits(), byHand.state);
    expect(told(again.findings)).toEqual(['900 no_data_heart_rate over MEDIUM']);
  });

  test('is none of a few values, nor of values that were hours apart', () => {
    expect(at(heard(stream(9)).state, 10_000).findings).toEqual([]);
    const apart = Array.from({ length: 30 }, (_, i) => sampleOf(i * 3_600, { heartRateBpm: 80 }));
    expect(at(heard(apart).state, 1_000_000).findings).toEqual([]);
  });

  test('is not held against the device while nobody listened', () => {
    const { state } = heard(stream(20));
    expect(at(state, 5_000, limits(), ms(4_500)).findings).toEqual([]);
    expect(told(at(state, 5_100, limits(), ms(4_500)).findings)).toEqual([
      '5100 no_data_heart_rate holds MEDIUM',
    ]);
  });
});

describe('data that were ordered', () => {
  const ordered = limits({ expected: ['weightKg'], noDataAfterMs: 86_400_000 });

  test('are missed by whoever made them, also when they never came', () => {
    expect(told(at(NOTHING_KNOWN, 86_400, ordered).findings)).toEqual(['86400 no_data_weight holds HIGH']);
    const { state } = heard([sampleOf(3_600, { weightKg: 80 }, { source: 'manual' })], ordered);
    expect(at(state, 86_400, ordered).findings).toEqual([]);
    expect(told(at(state, 90_000, ordered).findings)).toEqual(['90000 no_data_weight holds HIGH']);
  });

  test('are missed no more once they are not ordered', () => {
    const silent = at(NOTHING_KNOWN, 86_400, ordered);
    const { findings } = at(silent.state, 86_401, limits({ expected: [] }));
    expect(told(findings)).toEqual(['86401 no_data_weight over HIGH']);
  });

  test('are the only ones that are missed', () => {
    expect(at(heard(stream(20), ordered).state, 80_000, ordered).findings).toEqual([]);
  });
});
