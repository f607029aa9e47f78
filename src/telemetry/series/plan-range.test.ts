import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, grainFor, HOUR_MS, planRange } from './plan-range.ts';

const NOW_MS = Date.parse('2026-11-25T13:20:00Z');
const at = (iso: string) => Date.parse(`2026-${iso}Z`);
const kept = { countedUpToMs: NOW_MS, samplesFromMs: NOW_MS - 89 * DAY_MS };

const told = (fromMs: number, toMs: number, grain: 'sample' | 'hour' | 'day', known = kept) =>
  planRange({ fromMs, toMs }, grain, known).map(
    (part) =>
      `${part.grain} ${new Date(part.fromMs).toISOString().slice(5, 16)} ${new Date(part.toMs).toISOString().slice(5, 16)}`,
  );

describe('a range', () => {
  test('of whole days has its ends in hours and samples', () => {
    expect(told(at('11-20T10:30'), NOW_MS, 'day')).toEqual([
      'sample 11-20T10:30 11-20T11:00',
      'hour 11-20T11:00 11-21T00:00',
      'day 11-21T00:00 11-25T00:00',
      'hour 11-25T00:00 11-25T13:00',
      'sample 11-25T13:00 11-25T13:20',
    ]);
  });

  test('is read from samples where nothing is counted yet', () => {
    const countedUpToMs = at('11-24T18:59');
    expect(told(at('11-24T10:00'), NOW_MS, 'hour', { ...kept, countedUpToMs })).toEqual([
      'hour 11-24T10:00 11-24T18:00',
      'sample 11-24T18:00 11-25T13:20',
    ]);
  });

  test('older than samples are kept is read from hours, its ends too', () => {
    expect(told(at('03-01T10:30'), at('03-01T12:30'), 'sample')).toEqual([
      'hour 03-01T10:30 03-01T11:00',
      'hour 03-01T11:00 03-01T12:00',
      'hour 03-01T12:00 03-01T12:30',
    ]);
  });

  test('is as coarse as its steps, and never asks for more than a day of samples', () => {
    const days = (n: number) => ({ fromMs: NOW_MS - n * DAY_MS, toMs: NOW_MS });
    expect(grainFor(days(1), 60_000, kept)).toBe('sample');
    expect(grainFor(days(2), 60_000, kept)).toBe('hour');
    expect(grainFor(days(7), HOUR_MS, kept)).toBe('hour');
    expect(grainFor(days(700), DAY_MS, kept)).toBe('day');
  });

  test('is covered from end to end, once, whatever is counted and kept', () => {
    const instant = fc.integer({ min: NOW_MS - 100 * DAY_MS, max: NOW_MS + DAY_MS });
    const grain = fc.constantFrom('sample' as const, 'hour' as const, 'day' as const);
    fc.assert(
      fc.property(instant, instant, instant, instant, grain, (a, b, countedUpToMs, samplesFromMs, g) => {
        const [fromMs, toMs] = [Math.min(a, b), Math.max(a, b)];
        let nextMs = fromMs;
        for (const part of planRange({ fromMs, toMs }, g, { countedUpToMs, samplesFromMs })) {
          expect(part.fromMs).toBe(nextMs);
          expect(part.toMs).toBeGreaterThan(part.fromMs);
          nextMs = part.toMs;
          if (part.grain === 'sample')
            expect(part.fromMs).toBeGreaterThanOrEqual(Math.min(samplesFromMs, toMs));
        }
        expect(nextMs).toBe(toMs);
      }),
    );
  });
});
