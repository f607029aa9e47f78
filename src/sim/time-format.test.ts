import { describe, expect, test } from 'vitest';
import { parseUtcOffsetMs, timeReader } from './time-format.ts';

const HOUR_MS = 3_600_000;

describe('offsets from UTC', () => {
  test.each([
    ['Z', 0],
    ['-07:00', -7 * HOUR_MS],
    ['+0530', 5.5 * HOUR_MS],
  ])('%s', (text, ms) => expect(parseUtcOffsetMs(text)).toBe(ms));

  test.each(['', '7', '-7:00', 'PDT', '+15:00', '+01:60'])('%j is refused', (text) => {
    expect(() => parseUtcOffsetMs(text)).toThrow(/is not an offset from UTC/);
  });
});

describe('times', () => {
  const noonUtc = Date.UTC(2024, 1, 29, 12);
  test.each([
    ['MM/dd/yyyy hh:mm:ss a', '-07:00', '02/29/2024 05:00:00 AM', noonUtc],
    ['MM/dd/yyyy hh:mm:ss a', 'Z', '02/29/2024 12:00:00 PM', noonUtc],
    ['MM/dd/yyyy hh:mm:ss a', 'Z', '02/29/2024 12:00:00 AM', noonUtc - 12 * HOUR_MS],
    ['dd.MM.yyyy HH:mm', '+01:00', '29.2.2024 13:00', noonUtc],
    ['yyyy-MM-dd HH:mm:ss.SSS', 'Z', '2024-02-29 12:00:00.25', noonUtc + 250],
    ['unix_s', '-07:00', String(noonUtc / 1_000), noonUtc],
    ['unix_ms', '-07:00', String(noonUtc), noonUtc],
    ['iso', '-07:00', '2024-02-29T12:00:00Z', noonUtc],
    ['iso', '-07:00', '2024-02-29T05:00:00', noonUtc],
    ['iso', '-07:00', '2024-02-29 13:00+01:00', noonUtc],
  ])('%s at %s reads %s', (format, offset, text, ms) => {
    expect(timeReader(format, parseUtcOffsetMs(offset))(text)).toBe(ms);
  });

  test.each([
    ['MM/dd/yyyy hh:mm:ss a', '02/30/2024 05:00:00 AM'],
    ['MM/dd/yyyy hh:mm:ss a', '02/28/2024 13:00:00 AM'],
    ['MM/dd/yyyy hh:mm:ss a', '02/28/2024 05:60:00 AM'],
    ['MM/dd/yyyy hh:mm:ss a', ''],
    ['unix_s', 'now'],
    ['unix_s', '-5'],
    ['unix_ms', '1e99'],
    ['iso', '2024-02-30T05:00:00Z'],
    ['iso', 'yesterday'],
  ])('%s refuses %j', (format, text) => expect(timeReader(format, 0)(text)).toBeNull());

  test('a format that names no date is refused', () => {
    expect(() => timeReader('HH:mm', 0)).toThrow(/is not a time format/);
  });
});
