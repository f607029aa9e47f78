import { z } from 'zod';

/** How an event comes again: RFC 5545, section 3.3.10. Its form alone is looked at here; nothing is expanded. */

const FREQUENCIES = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const DAYS = '(?:MO|TU|WE|TH|FR|SA|SU)';
const NUMBERED_DAY = new RegExp(`^[+-]?(?:[1-9]|[1-4]\\d|5[0-3])${DAYS}$`);
const DAY = new RegExp(`^${DAYS}$`);
const POSITIVE = /^[1-9]\d{0,4}$/;

const RULE_MAX = 500;
const MOMENTS_MAX = 500;

type Parts = ReadonlyMap<string, string>;
type Fits = (value: string) => boolean;

const each =
  (fits: Fits): Fits =>
  (value) =>
    value.split(',').every(fits);
const from = (min: number, max: number): Fits =>
  each((text) => /^\d{1,2}$/.test(text) && Number(text) >= min && Number(text) <= max);
/** From the beginning, or with a minus from the end. */
const upTo = (max: number): Fits =>
  each((text) => /^[+-]?[1-9]\d{0,2}$/.test(text) && Math.abs(Number(text)) <= max);

/** A day, `20261224`, or a moment in UTC, `20261224T080000Z`. */
export function isRecurrenceMoment(text: string): boolean {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T([01]\d|2[0-3])([0-5]\d)([0-5]\d)Z)?$/.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1, 4).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 999;
}

const PARTS: ReadonlyMap<string, Fits> = new Map<string, Fits>([
  ['FREQ', (value) => FREQUENCIES.includes(value)],
  ['UNTIL', isRecurrenceMoment],
  ['COUNT', (value) => POSITIVE.test(value)],
  ['INTERVAL', (value) => POSITIVE.test(value)],
  ['BYSECOND', from(0, 60)],
  ['BYMINUTE', from(0, 59)],
  ['BYHOUR', from(0, 23)],
  ['BYDAY', each((day) => DAY.test(day) || NUMBERED_DAY.test(day))],
  ['BYMONTHDAY', upTo(31)],
  ['BYYEARDAY', upTo(366)],
  ['BYWEEKNO', upTo(53)],
  ['BYMONTH', from(1, 12)],
  ['BYSETPOS', upTo(366)],
  ['WKST', (value) => DAY.test(value)],
]);

/** What the parts of a rule may not be together, with why. */
const TOGETHER: readonly (readonly [wrong: (parts: Parts, freq: string) => boolean, why: string])[] = [
  [(parts) => parts.has('UNTIL') && parts.has('COUNT'), 'ends by UNTIL or by COUNT, not by both'],
  [(parts, freq) => parts.has('BYWEEKNO') && freq !== 'YEARLY', 'BYWEEKNO goes with FREQ=YEARLY only'],
  [
    (parts, freq) => parts.has('BYYEARDAY') && ['DAILY', 'WEEKLY', 'MONTHLY'].includes(freq),
    'BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY',
  ],
  [(parts, freq) => parts.has('BYMONTHDAY') && freq === 'WEEKLY', 'BYMONTHDAY does not go with FREQ=WEEKLY'],
  [
    (parts, freq) =>
      /\d/.test(parts.get('BYDAY') ?? '') &&
      !(freq === 'MONTHLY' || (freq === 'YEARLY' && !parts.has('BYWEEKNO'))),
    'days with numbers go with FREQ=MONTHLY, or with FREQ=YEARLY without BYWEEKNO',
  ],
  [
    (parts) => parts.has('BYSETPOS') && ![...parts.keys()].some((name) => /^BY(?!SETPOS)/.test(name)),
    'BYSETPOS goes beside another BY part only',
  ],
];

/** What is wrong with a rule, in words for whoever wrote it; null: nothing. */
export function recurrenceMistake(rule: string): string | null {
  if (/^RRULE/i.test(rule)) return 'is written without RRULE: before it';
  const parts = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.+)$/.exec(part) ?? [];
    const fits = PARTS.get(name);
    if (!fits) return `parts are NAME=value, with ${[...PARTS.keys()].join(', ')} as names, in capitals`;
    if (parts.has(name)) return `says ${name} twice`;
    if (!fits(value)) return `${name} can not be what it is there`;
    parts.set(name, value);
  }
  const freq = parts.get('FREQ');
  if (freq === undefined) return 'has to say FREQ';
  return TOGETHER.find(([wrong]) => wrong(parts, freq))?.[1] ?? null;
}

export const recurrenceRule: z.ZodType<string> = z
  .string()
  .max(RULE_MAX)
  .superRefine((rule, context) => {
    const message = recurrenceMistake(rule);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

export const recurrenceMoments: z.ZodType<string[]> = z
  .array(z.string().refine(isRecurrenceMoment, 'is no day like 20261224 and no moment like 20261224T080000Z'))
  .min(1)
  .max(MOMENTS_MAX);
