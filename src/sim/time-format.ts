import { UsageError } from './usage-error.ts';

/** Reads a text as milliseconds since 1970, or null when it is not a time in the expected form. */
export type TimeReader = (text: string) => number | null;

const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const MINUTE_MS = 60_000;

/** `-07:00`, `+0530` or `Z` as milliseconds east of UTC. */
export function parseUtcOffsetMs(text: string): number {
  if (text === 'Z') return 0;
  const match = OFFSET.exec(text);
  const hours = Number(match?.[2]);
  const minutes = Number(match?.[3]);
  if (!match || hours > 14 || minutes > 59) {
    throw new UsageError(`"${text}" is not an offset from UTC; write it as -07:00, +05:30 or Z.`);
  }
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}

type Field = 'year' | 'month' | 'day' | 'hour' | 'hour12' | 'minute' | 'second' | 'fraction' | 'half';

const TOKENS: Readonly<Record<string, readonly [Field, string]>> = {
  yyyy: ['year', '(\\d{4})'],
  MM: ['month', '(\\d{1,2})'],
  dd: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{1,2})'],
  hh: ['hour12', '(\\d{1,2})'],
  mm: ['minute', '(\\d{2})'],
  ss: ['second', '(\\d{2})'],
  SSS: ['fraction', '(\\d{1,9})'],
  a: ['half', '([AaPp][Mm])'],
};

const TOKEN = /yyyy|SSS|MM|dd|HH|hh|mm|ss|a/g;

/**
 * A reader of times in one form: `unix_s`, `unix_ms`, `iso` (ISO 8601; without a zone it is local), or a pattern
 * of `yyyy MM dd HH hh mm ss SSS a` with anything else standing for itself, such as `MM/dd/yyyy hh:mm:ss a`.
 * Times without a zone are `utcOffsetMs` east of UTC.
 */
export function timeReader(format: string, utcOffsetMs: number): TimeReader {
  if (format === 'unix_s') return (text) => unixMs(text, 1_000);
  if (format === 'unix_ms') return (text) => unixMs(text, 1);
  if (format === 'iso') return (text) => isoMs(text, utcOffsetMs);
  return patternReader(format, utcOffsetMs);
}

const LATEST_MS = 8.64e15;

function unixMs(text: string, unitMs: number): number | null {
  if (!/^-?\d+(\.\d+)?$/.test(text.trim())) return null;
  const ms = Math.round(Number(text) * unitMs);
  return ms >= 0 && ms <= LATEST_MS ? ms : null;
}

function isoMs(text: string, utcOffsetMs: number): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  );
  if (!match) return null;
  const zone = match[3];
  const ms = Date.parse(`${match[1]}T${match[2]}Z`);
  if (!Number.isFinite(ms) || new Date(ms).toISOString().slice(0, 10) !== match[1]) return null;
  return ms - (zone === undefined ? utcOffsetMs : zoneMs(zone));
}

function zoneMs(zone: string): number {
  const match = OFFSET.exec(zone);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * MINUTE_MS;
}

function patternReader(format: string, utcOffsetMs: number): TimeReader {
  const fields: Field[] = [];
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  let source = '';
  let from = 0;
  for (const match of format.matchAll(TOKEN)) {
    const token = TOKENS[match[0]];
    if (!token) continue;
    fields.push(token[0]);
    source += literal(format.slice(from, match.index)) + token[1];
    from = match.index + match[0].length;
  }
  for (const needed of ['year', 'month', 'day'] as const) {
    if (!fields.includes(needed)) {
      throw new UsageError(
        `"${format}" is not a time format; use unix_s, unix_ms, iso or a pattern such as MM/dd/yyyy hh:mm:ss a.`,
      );
    }
  }
  const form = new RegExp(`^${source}${literal(format.slice(from))}$`);
  return (text) => {
    const match = form.exec(text.trim());
    if (!match) return null;
    const value = new Map(fields.map((field, i) => [field, match[i + 1] ?? '']));
    const localMs = civilMs(value);
    return localMs === null ? null : localMs - utcOffsetMs;
  };
}

function civilMs(value: ReadonlyMap<Field, string>): number | null {
  const number = (field: Field) => Number(value.get(field) ?? 0);
  const hour = hourOf(value);
  const [year, month, day] = [number('year'), number('month'), number('day')];
  if (hour === null || hour > 23 || number('minute') > 59 || number('second') > 59) return null;
  const fractionMs = Math.floor(Number(`0.${value.get('fraction') ?? 0}`) * 1_000);
  const ms = Date.UTC(year, month - 1, day, hour, number('minute'), number('second'), fractionMs);
  const date = new Date(ms);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : null;
}

function hourOf(value: ReadonlyMap<Field, string>): number | null {
  const twelve = value.get('hour12');
  if (twelve === undefined) return Number(value.get('hour') ?? 0);
  const hour = Number(twelve);
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (/^p/i.test(value.get('half') ?? '') ? 12 : 0);
}
