import { expect, test } from 'vitest';
import { openMetrics } from '../src/observe/metrics.ts';
import { boundOf, countOf, histogramIn, since } from './histogram.ts';

test('what was observed between two readings of the page is read off it', () => {
  const metrics = openMetrics();
  metrics.observeMs('wait_ms', 400);
  const before = histogramIn(metrics.text(), 'muster_wait_ms');
  for (let i = 0; i < 98; i++) metrics.observeMs('wait_ms', 4);
  metrics.observeMs('wait_ms', 19);
  metrics.observeMs('wait_ms', 80);
  const between = since(before, histogramIn(metrics.text(), 'muster_wait_ms'));
  expect(countOf(between)).toBe(100);
  expect([0.5, 0.99, 1].map((share) => boundOf(between, share))).toEqual([5, 20, 100]);
});
