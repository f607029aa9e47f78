const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * MINUTE_MS;
const QUARTERS_MAX = 10_000;

/** How far local time is ahead of UTC at an instant of local time, in minutes. */
export type OffsetAt = (localMs: number) => number | null;

const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/;
const TIME_OF_DAY = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/;

/** `+09:00`, `UTC+0900`, `+9`, or minutes as a number; in minutes, null when it is none. */
export function offsetMinutes(value: unknown): number | null {
  if (typeof value === 'number') return Math.abs(value) <= 18 * 60 ? value : null;
  if (value === 'Z' || value === 'UTC') return 0;
  const [, sign, hours, minutes = '0'] =
    /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (sign === undefined || hours === undefined) return null;
  const total = Number(hours) * 60 + Number(minutes);
  return total > 18 * 60 ? null : sign === '-' ? -total : total;
}

/** An ISO 8601 date or time. One without an offset of its own is local time. */
export function isoMs(value: unknown, offsetAt: OffsetAt): number | null {
  const [, day, time = '00:00', offset] = ISO.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  if (day === undefined) return null;
  const localMs = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time.slice(0, 12)}Z`);
  if (Number.isNaN(localMs)) return null;
  return fromLocal(localMs, offset === undefined ? offsetAt : () => offsetMinutes(offset));
}

/** `HH:mm`, `HH:mm:ss` or `HH:mm:ss.SSS` of a local day `YYYY-MM-DD`. 24:00 is the next midnight. */
export function timeOfDayMs(day: unknown, value: unknown, offsetAt: OffsetAt): number | null {
  const parts = TIME_OF_DAY.exec(typeof value === 'string' ? value : '');
  const dayMs = isoMs(typeof day === 'string' ? day.slice(0, 10) : day, () => 0);
  if (!parts || dayMs === null) return null;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1, 4).map((part) => Number(part ?? 0));
  const timeMs =
    (hours * 60 + minutes) * MINUTE_MS + seconds * 1_000 + Number((parts[4] ?? '0').padEnd(3, '0'));
  return timeMs > DAY_MS || minutes > 59 || seconds > 59 ? null : fromLocal(dayMs + timeMs, offsetAt);
}

function fromLocal(localMs: number, offsetAt: OffsetAt): number | null {
  const minutes = offsetAt(localMs);
  return minutes === null ? null : localMs - minutes * MINUTE_MS;
}

/**
 * The offsets of an IANA zone. A local time that a change of clocks skips is taken as if the clocks had not been changed;
 * of one that comes twice the earlier is meant.
 */
export function zoneOffset(timezone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-u-hc-h23', {
    timeZone: timezone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetOf = (utcMs: number) => {
    const parts = new Map(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const seenMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return Math.round((seenMs - Math.floor(utcMs / 1_000) * 1_000) / MINUTE_MS);
  };
  const at = (localMs: number) => {
    // The offset of the day before is the one that holds in the hour that is skipped or comes first.
    const before = offsetOf(localMs - DAY_MS);
    if (offsetOf(localMs - before * MINUTE_MS) === before) return before;
    const after = offsetOf(localMs + DAY_MS);
    return offsetOf(localMs - after * MINUTE_MS) === after ? after : before;
  };
  // Clocks are changed on the quarter of an hour, and a day has up to 86,400 samples.
  const known = new Map<number, number>();
  return (localMs) => {
    const quarter = Math.floor(localMs / QUARTER_MS);
    const offset = known.get(quarter) ?? at(localMs);
    if (known.size >= QUARTERS_MAX) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}
