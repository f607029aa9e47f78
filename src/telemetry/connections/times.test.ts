import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoMs, offsetMinutes, timeOfDayMs, zoneOffset } from './times.ts';

const utc = () => 0;

describe('a time of a provider', () => {
  test.each([
    ['2026-03-01T08:30:00Z', '2026-03-01T08:30:00Z'],
    ['2026-03-01T08:30:00.250Z', '2026-03-01T08:30:00.250Z'],
    ['2026-03-01T08:30:00.123456789Z', '2026-03-01T08:30:00.123Z'],
    ['2026-03-01T08:30:00+09:00', '2026-02-28T23:30:00Z'],
    ['2026-03-01 08:30-0530', '2026-03-01T14:00:00Z'],
    ['2026-03-01', '2026-03-01T00:00:00Z'],
  ])('%s is %s', (text, instant) => {
    expect(isoMs(text, utc)).toBe(Date.parse(instant));
  });

  test('without an offset is local', () => {
    expect(isoMs('2026-03-01T08:30:00', () => 120)).toBe(Date.parse('2026-03-01T06:30:00Z'));
    expect(isoMs('2026-03-01T08:30:00', () => null)).toBe(null);
  });

  test.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-03-01T25:00:00Z',
    '2026-03-01T08:30:00+99:00',
    7,
    null,
    {},
  ])('is none: %j', (value) => {
    expect(isoMs(value, utc)).toBe(null);
  });

  test.each([
    ['00:02:08', '2026-03-01T00:02:08Z'],
    ['7:05', '2026-03-01T07:05:00Z'],
    ['23:59:59.5', '2026-03-01T23:59:59.500Z'],
    ['24:00', '2026-03-02T00:00:00Z'],
  ])('of the day, %s, is that of its day', (text, instant) => {
    expect(timeOfDayMs('2026-03-01', text, utc)).toBe(Date.parse(instant));
  });

  test.each(['24:01', '12:60', '12', 'noon', null])('of the day is none: %j', (value) => {
    expect(timeOfDayMs('2026-03-01', value, utc)).toBe(null);
  });

  test.each([
    ['+09:00', 540],
    ['UTC+0900', 540],
    ['UTC-0330', -210],
    ['+2', 120],
    ['Z', 0],
    [-60, -60],
    ['+19:00', null],
    [1_081, null],
    ['east', null],
    [undefined, null],
  ])('has the offset %j of %j minutes', (value, minutes) => {
    expect(offsetMinutes(value)).toBe(minutes);
  });
});

describe('a time zone', () => {
  test('is ahead of UTC by what its clocks show on that day', () => {
    const berlin = zoneOffset('Europe/Berlin');
    expect(timeOfDayMs('2026-01-15', '12:00', berlin)).toBe(Date.parse('2026-01-15T11:00:00Z'));
    expect(timeOfDayMs('2026-07-15', '12:00', berlin)).toBe(Date.parse('2026-07-15T10:00:00Z'));
    expect(timeOfDayMs('2026-07-15', '12:00', zoneOffset('Asia/Kolkata'))).toBe(
      Date.parse('2026-07-15T06:30:00Z'),
    );
  });

  test('takes an hour that is skipped as if it were there, and of one that comes twice the earlier', () => {
    const berlin = zoneOffset('Europe/Berlin');
    expect(timeOfDayMs('2026-03-29', '02:30', berlin)).toBe(Date.parse('2026-03-29T01:30:00Z'));
    expect(timeOfDayMs('2026-10-25', '02:30', berlin)).toBe(Date.parse('2026-10-25T00:30:00Z'));
  });

  test('comes back: any instant, written in local time, is the same instant but for what comes twice', () => {
    for (const zone of [
      'Europe/Berlin',
      'America/New_York',
      'Pacific/Apia',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ]) {
      const offsetAt = zoneOffset(zone);
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      fc.assert(
        fc.property(fc.integer({ min: 1_262_304_000, max: 2_208_988_800 }), (seconds) => {
          const again = isoMs(format.format(seconds * 1_000), offsetAt) ?? 0;
          const aheadMs = seconds * 1_000 - again;
          expect([0, 1_800_000, 3_600_000]).toContain(aheadMs);
        }),
      );
    }
  });
});
