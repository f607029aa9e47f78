import { distanceM, type LatLng } from '../../geo/lat-lng.ts';
import { LruMap } from '../lanes/lru-map.ts';
import type { Stored } from '../lanes/plan.ts';
import type { KeptFix } from './fix.ts';

/** About as well as a phone knows where it is. */
const NEAR_M = 25;
const MOVES_EVERY_MS = 10_000;
const PEOPLE_MAX = 100_000;

interface Place extends LatLng {
  readonly receivedAtMs: number;
}

/**
 * Where the store has people. The row of somebody who moves is rewritten with its entry in the spatial index, which costs
 * more than their fix in history: it follows once they are {@link NEAR_M} away from it, or it is {@link MOVES_EVERY_MS} old.
 */
export class KnownPlaces {
  readonly #places = LruMap.ofMany<Place>(PEOPLE_MAX);

  /** Those whose place in the store has to follow; one fix of each person at most. */
  left(newest: readonly Stored<KeptFix>[]): Stored<KeptFix>[] {
    return newest.filter((row) => {
      const place = this.#places.get(row.device.userId);
      return (
        !place ||
        row.receivedAtMs - place.receivedAtMs >= MOVES_EVERY_MS ||
        distanceM(place, row.value.fix) >= NEAR_M
      );
    });
  }

  /** The places of those of {@link left} are in the store. */
  committed(newest: readonly Stored<KeptFix>[]): void {
    for (const { device, value, receivedAtMs } of this.left(newest))
      this.#places.set(device.userId, { lat: value.fix.lat, lng: value.fix.lng, receivedAtMs });
  }
}
