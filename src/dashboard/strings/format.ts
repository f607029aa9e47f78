import { LOCALE, t } from './index.ts';

const clock = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const moment = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });

/** `14:03:27`, by the clock of the device. */
export const timeText = (atMs: number): string => clock.format(atMs);

/** `14 Jun 2026, 14:03`. */
export const momentText = (atMs: number): string => moment.format(atMs);

const axisHour = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const axisDay = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const DAY_MS = 86_400_000;

/** A moment on an axis: the time of day, or from two days on the day; midnight is always the day. */
export function axisText(atMs: number, spanMs: number): string {
  const at = new Date(atMs);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  return spanMs > 2 * DAY_MS || isMidnight ? axisDay.format(atMs) : axisHour.format(atMs);
}

/** A duration as two units at most: `7 s`, `3 min 20 s`, `2 h 5 min`, `4 d`. */
export function durationText(durationMs: number): string {
  const s = Math.max(0, Math.floor(durationMs / 1000));
  if (s < 60) return t('ui.seconds', { n: s });
  if (s < 3_600) return t('ui.minutes', { m: Math.floor(s / 60), s: s % 60 });
  if (s < 86_400) return t('ui.hours', { h: Math.floor(s / 3_600), m: Math.floor((s % 3_600) / 60) });
  return t('ui.days', { d: Math.floor(s / 86_400) });
}

/** `350 m`, `2.4 km`, `18 km`. */
export function distanceText(distanceM: number): string {
  const [value, unit, digits] =
    distanceM < 1_000
      ? [distanceM, 'meter', 0]
      : [distanceM / 1_000, 'kilometer', distanceM < 10_000 ? 1 : 0];
  return new Intl.NumberFormat(LOCALE, {
    style: 'unit',
    unit,
    maximumFractionDigits: digits,
  }).format(value);
}
