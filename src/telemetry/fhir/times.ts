/** A time of FHIR is a range: as long as what it leaves open. */
export interface TimeRange {
  readonly fromMs: number;
  /** The first millisecond that is not in it any more. */
  readonly toMs: number;
  /** Whether it says a time of day, with seconds. */
  readonly isExact: boolean;
}

const TIME =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MINUTE_MS = 60_000;
const OFFSET_MAX_MINUTES = 14 * 60;
/** No pulse was put on record before, and years of fewer digits mean something else to computers. */
const FIRST_YEAR = 1_800;
/** What lies before every time that is read, also of `ap` in a search. */
export const FIRST_MS = Date.UTC(1_700, 0);
/** The end of the last year with four digits: what many systems write for "no end". */
export const LAST_MS = 253_402_300_799_999;

/**
 * A `dateTime` or `instant` of R4; null: it is none. A date without a time of day is of UTC, because FHIR gives it no
 * zone. More digits than milliseconds are cut off.
 */
export function readTime(text: string): TimeRange | null {
  const parts = TIME.exec(text);
  // A time of day comes with seconds and a zone.
  if (!parts || (parts[4] !== undefined && (parts[6] === undefined || parts[8] === undefined))) return null;
  return rangeOf(parts);
}

/** The same in a search, where seconds and zone can be left out, and a `+` may have become a space on its way. */
export function readSearchTime(text: string): TimeRange | null {
  const parts = TIME.exec(text.replace(/ (?=\d\d:\d\d$)/, '+'));
  return parts && rangeOf(parts);
}

function rangeOf(parts: RegExpExecArray): TimeRange | null {
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(numberOr);
  if (year === undefined || year < FIRST_YEAR) return null;
  if (month === undefined) return { ...between(Date.UTC(year, 0), Date.UTC(year + 1, 0)), isExact: false };
  if (month < 1 || month > 12) return null;
  if (day === undefined)
    return { ...between(Date.UTC(year, month - 1), Date.UTC(year, month)), isExact: false };
  const dayMs = Date.UTC(year, month - 1, day);
  if (new Date(dayMs).getUTCMonth() !== month - 1 || day < 1) return null;
  if (hour === undefined || minute === undefined) {
    return { ...between(dayMs, dayMs + 24 * 60 * MINUTE_MS), isExact: false };
  }
  const offsetMs = readOffset(parts[8] ?? 'Z');
  // R4 lets a leap second be.
  if (hour > 23 || minute > 59 || (second ?? 0) > 60 || offsetMs === null) return null;
  const minuteMs = dayMs + (hour * 60 + minute) * MINUTE_MS - offsetMs;
  if (second === undefined) return { ...between(minuteMs, minuteMs + MINUTE_MS), isExact: false };
  const secondMs = minuteMs + second * 1_000;
  const fraction = parts[7];
  if (fraction === undefined) return { ...between(secondMs, secondMs + 1_000), isExact: true };
  const fromMs = secondMs + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { ...between(fromMs, fromMs + 1), isExact: true };
}

const numberOr = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const between = (fromMs: number, toMs: number) => ({ fromMs, toMs: Math.min(toMs, LAST_MS) });

function readOffset(zone: string): number | null {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  if (minutes > OFFSET_MAX_MINUTES || Number(zone.slice(4, 6)) > 59) return null;
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}

/** An instant as R4 writes it. */
export const instantOf = (atMs: number): string => new Date(atMs).toISOString();
