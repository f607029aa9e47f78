import { type AppMessage, type AppMessages, ignored, unreadable } from './app-message.ts';
import {
  accuracyOf,
  altitudeOf,
  type Fields,
  headingOf,
  idOf,
  isFields,
  numberOf,
  percentOf,
  placeOf,
  speedOf,
  timeOf,
  within,
} from './values.ts';

/** What came in: the parameters of the address, and the body, of whatever type it says it is. */
export interface OsmAndRequest {
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
}

export type OsmAndMessages = AppMessages & {
  /** Who it says it is; null: it does not say so. */
  readonly deviceId: string | null;
  /** In JSON, whose senders are answered otherwise. */
  readonly isJson: boolean;
};

const TYPE = 'location';
const IDS = ['id', 'deviceid', 'device_id'] as const;
/** What makes parameters of an address a fix of their own, so that there is nothing in the body to look for. */
const OF_FIX = ['lat', 'lon', 'location', 'timestamp', 'alarm'] as const;

const utf8 = new TextDecoder();

/**
 * Reads what Traccar Client, OsmAnd and their kin send to one address, in any of four shapes: parameters of the address,
 * a form, a JSON object with the fixes under `location` (one or many), and a flat object or an array of them with the
 * names of the form. Which one it is shows in its first character, because the type that is stated is often another.
 */
export function readOsmAnd({ query, body }: OsmAndRequest, receivedAtMs: number): OsmAndMessages {
  const text = utf8.decode(body).trim();
  const fromAddress = fieldsOf(query);
  const asked = idIn(fromAddress);
  const isWhole = OF_FIX.some((name) => query.has(name));
  if (isWhole || text === '')
    return { ...one(flat(fromAddress, receivedAtMs)), deviceId: asked, isJson: false };
  if (!/^[[{]/.test(text)) {
    const form = fieldsOf(new URLSearchParams(text));
    return { ...one(flat(form, receivedAtMs)), deviceId: idIn(form) ?? asked, isJson: false };
  }
  try {
    const read: unknown = JSON.parse(text);
    return { ...fromJson(read, receivedAtMs), deviceId: idInJson(read) ?? asked, isJson: true };
  } catch {
    return { ...unreadable('body: not JSON'), deviceId: asked, isJson: true };
  }
}

const one = (message: AppMessage): AppMessages => ({ messages: [message], problem: null });

/** The first of each name, as Traccar takes it. */
function fieldsOf(parameters: URLSearchParams): Fields {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of parameters) fields[name] ??= value;
  return fields;
}

const idIn = (fields: Fields): string | null => {
  for (const name of IDS) if (fields[name] !== undefined) return idOf(fields[name]);
  return null;
};

function idInJson(read: unknown): string | null {
  const first: unknown = Array.isArray(read) ? read[0] : read;
  return isFields(first) ? idIn(first) : null;
}

function fromJson(read: unknown, receivedAtMs: number): AppMessages {
  if (Array.isArray(read)) {
    const whose = idInJson(read);
    return { messages: read.map((entry) => flatOf(entry, whose, receivedAtMs)), problem: null };
  }
  if (!isFields(read)) return unreadable('body: no JSON object');
  const { location } = read;
  if (Array.isArray(location))
    return { messages: location.map((entry) => nested(entry, receivedAtMs)), problem: null };
  return one(isFields(location) ? nested(location, receivedAtMs) : flat(read, receivedAtMs));
}

const invalid = (problem: string, about: Partial<AppMessage> = {}): AppMessage => ({
  ...ignored(TYPE, about),
  without: 'invalid',
  problem,
});

/** An entry of an array. One that names another device than the first is none of ours. */
function flatOf(entry: unknown, whose: string | null, receivedAtMs: number): AppMessage {
  if (!isFields(entry)) return invalid('an entry is no JSON object');
  const id = idIn(entry);
  return id === null || id === whose ? flat(entry, receivedAtMs) : invalid('id: entries of several devices');
}

/** The names of OsmAnd: `speed` in knots, `batt` in percent, `accuracy` 0 for not known. */
function flat(fields: Fields, receivedAtMs: number): AppMessage {
  const [lat, lng] = pairIn(fields);
  return messageFrom(
    {
      lat,
      lng,
      timestamp: fields.timestamp,
      isValid: isTrue(fields.valid ?? true),
      accuracyM: accuracyOf(fields.accuracy),
      speedMps: speedOf(fields.speed, 'knots'),
      headingDeg: headingOf(fields.bearing ?? fields.heading),
      altitudeM: altitudeOf(fields.altitude),
      batteryPct: percentOf(fields.batt),
      isMock: isTrue(fields.mock),
      isSos: isSos(fields.alarm),
      messageId: idOf(fields.uuid),
    },
    receivedAtMs,
  );
}

function pairIn({ lat, lon, location }: Fields): [unknown, unknown] {
  if (typeof location !== 'string' || lat !== undefined || lon !== undefined) return [lat, lon];
  const [north, east, ...more] = location.split(',');
  return more.length === 0 ? [north, east] : [location, undefined];
}

/** The shape of Traccar Client 9 and of background-geolocation: m/s, -1 for not known, a battery of 0 to 1. */
function nested(entry: unknown, receivedAtMs: number): AppMessage {
  if (!isFields(entry)) return invalid('location: no JSON object');
  const coords = isFields(entry.coords) ? entry.coords : {};
  const battery = isFields(entry.battery) ? entry.battery : {};
  const extras = isFields(entry.extras) ? entry.extras : {};
  return messageFrom(
    {
      lat: coords.latitude,
      lng: coords.longitude,
      timestamp: entry.timestamp,
      isValid: true,
      accuracyM: accuracyOf(coords.accuracy),
      speedMps: speedOf(coords.speed, 'mps'),
      headingDeg: headingOf(coords.heading),
      altitudeM: altitudeOf(coords.altitude),
      batteryPct: levelOf(battery.level),
      isMock: isTrue(entry.mock),
      isSos: isSos(entry.alarm ?? extras.alarm),
      messageId: idOf(entry.uuid),
    },
    receivedAtMs,
  );
}

/** A share of 1. Some builds say it in percent after all. */
const levelOf = (level: unknown): number | null => {
  const share = within(level, 0, 1);
  return share === null ? percentOf(level) : share * 100;
};

interface Read extends Omit<NonNullable<AppMessage['fix']>, 'atMs' | 'lat' | 'lng'> {
  readonly lat: unknown;
  readonly lng: unknown;
  readonly timestamp: unknown;
  readonly isValid: boolean;
  readonly isSos: boolean;
}

function messageFrom(read: Read, receivedAtMs: number): AppMessage {
  const { lat, lng, timestamp, isValid, isSos: calls, ...rest } = read;
  const place = placeOf(lat, lng);
  const { batteryPct, messageId } = rest;
  // Without a time it is now.
  const atMs = isMissing(timestamp) ? receivedAtMs : timeOf(timestamp);
  const about = { atMs, place, isSos: calls, batteryPct, messageId };
  if (isMissing(lat) && isMissing(lng)) return ignored(TYPE, { ...about, problem: 'no position' });
  if (!place) return invalid('lat, lon: no place on earth', about);
  if (atMs === null) return invalid('timestamp: no time', about);
  if (!isValid) return invalid('valid: the device has no fix', about);
  return { type: TYPE, fix: { atMs, ...place, ...rest }, without: null, problem: null, ...about };
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';
const isTrue = (value: unknown): boolean =>
  value === true || numberOf(value) === 1 || (typeof value === 'string' && /^true$/i.test(value));
/** Alarms can be several. */
const isSos = (alarm: unknown): boolean =>
  typeof alarm === 'string' &&
  alarm
    .slice(0, 200)
    .split(',')
    .some((name) => /^\s*sos\s*$/i.test(name));
