import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import type { OverloadLevel } from '../lib/overload.ts';
import { seededRandom } from '../lib/random.ts';
import { Admission, type Asking } from './admission.ts';

const opened = (rate = { burst: 100, perSecond: 50 }) => {
  const clock = new ManualClock();
  let level: OverloadLevel = 0;
  const admission = new Admission({
    rate,
    gate: { level: () => level },
    clock,
    random: seededRandom(7),
    metrics: noMetrics,
  });
  return {
    clock,
    admission,
    tighten: (to: OverloadLevel) => {
      level = to;
    },
    /** How many of so many are let in at this moment. */
    letIn: (asking: Asking, count: number) =>
      Array.from({ length: count }, () => admission.waitMs(asking)).filter((waitMs) => waitMs === 0).length,
  };
};

describe('the door', () => {
  test('keeps a quarter for those in an SOS, whoever else comes', () => {
    const { letIn } = opened();
    expect([letIn('resume', 500), letIn('new', 500), letIn('sos', 500)]).toEqual([75, 0, 25]);
  });

  test('makes room as time goes by, no more than it began with', () => {
    const { clock, letIn } = opened();
    letIn('resume', 500);
    clock.advance(1_000);
    expect(letIn('resume', 500)).toBe(50);
    clock.advance(60_000);
    expect(letIn('resume', 500)).toBe(75);
  });

  test('sends ten thousand away so that they come back at the rate at which there is room', () => {
    const { clock, admission } = opened({ burst: 1_000, perSecond: 500 });
    const due = new Map<number, number>();
    const comeAt = (ms: number) => due.set(ms, (due.get(ms) ?? 0) + 1);
    for (let i = 0; i < 10_000; i++) comeAt(0);
    let [inside, askings] = [0, 0];
    let atMs = 0;
    for (; inside < 10_000; atMs++) {
      for (let left = due.get(atMs) ?? 0; left > 0; left--) {
        askings += 1;
        const waitMs = admission.waitMs('resume');
        if (waitMs === 0) inside += 1;
        else comeAt(atMs + waitMs);
      }
      due.delete(atMs);
      clock.advance(1);
    }
    expect(atMs).toBeLessThan(30_000);
    // A guess at the rate, not a stampede: hardly anybody asks three times.
    expect(askings).toBeLessThan(30_000);
  });

  test('asks nobody in an SOS to wait longer than two seconds, and nobody else longer than half a minute', () => {
    const { admission, letIn } = opened({ burst: 4, perSecond: 1 });
    letIn('sos', 4);
    for (let i = 0; i < 200; i++) {
      expect(admission.waitMs('sos')).toBeLessThanOrEqual(2_000);
      expect(admission.waitMs('resume')).toBeLessThanOrEqual(30_000);
    }
  });

  test('lets only those in who matter more, the worse the node is', () => {
    const { letIn, tighten } = opened();
    const each = () => (['new', 'resume', 'sos'] as const).map((asking) => letIn(asking, 1));
    expect(each()).toEqual([1, 1, 1]);
    tighten(1);
    expect(each()).toEqual([1, 1, 1]);
    tighten(2);
    expect(each()).toEqual([0, 1, 1]);
    tighten(3);
    expect(each()).toEqual([0, 0, 1]);
    tighten(0);
    expect(each()).toEqual([1, 1, 1]);
  });
});
