import type { ActiveTimes } from './fence.ts';

const MINUTE_MS = 60_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface LocalMinute {
  /** ISO: Monday is 1. */
  readonly weekday: number;
  readonly minute: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether a fence counts at this time. Null: always. */
export function isActive(times: ActiveTimes | null, nowMs: number): boolean {
  if (times === null) return true;
  const { weekday, minute } = localMinute(nowMs, times.timezone);
  return times.windows.some((window) => {
    if (window.fromMin < window.toMin)
      return weekday === window.weekday && minute >= window.fromMin && minute < window.toMin;
    const nextDay = (window.weekday % 7) + 1;
    return (
      (weekday === window.weekday && minute >= window.fromMin) ||
      (weekday === nextDay && minute < window.toMin)
    );
  });
}

/** What the clock on the wall shows, with daylight saving as the runtime's time zone data has it. */
function localMinute(nowMs: number, timezone: string): LocalMinute {
  const parts = new Map(
    formatterOf(timezone)
      .formatToParts(Math.floor(nowMs / MINUTE_MS) * MINUTE_MS)
      .map(({ type, value }) => [type, value]),
  );
  return {
    weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
    minute: (Number(parts.get('hour')) % 24) * 60 + Number(parts.get('minute')),
  };
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timezone, made);
  return made;
}
