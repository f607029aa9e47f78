import { describe, expect, test } from 'vitest';
import { readSearchTime, readTime } from './times.ts';

const range = (from: string, to: string, isExact: boolean) => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to),
  isExact,
});

describe('a time', () => {
  test.each([
    ['2026', range('2026-01-01T00:00Z', '2027-01-01T00:00Z', false)],
    ['2024-02', range('2024-02-01T00:00Z', '2024-03-01T00:00Z', false)],
    ['2024-02-29', range('2024-02-29T00:00Z', '2024-03-01T00:00Z', false)],
    ['2026-03-01T08:30:00Z', range('2026-03-01T08:30:00Z', '2026-03-01T08:30:01Z', true)],
    ['2026-03-01T08:30:00+05:30', range('2026-03-01T03:00:00Z', '2026-03-01T03:00:01Z', true)],
    ['2026-03-01T08:30:00.5-03:00', range('2026-03-01T11:30:00.500Z', '2026-03-01T11:30:00.501Z', true)],
    ['2026-03-01T08:30:00.123999Z', range('2026-03-01T08:30:00.123Z', '2026-03-01T08:30:00.124Z', true)],
    ['2016-12-31T23:59:60Z', range('2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z', true)],
  ])('%s is the range that it leaves open', (text, expected) => {
    expect(readTime(text)).toEqual(expected);
    expect(readSearchTime(text)).toEqual(expected);
  });

  test.each([
    '',
    '26',
    '0099',
    '2026-13',
    '2026-02-29',
    '2026-00-10',
    '2026-01-00',
    '2026-03-01T08:30:00',
    '2026-03-01T08:30Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T08:60:00Z',
    '2026-03-01T08:30:00+15:00',
    '2026-03-01T08:30:00+01:99',
    '2026-03-01 08:30:00Z',
    '2026-3-1',
    'now',
  ])('"%s" is none', (text) => {
    expect(readTime(text)).toBeNull();
  });

  test('in a search needs neither seconds nor a zone, whose + may be a space', () => {
    const minute = range('2026-03-01T08:30:00Z', '2026-03-01T08:31:00Z', false);
    expect(readSearchTime('2026-03-01T08:30')).toEqual(minute);
    expect(readSearchTime('2026-03-01T09:30 01:00')).toEqual(minute);
  });
});
