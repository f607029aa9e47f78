import { describe, expect, test } from 'vitest';
import { isRecurrenceMoment, recurrenceMistake } from './recurrence.ts';

describe('a rule by which an event comes again', () => {
  test.each([
    'FREQ=DAILY',
    'FREQ=DAILY;COUNT=10',
    'INTERVAL=2;FREQ=WEEKLY;WKST=SU;BYDAY=TU,TH;UNTIL=20271224T000000Z',
    'FREQ=MONTHLY;BYDAY=1FR,-2MO,+3SU',
    'FREQ=MONTHLY;BYMONTHDAY=-3',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
    'FREQ=YEARLY;BYDAY=20MO',
    'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO',
    'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,-200',
    'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
    'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16',
  ])('as RFC 5545 writes it is taken: %s', (rule) => {
    expect(recurrenceMistake(rule)).toBeNull();
  });

  test.each([
    ['', 'parts are NAME=value'],
    ['every day', 'parts are NAME=value'],
    ['freq=daily', 'in capitals'],
    ['FREQ=DAILY;', 'parts are NAME=value'],
    ['FREQ=DAILY;X-MINE=1', 'parts are NAME=value'],
    ['RRULE:FREQ=DAILY', 'without RRULE:'],
    ['COUNT=3', 'has to say FREQ'],
    ['FREQ=FORTNIGHTLY', 'FREQ can not be'],
    ['FREQ=DAILY;FREQ=WEEKLY', 'says FREQ twice'],
    ['FREQ=DAILY;COUNT=0', 'COUNT can not be'],
    ['FREQ=DAILY;INTERVAL=-1', 'INTERVAL can not be'],
    ['FREQ=DAILY;UNTIL=20260230', 'UNTIL can not be'],
    ['FREQ=DAILY;UNTIL=20261224T080000', 'UNTIL can not be'],
    ['FREQ=DAILY;UNTIL=20261224;COUNT=2', 'not by both'],
    ['FREQ=DAILY;BYHOUR=24', 'BYHOUR can not be'],
    ['FREQ=DAILY;BYMONTH=13', 'BYMONTH can not be'],
    ['FREQ=MONTHLY;BYMONTHDAY=0', 'BYMONTHDAY can not be'],
    ['FREQ=WEEKLY;BYMONTHDAY=1', 'BYMONTHDAY does not go'],
    ['FREQ=WEEKLY;BYDAY=XX', 'BYDAY can not be'],
    ['FREQ=WEEKLY;BYDAY=1MO', 'days with numbers'],
    ['FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO', 'days with numbers'],
    ['FREQ=MONTHLY;BYWEEKNO=2', 'BYWEEKNO goes'],
    ['FREQ=MONTHLY;BYYEARDAY=2', 'BYYEARDAY does not go'],
    ['FREQ=MONTHLY;BYSETPOS=1', 'BYSETPOS goes'],
  ])('of another form is refused with what is wrong: %s', (rule, why) => {
    expect(recurrenceMistake(rule)).toContain(why);
  });
});

test.each([
  ['20261224', true],
  ['20280229', true],
  ['20261224T235959Z', true],
  ['20270229', false],
  ['20261224T240000Z', false],
  ['20261224T080000', false],
  ['2026-12-24', false],
])('%s as a day or moment on which it does not: %s', (text, is) => {
  expect(isRecurrenceMoment(text)).toBe(is);
});
