import { type Signal, signal } from '@preact/signals';
import type { LatLng } from '../../../geo/lat-lng.ts';

/** Where this device is. Metres, degrees, by its own clock. */
export interface Here extends LatLng {
  readonly atMs: number;
  readonly accuracyM: number;
  readonly speedMps: number | null;
  readonly headingDeg: number | null;
  readonly altitudeM: number | null;
}

export type PositionProblem = 'denied' | 'unavailable' | 'slow';

/** Whoever stands still is told nothing by the browser, and would become too old to be asked. */
const ASK_AGAIN_MS = 25_000;
const WITHIN_MS = 20_000;

/** Follows the position of this device while somebody wants it. */
export class Position {
  readonly here: Signal<Here | null> = signal(null);
  readonly problem: Signal<PositionProblem | null> = signal(null);
  readonly #onFix: (here: Here) => void;
  #watch: number | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(onFix: (here: Here) => void = () => {}) {
    this.#onFix = onFix;
  }

  get isOn(): boolean {
    return this.#watch !== null;
  }

  start(): void {
    if (this.isOn || !navigator.geolocation) {
      if (!navigator.geolocation) this.problem.value = 'unavailable';
      return;
    }
    this.#watch = navigator.geolocation.watchPosition(this.#found, this.#failed, {
      enableHighAccuracy: true,
      timeout: WITHIN_MS,
      maximumAge: 5_000,
    });
    this.#timer = setInterval(() => {
      if (Date.now() - (this.here.value?.atMs ?? 0) >= ASK_AGAIN_MS) this.ask();
    }, ASK_AGAIN_MS);
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#watch = null;
    this.#timer = null;
  }

  /** Once, and fresh. */
  ask(): void {
    navigator.geolocation?.getCurrentPosition(this.#found, this.#failed, {
      enableHighAccuracy: true,
      timeout: WITHIN_MS,
      maximumAge: 0,
    });
  }

  readonly #found = ({ coords, timestamp }: GeolocationPosition): void => {
    const { latitude, longitude, accuracy, speed, heading, altitude } = coords;
    const here = {
      atMs: timestamp,
      lat: latitude,
      lng: longitude,
      accuracyM: accuracy,
      speedMps: speed,
      headingDeg: heading !== null && Number.isFinite(heading) ? heading : null,
      altitudeM: altitude,
    };
    this.problem.value = null;
    this.here.value = here;
    this.#onFix(here);
  };

  readonly #failed = ({ code }: GeolocationPositionError): void => {
    this.problem.value = code === 1 ? 'denied' : code === 2 ? 'unavailable' : 'slow';
  };
}
