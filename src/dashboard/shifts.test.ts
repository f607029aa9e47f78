import { describe, expect, test } from 'vitest';
import { lengthMin, minutesOf, silentBecause, timeOf, withoutShift, withShifts } from './shifts.ts';

const timezone = 'Europe/Zurich';
/** Wednesday, 14 January 2026, 12:00 in Zurich. */
const WEDNESDAY_NOON = Date.UTC(2026, 0, 14, 11, 0);
const HOUR_MS = 3_600_000;
const duty = (change: object) => ({ shifts: [], quietHours: null, restAfterAlertMin: 0, ...change });
const at = (hours: number) => WEDNESDAY_NOON + hours * HOUR_MS;

test('times are read and written as they are typed', () => {
  expect(['08:30', '0:00', '23:59', '24:00', '7:5', '', '12:60'].map(minutesOf)).toEqual([
    510,
    0,
    1_439,
    null,
    null,
    null,
    null,
  ]);
  expect([0, 510, 1_439].map(timeOf)).toEqual(['00:00', '08:30', '23:59']);
});

test('a shift over midnight is as long as it is, and one without an end a whole day', () => {
  expect(lengthMin({ fromMin: 1_320, toMin: 360 })).toBe(480);
  expect(lengthMin({ fromMin: 60, toMin: 60 })).toBe(1_440);
});

test('shifts are added for several days, in order, each once, and taken away', () => {
  const times = { fromMin: 480, toMin: 960, timezone };
  const two = withShifts([], [5, 1], times);
  expect(two.map(({ weekday }) => weekday)).toEqual([1, 5]);
  const three = withShifts(two, [1, 3], times);
  expect(three.map(({ weekday }) => weekday)).toEqual([1, 3, 5]);
  expect(withoutShift(three, { weekday: 3, ...times })).toEqual(two);
});

describe('somebody on duty', () => {
  test('without shifts is asked at any time', () => {
    expect(silentBecause(duty({}), timezone, at(0))).toBeNull();
  });

  test('is asked in their shifts only, by the time zone of the shift', () => {
    const shifts = [{ weekday: 3, fromMin: 600, toMin: 780, timezone }];
    expect([-3, -1, 0, 0.99, 1].map((h) => silentBecause(duty({ shifts }), timezone, at(h)))).toEqual([
      'off_shift',
      null,
      null,
      null,
      'off_shift',
    ]);
    const elsewhere = [{ weekday: 3, fromMin: 600, toMin: 780, timezone: 'America/New_York' }];
    expect(silentBecause(duty({ shifts: elsewhere }), timezone, at(0))).toBe('off_shift');
    expect(silentBecause(duty({ shifts: elsewhere }), timezone, at(5))).toBeNull();
  });

  test('has a night shift until the morning after, also from Sunday to Monday', () => {
    const night = { weekday: 3, fromMin: 1_320, toMin: 360, timezone };
    expect(silentBecause(duty({ shifts: [night] }), timezone, at(17))).toBeNull();
    expect(silentBecause(duty({ shifts: [night] }), timezone, at(19))).toBe('off_shift');
    const sunday = duty({ shifts: [{ ...night, weekday: 7 }] });
    expect(silentBecause(sunday, timezone, at(4 * 24 + 16))).toBeNull();
  });

  test('is left alone in quiet hours, also over midnight', () => {
    const quietHours = { fromMin: 1_320, toMin: 420 };
    expect([9, 10, 18, 19].map((h) => silentBecause(duty({ quietHours }), timezone, at(h)))).toEqual([
      null,
      'quiet_hours',
      'quiet_hours',
      null,
    ]);
  });
});
