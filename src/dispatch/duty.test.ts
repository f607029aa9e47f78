import { describe, expect, test } from 'vitest';
import { type Duty, dutyReason, heldSkills } from './duty.ts';

const ZURICH = 'Europe/Zurich';
const ALWAYS: Duty = {
  timezone: ZURICH,
  shifts: [],
  quietHours: null,
  restAfterAlertMs: 0,
  certificates: [],
};
const at = (iso: string) => Date.parse(iso);
const shift = (weekday: number, from: number, to: number, timezone = ZURICH) => ({
  weekday,
  fromMin: from * 60,
  toMin: to * 60,
  timezone,
});

describe('duty', () => {
  test('without shifts is whenever somebody is available', () => {
    expect(dutyReason(ALWAYS, null, at('2026-06-01T03:00:00Z'))).toBeNull();
  });

  // Monday, 1 June 2026; Zurich is two hours ahead.
  test.each([
    ['2026-06-01T05:59:59Z', 'off_duty'],
    ['2026-06-01T06:00:00Z', null],
    ['2026-06-01T14:59:59Z', null],
    ['2026-06-01T15:00:00Z', 'off_duty'],
    ['2026-06-02T10:00:00Z', 'off_duty'],
  ])('from eight to five on a Monday is, at %s: %s', (iso, reason) => {
    expect(dutyReason({ ...ALWAYS, shifts: [shift(1, 8, 17)] }, null, at(iso))).toBe(reason);
  });

  test.each([
    ['2026-06-07T19:59:00Z', 'off_duty'],
    ['2026-06-07T20:00:00Z', null],
    ['2026-06-08T03:59:00Z', null],
    ['2026-06-08T04:00:00Z', 'off_duty'],
    ['2026-06-08T20:00:00Z', 'off_duty'],
  ])('of a Sunday night ends on Monday: at %s: %s', (iso, reason) => {
    expect(dutyReason({ ...ALWAYS, shifts: [shift(7, 22, 6)] }, null, at(iso))).toBe(reason);
  });

  test.each([
    ['the Sunday before summer time', '2026-03-22T07:00:00Z'],
    ['the Sunday on which clocks go forward', '2026-03-29T06:00:00Z'],
    ['the Sunday on which clocks go back', '2026-10-25T07:00:00Z'],
  ])('begins at eight by the wall clock on %s', (_what, iso) => {
    const duty = { ...ALWAYS, shifts: [shift(7, 8, 9)] };
    expect(dutyReason(duty, null, at(iso) - 1)).toBe('off_duty');
    expect(dutyReason(duty, null, at(iso))).toBeNull();
    expect(dutyReason(duty, null, at(iso) + 3_599_999)).toBeNull();
    expect(dutyReason(duty, null, at(iso) + 3_600_000)).toBe('off_duty');
  });

  test('in an hour that the clocks leave out does not happen, and in one they repeat happens twice', () => {
    const duty = { ...ALWAYS, shifts: [shift(7, 2, 3)] };
    const minutesOn = (fromIso: string) =>
      Array.from({ length: 6 * 60 }, (_, minute) => at(fromIso) + minute * 60_000).filter(
        (nowMs) => dutyReason(duty, null, nowMs) === null,
      ).length;
    expect(minutesOn('2026-03-28T22:00:00Z')).toBe(0);
    expect(minutesOn('2026-10-24T22:00:00Z')).toBe(120);
    expect(minutesOn('2026-06-06T22:00:00Z')).toBe(60);
  });

  test('goes by the time zone of the shift, not of the person', () => {
    const duty = { ...ALWAYS, shifts: [shift(1, 8, 9, 'Asia/Jakarta')] };
    expect(dutyReason(duty, null, at('2026-06-01T01:30:00Z'))).toBeNull();
  });

  test.each([
    ['2026-06-01T19:59:00Z', null],
    ['2026-06-01T20:00:00Z', 'quiet_hours'],
    ['2026-06-02T04:59:00Z', 'quiet_hours'],
    ['2026-06-02T05:00:00Z', null],
  ])('keeps quiet hours over midnight: at %s: %s', (iso, reason) => {
    const duty = { ...ALWAYS, quietHours: { fromMin: 22 * 60, toMin: 7 * 60 } };
    expect(dutyReason(duty, null, at(iso))).toBe(reason);
  });

  test('leaves somebody alone for as long as they wish after an alert, and not longer', () => {
    const duty = { ...ALWAYS, restAfterAlertMs: 60_000 };
    expect(dutyReason(duty, 1_000_000, 1_059_999)).toBe('resting');
    expect(dutyReason(duty, 1_000_000, 1_060_000)).toBeNull();
    expect(dutyReason(duty, null, 1_000_000)).toBeNull();
  });

  test('in a time zone that nobody knows is read as UTC', () => {
    const duty = { ...ALWAYS, shifts: [shift(1, 8, 9, 'Moon/Tycho')] };
    expect(dutyReason(duty, null, at('2026-06-01T08:30:00Z'))).toBeNull();
  });
});

describe('certificates', () => {
  const duty = (...certificates: Duty['certificates']) => ({ ...ALWAYS, certificates });
  const LAST_MINUTE = at('2026-06-30T21:59:00Z');
  const OVER = at('2026-06-30T22:00:00Z');

  test('hold until the end of their last day, where the person is', () => {
    const until = duty({ skill: 'CPR', expiresOn: '2026-06-30' });
    expect(heldSkills(['CPR', 'DRIVER'], until, LAST_MINUTE)).toEqual(['CPR', 'DRIVER']);
    expect(heldSkills(['CPR', 'DRIVER'], until, OVER)).toEqual(['DRIVER']);
  });

  test('replace each other', () => {
    const renewed = duty(
      { skill: 'CPR', expiresOn: '2026-06-30' },
      { skill: 'CPR', expiresOn: '2028-06-30' },
    );
    expect(heldSkills(['CPR'], renewed, OVER)).toEqual(['CPR']);
  });

  test('of no skill in particular stand for all of them', () => {
    expect(heldSkills(['CPR', 'DRIVER'], duty({ skill: null, expiresOn: '2026-06-30' }), OVER)).toEqual([]);
    expect(heldSkills(['CPR'], duty({ skill: null, expiresOn: null }), OVER)).toEqual(['CPR']);
  });
});
