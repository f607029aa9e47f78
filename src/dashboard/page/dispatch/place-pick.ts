import { signal } from '@preact/signals';
import type { LatLng } from '../../../geo/lat-lng.ts';

/** Who waits for a click on the map; null: nobody does. The map calls it with the place, once. */
export const placePick = signal<((point: LatLng) => void) | null>(null);

/** The place of the next click on the map. The answer stops waiting. */
export function pickPlace(onPicked: (point: LatLng) => void): () => void {
  const wanted = (point: LatLng) => {
    stop();
    onPicked(point);
  };
  const stop = () => {
    if (placePick.value === wanted) placePick.value = null;
  };
  placePick.value = wanted;
  return stop;
}

/** A place that is chosen and not sent yet, for the map to show. */
export const chosenPlace = signal<LatLng | null>(null);
