import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUCKETS_MS, openMetrics } from './metrics.ts';

const linesOf = (text: string, start: string) => text.split('\n').filter((line) => line.startsWith(start));

describe('the metrics page', () => {
  test('is empty at first', () => {
    expect(openMetrics().text()).toBe('');
  });

  test('adds counters up, by name and labels', () => {
    const metrics = openMetrics();
    metrics.count('frames');
    metrics.count('frames', undefined, 4);
    metrics.count('refused', { reason: 'stale' });
    metrics.count('refused', { reason: 'future' }, 2);
    metrics.count('refused', { reason: 'stale' });
    expect(metrics.text()).toBe(
      [
        '# TYPE muster_frames_total counter',
        'muster_frames_total 5',
        '# TYPE muster_refused_total counter',
        'muster_refused_total{reason="stale"} 2',
        'muster_refused_total{reason="future"} 2',
        '',
      ].join('\n'),
    );
  });

  test('says total once, also of a counter whose name says so itself', () => {
    const metrics = openMetrics();
    metrics.count('bus_gaps_total');
    expect(metrics.text()).toBe('# TYPE muster_bus_gaps_total counter\nmuster_bus_gaps_total 1\n');
  });

  test('never lets a counter fall', () => {
    const metrics = openMetrics();
    metrics.count('frames', undefined, 3);
    metrics.count('frames', undefined, -1);
    metrics.count('frames', undefined, Number.NaN);
    expect(metrics.text()).toContain('muster_frames_total 3\n');
  });

  test('shows a gauge as it was set last', () => {
    const metrics = openMetrics();
    metrics.gauge('sockets', 7);
    metrics.gauge('sockets', -2.5);
    expect(metrics.text()).toBe('# TYPE muster_sockets gauge\nmuster_sockets -2.5\n');
  });

  test('takes labels in any order for the same', () => {
    const metrics = openMetrics();
    metrics.count('a', { x: '1', y: '2' });
    metrics.count('a', { y: '2', x: '1' });
    expect(metrics.text()).toContain('muster_a_total{x="1",y="2"} 2\n');
  });

  test('escapes what a label holds', () => {
    const metrics = openMetrics();
    metrics.count('a', { x: 'say "\\"\nmuster_b_total 9' });
    expect(linesOf(metrics.text(), 'muster_')).toEqual([
      'muster_a_total{x="say \\"\\\\\\"\\nmuster_b_total 9"} 1',
    ]);
  });

  test('sorts durations into buckets that hold all that is smaller', () => {
    const metrics = openMetrics();
    for (const ms of [0.05, 1, 1.1, 99, 60_000]) metrics.observeMs('wait_ms', ms, { kind: 'a' });
    metrics.observeMs('wait_ms', Number.NaN, { kind: 'a' });
    const text = metrics.text();
    expect(text).toContain('# TYPE muster_wait_ms histogram\n');
    for (const [le, count] of [
      ['0.1', 1],
      ['1', 2],
      ['2.5', 3],
      ['100', 4],
      ['30000', 4],
      ['+Inf', 5],
    ]) {
      expect(text).toContain(`muster_wait_ms_bucket{kind="a",le="${le}"} ${count}\n`);
    }
    expect(text).toContain('muster_wait_ms_sum{kind="a"} 60101.15\n');
    expect(text).toContain('muster_wait_ms_count{kind="a"} 5\n');
  });

  test('counts in every bucket what is not above its bound, for any durations', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (values) => {
        const metrics = openMetrics();
        for (const value of values) metrics.observeMs('d', value);
        const counts = linesOf(metrics.text(), 'muster_d_bucket').map((line) => Number(line.split(' ')[1]));
        const expected = [...BUCKETS_MS, Number.POSITIVE_INFINITY].map(
          (bound) => values.filter((value) => value <= bound).length,
        );
        expect(counts).toEqual(values.length === 0 ? [] : expected);
      }),
    );
  });

  test('keeps a bounded number of label sets, and counts what it dropped', () => {
    const metrics = openMetrics({ labelSetsMax: 2 });
    for (const n of ['1', '2', '3', '4', '1']) {
      metrics.count('a', { n });
      metrics.gauge('b', 1, { n });
      metrics.observeMs('c', 1, { n });
    }
    const text = metrics.text();
    expect(linesOf(text, 'muster_a_total')).toEqual(['muster_a_total{n="1"} 2', 'muster_a_total{n="2"} 1']);
    expect(linesOf(text, 'muster_b{')).toHaveLength(2);
    expect(linesOf(text, 'muster_c_count')).toHaveLength(2);
    expect(linesOf(text, 'muster_metrics_dropped_total')).toEqual(
      ['a', 'b', 'c'].map((name) => `muster_metrics_dropped_total{metric="${name}"} 2`),
    );
  });

  test('does not let one name be two things, nor a name be no name', () => {
    const metrics = openMetrics();
    metrics.count('a');
    expect(() => metrics.gauge('a', 1)).toThrow('the metric a is a counter, not also a gauge');
    expect(() => metrics.count('a b')).toThrow('name');
  });
});
