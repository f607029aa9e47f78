import { createHmac } from 'node:crypto';

const FIRST_NAMES =
  `Ada Amir Anna Bela Chen Dana Elif Emil Femi Goran Hana Ines Ivan Jana Kofi Lena Luca Maja Mila Nils Noor Omar
  Petra Quinn Rosa Sami Sofia Tariq Uma Vera Wanda Xenia Yara Zoe`.split(/\s+/);
const LAST_NAMES =
  `Abbas Almeida Bauer Berger Costa Diallo Engel Fischer Garcia Haas Ivanova Jansen Keller Kowalski Larsen Lopez
  Meier Moreau Nakamura Novak Okafor Olsen Petrov Quispe Rossi Sato Schmid Silva Torres Ueda Vogel Weber Yilmaz Zhang`.split(
    /\s+/,
  );
const STREETS =
  'Birch Cedar Church Garden Hill Lake Market Mill Oak Park River School Spring Station Valley'.split(' ');
const CITIES =
  'Ashford Brookfield Clearwater Eastvale Fairview Greenhill Lakeside Millbrook Northgate Riverton'.split(
    ' ',
  );
const REGIONS = 'North South East West Central Coast Highlands Lowlands'.split(' ');
const SPECIALTIES =
  'cardiology|emergency medicine|general practice|geriatrics|intensive care|neurology|paediatrics|rehabilitation'.split(
    '|',
  );
const WORDS =
  `about after again all and around at back before behind beside call can come corner do door down else end enough
  every few find first floor for from front gate get go ground half hall have help here hold house in it just keep
  know late leave left light like little long look make many maybe more near need next no not now of off on one open or
  other out over part past people place put ready right road room round see seven side small some soon stairs stand still stop
  street take that the then there they thing this three time to turn two under until up wait wall way we well what when
  where which white will window with`.split(/\s+/);

const EARTH_M_PER_DEGREE = 111_320;
const MOVED_M = { min: 300, max: 1_500 };
const BAND_YEARS = 5;

export interface Point {
  readonly lat: number;
  readonly lng: number;
}

/** Made-up values that look real, each the same for the same value and seed. Pure; the seed is the secret. */
export class Fakes {
  readonly #seed: Buffer;

  constructor(seed: Buffer) {
    this.#seed = seed;
  }

  /** 32 bytes that say nothing about the value. */
  bytes(kind: string, value: string): Buffer {
    return createHmac('sha256', this.#seed).update(`${kind}\0${value}`).digest();
  }

  #number(kind: string, value: string, below: number): number {
    return this.bytes(kind, value).readUIntBE(0, 6) % below;
  }

  #pick(kind: string, value: string, from: readonly string[]): string {
    return from[this.#number(kind, value.trim().toLowerCase(), from.length)] ?? '';
  }

  #hex(kind: string, value: string, digits: number): string {
    return this.bytes(kind, value).toString('hex').slice(0, digits);
  }

  firstName(value: string): string {
    return this.#pick('first name', value, FIRST_NAMES);
  }

  lastName(value: string): string {
    return this.#pick('last name', value, LAST_NAMES);
  }

  /** The first word is a first name, the rest a last name: as where they stand apart. */
  name(value: string): string {
    const [first = '', ...rest] = value.trim().split(/\s+/);
    return rest.length === 0
      ? this.firstName(first)
      : `${this.firstName(first)} ${this.lastName(rest.join(' '))}`;
  }

  /** At a domain that nobody can have (RFC 2606). */
  email(value: string): string {
    const address = value.trim().toLowerCase();
    const [first, last] = [this.firstName(address), this.lastName(address)];
    return `${first}.${last}.${this.#hex('e-mail', address, 12)}@example.org`.toLowerCase();
  }

  /** With a country code that no country has. */
  phone(value: string): string {
    const digits = value.replace(/\D/g, '');
    return `+999${String(this.#number('phone', digits, 1e11)).padStart(11, '0')}`;
  }

  street(value: string): string {
    return `${1 + this.#number('house', value, 199)} ${this.#pick('street', value, STREETS)} Street`;
  }

  city(value: string): string {
    return this.#pick('city', value, CITIES);
  }

  region(value: string): string {
    return this.#pick('region', value, REGIONS);
  }

  postalCode(value: string): string {
    return String(this.#number('postal code', value, 1e5)).padStart(5, '0');
  }

  organisation(value: string): string {
    return `Clinic of ${this.city(`organisation ${value}`)}`;
  }

  specialty(value: string): string {
    return this.#pick('specialty', value, SPECIALTIES);
  }

  licence(value: string): string {
    return `L-${this.#hex('licence', value, 16).toUpperCase()}`;
  }

  /** `YYYY-MM-DD` to another day within the same five years, so that ages stay what they are for statistics. */
  birthday(value: string): string {
    const year = Number(value.slice(0, 4));
    const bytes = this.bytes('birthday', value);
    const band = year - (year % BAND_YEARS);
    const two = (n: number) => String(n).padStart(2, '0');
    return `${String(band + (bytes.readUInt8(0) % BAND_YEARS)).padStart(4, '0')}-${two(1 + (bytes.readUInt8(1) % 12))}-${two(1 + (bytes.readUInt8(2) % 28))}`;
  }

  /** Other words, of about the same length; at least ten characters, at most as many as there were or ten. */
  words(value: string): string {
    const longest = Math.max(10, value.length);
    let text = '';
    for (let n = 0; ; n++) {
      const word = this.#pick(`word ${n}`, value, WORDS);
      const longer = text === '' ? word : `${text} ${word}`;
      if (longer.length > longest) break;
      text = longer;
    }
    return text.padEnd(10, '.');
  }

  /** Moved by 300 m to 1.5 km in one direction for each person, so that their tracks keep their shape and speed. */
  place(person: string, { lat, lng }: Point): Point {
    const bytes = this.bytes('place', person);
    const angle = (bytes.readUInt32BE(0) / 2 ** 32) * 2 * Math.PI;
    const metres = MOVED_M.min + (bytes.readUInt32BE(4) / 2 ** 32) * (MOVED_M.max - MOVED_M.min);
    const movedLat = clamp(lat + (metres * Math.cos(angle)) / EARTH_M_PER_DEGREE, 90);
    const perDegree = EARTH_M_PER_DEGREE * Math.max(0.01, Math.cos((lat * Math.PI) / 180));
    const movedLng = lng + (metres * Math.sin(angle)) / perDegree;
    return { lat: movedLat, lng: ((((movedLng + 180) % 360) + 360) % 360) - 180 };
  }
}

const clamp = (value: number, most: number) => Math.max(-most, Math.min(most, value));
