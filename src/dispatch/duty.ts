/** When somebody who is available may be asked, and how long what they have proved holds. */
export interface Duty {
  /** IANA name: what quiet hours and expiry dates go by. */
  readonly timezone: string;
  /** Weekly, of which one has to be on; none: at any time. */
  readonly shifts: readonly Shift[];
  /** Minutes of the person's local day. */
  readonly quietHours: { readonly fromMin: number; readonly toMin: number } | null;
  /** How long somebody is left alone after an alert. */
  readonly restAfterAlertMs: number;
  /** `expiresOn` (`YYYY-MM-DD`) is the last day; null: no end. A null skill stands for all of them. */
  readonly certificates: readonly { readonly skill: string | null; readonly expiresOn: string | null }[];
}

/** ISO weekday (Monday is 1), minutes of that local day. An end that is not after the start lies on the next day. */
export interface Shift {
  readonly weekday: number;
  readonly fromMin: number;
  readonly toMin: number;
  readonly timezone: string;
}

export type DutyExclusion = 'off_duty' | 'quiet_hours' | 'resting';

/** Why somebody is not to be asked at this time, by their own wish; null when they may be. */
export function dutyReason(duty: Duty, alertedAtMs: number | null, nowMs: number): DutyExclusion | null {
  const { quietHours, restAfterAlertMs, shifts } = duty;
  if (shifts.length > 0 && !shifts.some((shift) => isOn(shift, nowMs))) return 'off_duty';
  if (quietHours && within(quietHours, localTime(nowMs, duty.timezone).minute)) return 'quiet_hours';
  if (alertedAtMs !== null && nowMs - alertedAtMs < restAfterAlertMs) return 'resting';
  return null;
}

/**
 * The skills that hold at this time. A skill with certificates holds as long as one of them does; certificates that
 * stand for everything count the same for every skill; what was never certified holds by the verification alone.
 */
export function heldSkills(skills: readonly string[], duty: Duty, nowMs: number): readonly string[] {
  if (duty.certificates.every(({ expiresOn }) => expiresOn === null)) return skills;
  const { date } = localTime(nowMs, duty.timezone);
  return skills.filter((skill) => {
    const about = duty.certificates.filter((certificate) => (certificate.skill ?? skill) === skill);
    return about.length === 0 || about.some(({ expiresOn }) => expiresOn === null || expiresOn >= date);
  });
}

function isOn(shift: Shift, nowMs: number): boolean {
  const { weekday, minute } = localTime(nowMs, shift.timezone);
  if (shift.fromMin < shift.toMin) {
    return weekday === shift.weekday && minute >= shift.fromMin && minute < shift.toMin;
  }
  const nextDay = (shift.weekday % 7) + 1;
  return (
    (weekday === shift.weekday && minute >= shift.fromMin) || (weekday === nextDay && minute < shift.toMin)
  );
}

const within = ({ fromMin, toMin }: { fromMin: number; toMin: number }, minute: number): boolean =>
  fromMin < toMin ? minute >= fromMin && minute < toMin : minute >= fromMin || minute < toMin;

interface LocalTime {
  readonly weekday: number;
  readonly minute: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

const MINUTE_MS = 60_000;
const formatters = new Map<string, Intl.DateTimeFormat>();
/** By time zone, the last minute that was asked for: one search asks for the same one hundreds of times. */
const lastAsked = new Map<string, { readonly minuteOfTime: number; readonly local: LocalTime }>();

/** What the clock on the wall shows, with daylight saving as the runtime's time zone data has it. */
function localTime(nowMs: number, timezone: string): LocalTime {
  const minuteOfTime = Math.floor(nowMs / MINUTE_MS);
  const last = lastAsked.get(timezone);
  if (last?.minuteOfTime === minuteOfTime) return last.local;
  const parts = new Map(
    formatterOf(timezone)
      .formatToParts(minuteOfTime * MINUTE_MS)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
  const local = { weekday, minute: number('hour') * 60 + number('minute'), date };
  lastAsked.set(timezone, { minuteOfTime, local });
  return local;
}

/** Names are checked when they are set. One that this runtime does not know is read as UTC. */
function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const formatter = formatterIn(timezone) ?? new Intl.DateTimeFormat('en-CA', { ...PARTS, timeZone: 'UTC' });
  formatters.set(timezone, formatter);
  return formatter;
}

function formatterIn(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-CA', { ...PARTS, timeZone });
  } catch {
    return null;
  }
}

const PARTS: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};
