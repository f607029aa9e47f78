import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uuidV7Floor, uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { dayRanges, monthRanges, type PartitionRange } from './partition-bounds.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const instants = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });

const isSeamless = (ranges: PartitionRange[]) =>
  ranges.every((range, i) => range.from < range.to && (i === 0 || ranges[i - 1]?.to === range.from));

describe('days', () => {
  test('are yesterday, today and three ahead, from midnight to midnight UTC', () => {
    const days = dayRanges(NOON);
    expect(days.map(({ suffix }) => suffix)).toEqual([
      '2026_11_20',
      '2026_11_21',
      '2026_11_22',
      '2026_11_23',
      '2026_11_24',
    ]);
    expect(days[1]).toMatchObject({ from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' });
  });

  test('leave no seam and hold their instant, whenever it is', () => {
    fc.assert(
      fc.property(instants, (nowMs) => {
        const days = dayRanges(nowMs);
        const now = new Date(nowMs).toISOString();
        expect(isSeamless(days)).toBe(true);
        expect(days[1]?.from && days[1].from <= now && now < days[1].to).toBe(true);
      }),
    );
  });
});

describe('months', () => {
  test('are the one before, this one and two ahead, over the end of a year', () => {
    expect(monthRanges(NOON).map(({ suffix }) => suffix)).toEqual([
      '2026_10',
      '2026_11',
      '2026_12',
      '2027_01',
    ]);
  });

  test('on the 31st are four different months', () => {
    const months = monthRanges(Date.UTC(2027, 0, 31, 23));
    expect(months.map(({ suffix }) => suffix)).toEqual(['2026_12', '2027_01', '2027_02', '2027_03']);
  });

  test('leave no seam and hold every id made in them, whenever that is', () => {
    fc.assert(
      fc.property(instants, fc.nat(), (nowMs, seed) => {
        const months = monthRanges(nowMs);
        const id = uuidV7Maker(() => nowMs, seededRandom(seed))();
        expect(isSeamless(months)).toBe(true);
        expect(months[1]?.from && months[1].from <= id && id < months[1].to).toBe(true);
        expect(months[1]?.from).toBe(
          uuidV7Floor(Date.UTC(new Date(nowMs).getUTCFullYear(), new Date(nowMs).getUTCMonth())),
        );
      }),
    );
  });
});
