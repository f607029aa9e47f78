/** A weekly shift: ISO weekday (Monday is 1), minutes of that local day; an end not after the start is tomorrow's. */
export interface Shift {
  readonly weekday: number;
  readonly fromMin: number;
  readonly toMin: number;
  readonly timezone: string;
}

export interface Duty {
  readonly shifts: readonly Shift[];
  readonly quietHours: { readonly fromMin: number; readonly toMin: number } | null;
  readonly restAfterAlertMin: number;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const DAY_MIN = 1_440;

/** `08:30` → 510; null: no time. */
export function minutesOf(time: string): number | null {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(time) ?? [];
  const at = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && at < DAY_MIN ? at : null;
}

export const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** How many minutes it lasts; the same time twice is a whole day. */
export const lengthMin = ({ fromMin, toMin }: Pick<Shift, 'fromMin' | 'toMin'>): number =>
  toMin > fromMin ? toMin - fromMin : toMin - fromMin + DAY_MIN;

/** One shift for several weekdays, beside those that there are; the same again changes nothing. */
export function withShifts(
  shifts: readonly Shift[],
  weekdays: readonly number[],
  times: Omit<Shift, 'weekday'>,
): Shift[] {
  const added = weekdays
    .map((weekday) => ({ weekday, ...times }))
    .filter((one) => !shifts.some((s) => isSame(s, one)));
  return [...shifts, ...added].sort((a, b) => a.weekday - b.weekday || a.fromMin - b.fromMin);
}

const isSame = (a: Shift, b: Shift) =>
  a.weekday === b.weekday && a.fromMin === b.fromMin && a.toMin === b.toMin && a.timezone === b.timezone;

export const withoutShift = (shifts: readonly Shift[], gone: Shift): Shift[] =>
  shifts.filter((one) => !isSame(one, gone));

/** Why somebody who is on duty is not asked at this moment; null: they are. Quiet hours go by their own time zone. */
export function silentBecause(
  { shifts, quietHours }: Duty,
  timezone: string,
  nowMs: number,
): 'quiet_hours' | 'off_shift' | null {
  if (quietHours && isWithin(quietHours, localOf(nowMs, timezone).minute)) return 'quiet_hours';
  return shifts.length > 0 && !shifts.some((shift) => isOn(shift, nowMs)) ? 'off_shift' : null;
}

function isOn(shift: Shift, nowMs: number): boolean {
  const { weekday, minute } = localOf(nowMs, shift.timezone);
  const sinceDays = (weekday - shift.weekday + 7) % 7;
  const since = sinceDays * DAY_MIN + minute - shift.fromMin;
  return since >= 0 && since < lengthMin(shift);
}

const isWithin = (hours: { readonly fromMin: number; readonly toMin: number }, minute: number): boolean =>
  (minute - hours.fromMin + DAY_MIN) % DAY_MIN < lengthMin(hours);

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function localOf(atMs: number, timeZone: string): { weekday: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return {
    weekday: DAYS.indexOf(part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}
