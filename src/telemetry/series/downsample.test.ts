import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketMsFor, downsample, type SeriesPoint } from './downsample.ts';

const RANGE = { fromMs: 1_000, toMs: 101_000 };

/** Any series within the range, in order of time, with equal times and equal values in it. */
const series = fc
  .array(
    fc.tuple(fc.integer({ min: RANGE.fromMs, max: RANGE.toMs - 1 }), fc.integer({ min: -50, max: 50 })),
    {
      maxLength: 400,
    },
  )
  .map((rows): SeriesPoint[] => rows.sort(([a], [b]) => a - b).map(([atMs, value]) => ({ atMs, value })));
const most = fc.integer({ min: 4, max: 120 });

const valuesOf = (points: readonly SeriesPoint[]) => points.map(({ value }) => value);

describe('a downsampled series', () => {
  test('is never longer than asked, in order, and made of points that were there', () => {
    fc.assert(
      fc.property(series, most, (points, n) => {
        const kept = downsample(points, RANGE, n);
        expect(kept.length).toBeLessThanOrEqual(n);
        expect(kept.length).toBe(new Set(kept).size);
        const places = kept.map((point) => points.indexOf(point));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
      }),
    );
  });

  test('has the first, the last, the lowest and the highest of every bucket, and so of the whole', () => {
    fc.assert(
      fc.property(series, most, (points, n) => {
        const kept = downsample(points, RANGE, n);
        const widthMs = bucketMsFor(RANGE, n);
        const bucketOf = ({ atMs }: SeriesPoint) => Math.floor((atMs - RANGE.fromMs) / widthMs);
        for (const bucket of new Set(points.map(bucketOf))) {
          const before = points.filter((point) => bucketOf(point) === bucket);
          const after = kept.filter((point) => bucketOf(point) === bucket);
          expect(Math.min(...valuesOf(after))).toBe(Math.min(...valuesOf(before)));
          expect(Math.max(...valuesOf(after))).toBe(Math.max(...valuesOf(before)));
          expect(after[0]).toBe(before[0]);
          expect(after.at(-1)).toBe(before.at(-1));
        }
      }),
    );
  });

  test('of few enough points is all of them, and downsampling again changes nothing', () => {
    fc.assert(
      fc.property(series, most, (points, n) => {
        if (points.length <= n) expect(downsample(points, RANGE, n)).toEqual(points);
        const once = downsample(points, RANGE, n);
        expect(downsample(once, RANGE, n)).toEqual(once);
      }),
    );
  });

  test('keeps one beat of a whole day at one a second', () => {
    const day = { fromMs: 0, toMs: 86_400_000 };
    const points = Array.from({ length: 86_400 }, (_, i) => ({
      atMs: i * 1_000,
      value: i === 40_000 ? 221 : 70,
    }));
    const kept = downsample(points, day, 200);
    expect(kept.length).toBeLessThanOrEqual(200);
    expect(kept).toContainEqual({ atMs: 40_000_000, value: 221 });
  });
});
