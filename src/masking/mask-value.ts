import type { Mask } from '../schema/mask.ts';
import type { Fakes, Point } from './fakes.ts';

/** A value as PostgreSQL writes it. */
type Text = string | null;
type Masking = (fakes: Fakes, value: string, person: string) => Text;

/** EWKB of a point with its reference system: byte order, type and flags, SRID, x, y; little-endian. */
const POINT_BYTES = 25;
const X_AT = 9;
const Y_AT = 17;

function movedGeography(fakes: Fakes, hex: string, person: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length !== POINT_BYTES || bytes.readUInt8(0) !== 1) throw new Error('a place that is no point');
  const { lat, lng } = fakes.place(person, { lat: bytes.readDoubleLE(Y_AT), lng: bytes.readDoubleLE(X_AT) });
  bytes.writeDoubleLE(lng, X_AT);
  bytes.writeDoubleLE(lat, Y_AT);
  return bytes.toString('hex').toUpperCase();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Words that the program itself writes into events. Whatever else is text was written by people. */
const KINDS = new Set(
  `MEDICAL FIRE ACCIDENT CRIME NATURAL_DISASTER OTHER CRITICAL HIGH MEDIUM LOW filled cancelled resolved stood_down busy nobody_left
   asked_for withdrawn expired declined [erased] PRIMARY SUPPORT person dispatcher machine position merged asked_again no_answer
   wider_ring professionals dispatchers hand_off needed reported confirmed released reserve real_sos FIRST_AID CPR
   FIREFIGHTING SEARCH_RESCUE COUNSELING MEDICAL_PROFESSIONAL DRIVER TRANSLATOR asked_before not_verified not_available
   not_connected not_qualified certificate_expired position_stale off_duty quiet_hours resting MINOR MODERATE SEVERE EXTREME needs_consent failing
   strava polar samsung`.split(/\s+/),
);
/** An H3 index, which is coarse by itself, and nothing else. */
const CELL = /^8[0-9a-f]{14}$/;

const isPoint = (value: object): value is Point =>
  'lat' in value && 'lng' in value && typeof value.lat === 'number' && typeof value.lng === 'number';

/** Numbers stay, keys stay (the program chose them), places are moved, and text stays only where it is no words. */
function maskedJson(fakes: Fakes, value: unknown, person: string): unknown {
  if (typeof value === 'string') {
    return UUID.test(value) || KINDS.has(value) || CELL.test(value) ? value : fakes.words(value);
  }
  if (Array.isArray(value)) return value.map((one) => maskedJson(fakes, one, person));
  if (typeof value !== 'object' || value === null) return value;
  if (isPoint(value)) return { ...value, ...fakes.place(person, value) };
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, maskedJson(fakes, one, person)]));
}

/** A call for help was made where its requester was, whoever wrote it down. */
function maskedEvent(fakes: Fakes, json: string, actor: string): string {
  const data: unknown = JSON.parse(json);
  const requester =
    typeof data === 'object' && data !== null && 'requesterId' in data && typeof data.requesterId === 'string'
      ? data.requesterId
      : actor;
  return JSON.stringify(maskedJson(fakes, data, requester));
}

const MASKINGS: Readonly<Record<Exclude<Mask, 'default'>, Masking>> = {
  keep: (_fakes, value) => value,
  null: () => null,
  unusable: (fakes, value) => `\\x${fakes.bytes('secret', value).toString('hex')}`,
  empty_json: () => '{}',
  name: (fakes, value) => fakes.name(value),
  first_name: (fakes, value) => fakes.firstName(value),
  last_name: (fakes, value) => fakes.lastName(value),
  email: (fakes, value) => fakes.email(value),
  phone: (fakes, value) => fakes.phone(value),
  street: (fakes, value) => fakes.street(value),
  city: (fakes, value) => fakes.city(value),
  region: (fakes, value) => fakes.region(value),
  postal_code: (fakes, value) => fakes.postalCode(value),
  organisation: (fakes, value) => fakes.organisation(value),
  specialty: (fakes, value) => fakes.specialty(value),
  licence: (fakes, value) => fakes.licence(value),
  birthday: (fakes, value) => fakes.birthday(value),
  words: (fakes, value) => fakes.words(value),
  place: movedGeography,
  event: maskedEvent,
};

/** What stands in the copy instead. What was missing stays missing. */
export function masked(fakes: Fakes, mask: Exclude<Mask, 'default'>, value: Text, person: string): Text {
  return value === null ? null : MASKINGS[mask](fakes, value, person);
}
