import type { LatLng } from '../../geo/lat-lng.ts';

/** Where somebody was seen last, and when by the clock of the server. */
export interface LastSeen extends LatLng {
  readonly accuracyM: number | null;
  readonly receivedAtMs: number;
}
