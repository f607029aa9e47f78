import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bandOf, chartRows, tailPoints, valueRange } from './chart-band.ts';
import { rangeName, spanOf, spanText } from './ranges.ts';
import { sparkPath, withPoint } from './sparkline.ts';

const window = { fromMs: 0, toMs: 1_000, columns: 10 };

describe('the band of a chart', () => {
  test('keeps every peak, however few columns there are', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 20, max: 250 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 40 }), (any, columns) => {
        const all = any.toSorted(([a], [b]) => a - b);
        const { low, high } = bandOf(all, { ...window, columns });
        const values = all.map(([, value]) => value);
        expect(Math.min(...low.filter((one) => one !== null))).toBe(Math.min(...values));
        expect(Math.max(...high.filter((one) => one !== null))).toBe(Math.max(...values));
      }),
    );
  });

  test('has its times rising, and the last value of each column as its line', () => {
    const band = bandOf(
      [
        [10, 70],
        [50, 90],
        [90, 60],
        [150, 75],
      ],
      window,
    );
    expect(band).toMatchObject({ x: [0.05, 0.15], low: [60, 75], high: [90, 75], last: [60, 75] });
  });

  test('is broken where nothing came for long, and not where samples are simply rare', () => {
    const dense = Array.from({ length: 50 }, (_, i) => [i * 10, 70] as [number, number]);
    const wide = { fromMs: 0, toMs: 10_000, columns: 1_000 };
    expect(bandOf([...dense, [5_000, 70]], wide).last).toContain(null);
    const rare = Array.from({ length: 10 }, (_, i) => [i * 1_000, 70] as [number, number]);
    expect(bandOf(rare, wide).last).not.toContain(null);
  });

  test('leaves what is not believed out of the line and marks it', () => {
    const band = bandOf(
      [
        [10, 70],
        [20, 300, 'doubted'],
        [550, 400, 'doubted'],
      ],
      window,
    );
    expect(band).toMatchObject({ high: [70, null], doubted: [300, 400] });
    expect(valueRange(band, [50])[1]).toBeLessThan(100);
  });

  test('takes in what came since, with a spike between two frames', () => {
    const state = {
      personId: 'x',
      doubted: 0,
      values: [{ vital: 'heartRateBpm' as const, atMs: 100, last: 80, lowest: 79, highest: 140, samples: 9 }],
    };
    expect(tailPoints(state).get('heartRateBpm')).toEqual([
      [99, 79],
      [99, 140],
      [100, 80],
    ]);
  });

  test('can be read as a table', () => {
    const rows = chartRows(
      [
        [0, 70],
        [100, 90],
        [600, 60],
        [700, 999, 'doubted'],
      ],
      window,
      2,
    );
    expect(rows).toEqual([
      { fromMs: 0, toMs: 500, low: 70, high: 90, last: 90, samples: 2 },
      { fromMs: 500, toMs: 1_000, low: 60, high: 60, last: 60, samples: 1 },
    ]);
  });
});

describe('the time that is shown', () => {
  test('stands in the address and is found again', () => {
    expect(spanOf('1h', 7_200_000)).toEqual({ fromMs: 3_600_000, toMs: 7_200_000, isLive: true });
    expect(spanOf(spanText(5, 9), 100)).toEqual({ fromMs: 5, toMs: 9, isLive: false });
    expect(spanOf('9-5', 21_600_000)).toMatchObject({ fromMs: 0, isLive: true });
    expect([rangeName('7d'), rangeName('constructor'), rangeName(null)]).toEqual(['7d', '6h', '6h']);
  });
});

describe('a sparkline', () => {
  const box = { width: 100, height: 10, fromMs: 0, toMs: 100, gapMs: 30 };
  test('runs from the lowest to the highest, with gaps where nothing is known', () => {
    expect(
      sparkPath(
        [
          [-5, 10],
          [0, 60],
          [20, 70],
          [90, 80],
        ],
        box,
      ),
    ).toBe('M0 10L20 5M90 0');
    expect(sparkPath([[50, 70]], box)).toBe('M50 5');
    const noise: [number, number][] = [
      [0, 69],
      [10, 71],
    ];
    expect(sparkPath(noise, { ...box, leastSpan: 20 })).toBe('M0 5.5L10 4.5');
    expect(sparkPath([], box)).toBe('');
  });
  test('grows at its end only', () => {
    const points = withPoint([[10, 1]], [20, 2], 15);
    expect(points).toEqual([[20, 2]]);
    expect(withPoint(points, [20, 3], 0)).toBe(points);
  });
});
