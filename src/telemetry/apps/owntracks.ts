import { type AppMessage, type AppMessages, ignored, knownType, unreadable } from './app-message.ts';
import {
  accuracyOf,
  altitudeOf,
  type Fields,
  headingOf,
  idOf,
  isFields,
  percentOf,
  placeOf,
  secondsOf,
  speedOf,
} from './values.ts';

/** Every `_type` of the OwnTracks booklet (tech/json). */
const TYPES: ReadonlySet<string> = new Set([
  'location',
  'transition',
  'waypoint',
  'waypoints',
  'lwt',
  'status',
  'steps',
  'card',
  'cmd',
  'beacon',
  'configuration',
  'request',
  'encrypted',
]);
/** Those that say where the device was. A waypoint says where a place is. */
const WITH_PLACE: ReadonlySet<string> = new Set(['location', 'transition']);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of a POST in OwnTracks' HTTP mode: one JSON object, or nothing at all, which the app sends when a friend
 * was deleted. Times are seconds, `vel` is km/h, `acc` of 0 and `vel`, `cog` and `batt` of -1 are not known. A point of
 * interest called SOS is a call for help: the app has no other button that could be one.
 */
export function readOwnTracks(body: Uint8Array, receivedAtMs: number): AppMessages {
  if (body.byteLength === 0) return { messages: [], problem: null };
  let read: unknown;
  try {
    read = JSON.parse(utf8.decode(body));
  } catch {
    return unreadable('body: not JSON');
  }
  if (!isFields(read)) return unreadable('body: no JSON object');
  return typeof read._type === 'string'
    ? { messages: [messageOf(read, receivedAtMs)], problem: null }
    : unreadable('_type: is missing');
}

/** One OwnTracks object, from wherever it comes. */
export function messageOf(read: Fields, receivedAtMs: number): AppMessage {
  const type = knownType(read._type, TYPES);
  const common = {
    atMs: secondsOf(read.tst),
    batteryPct: percentOf(read.batt),
    messageId: idOf(read._id),
  };
  if (!WITH_PLACE.has(type)) {
    const problem = type === 'encrypted' ? 'payloads are encrypted: clear the key in the app' : null;
    return ignored(type, { ...common, problem });
  }
  const place = placeOf(read.lat, read.lon);
  const about = { ...common, place, isSos: isSos(read.poi) };
  // A transition need not say where it happened.
  if (type === 'transition' && read.lat === undefined && read.lon === undefined) return ignored(type, about);
  if (!place) return { ...ignored(type, about), without: 'invalid', problem: 'lat, lon: no place on earth' };
  // The booklet has a payload without its time; whoever sends it means now.
  const atMs = read.tst === undefined ? receivedAtMs : common.atMs;
  if (atMs === null) return { ...ignored(type, about), without: 'invalid', problem: 'tst: no time' };
  const fix = {
    atMs,
    ...place,
    accuracyM: accuracyOf(read.acc),
    speedMps: speedOf(read.vel, 'kmh'),
    headingDeg: headingOf(read.cog),
    altitudeM: altitudeOf(read.alt),
    batteryPct: common.batteryPct,
    messageId: common.messageId,
    isMock: false,
  };
  return { type, fix, without: null, problem: null, ...about, atMs };
}

const isSos = (poi: unknown): boolean =>
  typeof poi === 'string' && /^\s*sos\s*!*\s*$/i.test(poi.slice(0, 32));
