import { isLatLng, type LatLng } from '../../geo/lat-lng.ts';

/** A JSON object whose fields nobody has looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const NUMBER_CHARS_MAX = 32;

/** A number, or a text that is one; null for everything else, and for what is not finite. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' ? numberIn(value.trim()) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

const numberIn = (text: string) =>
  text.length <= NUMBER_CHARS_MAX && NUMBER.test(text) ? Number(text) : null;

/** The number when it lies between these; null otherwise: what nobody needs to understand a fix is not known then. */
export function within(value: unknown, min: number, max: number): number | null {
  const number = numberOf(value);
  return number !== null && number >= min && number <= max ? number : null;
}

/** Up to 64 characters of an id; null for anything else. */
export function idOf(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.length > 0 && text.length <= 64 ? text : null;
}

export function placeOf(lat: unknown, lng: unknown): LatLng | null {
  const [north, east] = [numberOf(lat), numberOf(lng)];
  return north !== null && east !== null && isLatLng(north, east) ? { lat: north, lng: east } : null;
}

/** Metres. 0 and everything below says that it is not known; what is absurdly much stays much. */
export function accuracyOf(value: unknown): number | null {
  const accuracyM = numberOf(value);
  return accuracyM !== null && accuracyM > 0 ? Math.min(accuracyM, 100_000) : null;
}

/** Degrees from north; -1 says that it is not known. */
export const headingOf = (value: unknown): number | null => within(value, 0, 360);
export const altitudeOf = (value: unknown): number | null => within(value, -1_000, 20_000);
/** Of 0 to 100; -1 says that it is not known. */
export const percentOf = (value: unknown): number | null => within(value, 0, 100);

export type SpeedUnit = 'mps' | 'kmh' | 'knots' | 'mph';

/** How many of these a metre per second is the inverse of: the international knot and mile, exactly. */
const MPS_PER: Readonly<Record<SpeedUnit, number>> = {
  mps: 1,
  kmh: 1_000 / 3_600,
  knots: 1_852 / 3_600,
  mph: 1_609.344 / 3_600,
};
const SPEED_MPS_MAX = 1_000;

/** Metres per second; -1 says that it is not known. */
export function speedOf(value: unknown, unit: SpeedUnit): number | null {
  const speed = numberOf(value);
  return speed === null ? null : within(speed * MPS_PER[unit], 0, SPEED_MPS_MAX);
}

const AT_MS_MAX = 8.64e15;
/** Below it a number counts seconds, from it on milliseconds: what Traccar goes by. */
const SECONDS_BELOW = 2 ** 31 - 1;
// A plus in a query that was not escaped comes as a space.
const DATE_AND_TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+\- ]?\d{2}:?\d{2})?$/i;

/** Epoch seconds or milliseconds, or a date and time, of UTC when it names no zone; null when it is neither. */
export function timeOf(value: unknown): number | null {
  const number = numberOf(value);
  if (number !== null) return millis(number < SECONDS_BELOW ? number * 1_000 : number);
  return typeof value === 'string' ? millis(dateAndTime(value.trim())) : null;
}

/** Epoch seconds; OwnTracks counts nothing else. */
export function secondsOf(value: unknown): number | null {
  const seconds = numberOf(value);
  return seconds === null ? null : millis(seconds * 1_000);
}

const millis = (ms: number): number | null => {
  const whole = Math.round(ms);
  return whole >= 0 && whole <= AT_MS_MAX ? whole : null;
};

function dateAndTime(text: string): number {
  const [, date, time = '', zone = 'Z'] = (text.length <= 40 && DATE_AND_TIME.exec(text)) || [];
  if (date === undefined) return Number.NaN;
  const digits = zone.replace(/[^\d-]/g, '');
  const sign = digits.startsWith('-') ? '-' : '+';
  const [hours, minutes] = [digits.slice(-4, -2), digits.slice(-2)];
  return Date.parse(`${date}T${time}${/z/i.test(zone) ? 'Z' : `${sign}${hours}:${minutes}`}`);
}
