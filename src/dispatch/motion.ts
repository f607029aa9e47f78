import { distanceM, type LatLng } from '../geo/lat-lng.ts';

/** Two positions closer in time say more about the receiver's error than about speed. */
const LEAST_APART_MS = 5_000;
/** After so long what was seen before says nothing about now. */
const FORGOTTEN_AFTER_MS = 120_000;
/** Slower than that is standing: what a receiver indoors wanders by itself. */
const MOVES_FROM_MPS = 1;

/** How somebody moves, from positions in the order in which they were received. Not a number: not known. */
export class Motion {
  /** The position that the next one is measured from. */
  #lat = Number.NaN;
  #lng = Number.NaN;
  #atMs = Number.NaN;
  #speedMps = Number.NaN;

  get isMoving(): boolean {
    return this.#speedMps > MOVES_FROM_MPS;
  }

  /** One more position. The speed is the mean of the newest and what was known, so that one jump does not decide. */
  seen(point: LatLng, receivedAtMs: number): void {
    const apartMs = receivedAtMs - this.#atMs;
    const isAsNew = !(apartMs >= 0 && apartMs <= FORGOTTEN_AFTER_MS);
    if (!isAsNew && apartMs < LEAST_APART_MS) return;
    this.#speedMps = isAsNew ? Number.NaN : this.#smoothed(this.#metersTo(point) / (apartMs / 1_000));
    this.#lat = point.lat;
    this.#lng = point.lng;
    this.#atMs = receivedAtMs;
  }

  /** The speed at this time; null: standing, or not seen for too long. */
  speedMps(nowMs: number): number | null {
    return this.isMoving && nowMs - this.#atMs <= FORGOTTEN_AFTER_MS ? this.#speedMps : null;
  }

  #metersTo(point: LatLng): number {
    return distanceM({ lat: this.#lat, lng: this.#lng }, point);
  }

  #smoothed(newestMps: number): number {
    return Number.isNaN(this.#speedMps) ? newestMps : (this.#speedMps + newestMps) / 2;
  }
}
