import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** Two positions closer in time say more about the receiver's error than about speed. */
const LEAST_APART_MS = 5_000;
/** After so long what was seen before says nothing about now. */
const FORGOTTEN_AFTER_MS = 120_000;
/** Slower than that is standing: what a receiver indoors wanders by itself. */
const MOVES_FROM_MPS = 1;

/** Of each handle eight numbers next to each other: the place, and then what the next one is measured from. */
const NUMBERS = 8;
const [LAT, LNG, AT_MS, OWN_FIX_AT_MS, FROM_LAT, FROM_LNG, FROM_AT_MS, SPEED_MPS] = [0, 1, 2, 3, 4, 5, 6, 7];
const HANDLES_MIN = 1_024;

/**
 * Where people are and how they move, by handle, changed in place: tens of thousands move every second, and what is made
 * for each move and lives until the next is what garbage collection takes long over. Not a number: not known.
 */
export class Whereabouts {
  #all = new Float64Array(HANDLES_MIN * NUMBERS).fill(Number.NaN);

  /** Makes room for one more. Handles are small numbers, given out one after the other. */
  begin(handle: number): void {
    const size = (handle + 1) * NUMBERS;
    if (size <= this.#all.length) return;
    const grown = new Float64Array(Math.max(size, 2 * this.#all.length)).fill(Number.NaN);
    grown.set(this.#all);
    this.#all = grown;
  }

  /** Nothing of them is known any more. */
  forget(handle: number): void {
    this.#all.fill(Number.NaN, handle * NUMBERS, (handle + 1) * NUMBERS);
  }

  pointOf(handle: number): LatLng | null {
    const [lat, lng] = [this.#of(handle, LAT), this.#of(handle, LNG)];
    return Number.isNaN(lat) ? null : { lat, lng };
  }

  /** When their newest position was received. */
  atMsOf(handle: number): number {
    return this.#of(handle, AT_MS);
  }

  /** When the newest fix that came in here did, while no newer one came in elsewhere. */
  ownFixAtMsOf(handle: number): number {
    return this.#of(handle, OWN_FIX_AT_MS);
  }

  /** One more position, in the order in which they are received. True: they have a place for the first time, set out or stopped. */
  move(handle: number, lat: number, lng: number, receivedAtMs: number, isOwn: boolean): boolean {
    const at = handle * NUMBERS;
    const isFirst = Number.isNaN(this.#of(handle, LAT));
    const wasMoving = this.isMoving(handle);
    this.#all[at + LAT] = lat;
    this.#all[at + LNG] = lng;
    this.#all[at + AT_MS] = receivedAtMs;
    this.#all[at + OWN_FIX_AT_MS] = isOwn ? receivedAtMs : Number.NaN;
    this.#measure(handle, receivedAtMs);
    return isFirst || wasMoving !== this.isMoving(handle);
  }

  isMoving(handle: number): boolean {
    return this.#of(handle, SPEED_MPS) > MOVES_FROM_MPS;
  }

  /** The speed at this time; null: standing, or not seen for too long. */
  speedMpsOf(handle: number, nowMs: number): number | null {
    const isFresh = nowMs - this.#of(handle, FROM_AT_MS) <= FORGOTTEN_AFTER_MS;
    return this.isMoving(handle) && isFresh ? this.#of(handle, SPEED_MPS) : null;
  }

  #of(handle: number, number: number): number {
    return this.#all[handle * NUMBERS + number] as number;
  }

  /** The speed is the mean of the newest and what was known, so that one jump does not decide. */
  #measure(handle: number, receivedAtMs: number): void {
    const apartMs = receivedAtMs - this.#of(handle, FROM_AT_MS);
    const isAsNew = !(apartMs >= 0 && apartMs <= FORGOTTEN_AFTER_MS);
    if (!isAsNew && apartMs < LEAST_APART_MS) return;
    const at = handle * NUMBERS;
    this.#all[at + SPEED_MPS] = isAsNew ? Number.NaN : this.#smoothed(handle, apartMs);
    this.#all[at + FROM_LAT] = this.#of(handle, LAT);
    this.#all[at + FROM_LNG] = this.#of(handle, LNG);
    this.#all[at + FROM_AT_MS] = receivedAtMs;
  }

  #smoothed(handle: number, apartMs: number): number {
    const from = { lat: this.#of(handle, FROM_LAT), lng: this.#of(handle, FROM_LNG) };
    const to = { lat: this.#of(handle, LAT), lng: this.#of(handle, LNG) };
    const newestMps = distanceM(from, to) / (apartMs / 1_000);
    const knownMps = this.#of(handle, SPEED_MPS);
    return Number.isNaN(knownMps) ? newestMps : (knownMps + newestMps) / 2;
  }
}
