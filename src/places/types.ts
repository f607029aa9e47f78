import type { LatLng } from '../geo/lat-lng.ts';
import type { Result } from '../lib/result.ts';

/** Somewhere that a caller may mean. */
export interface Place {
  /** For people: what it is called and where that is. */
  readonly name: string;
  readonly address: string | null;
  /** In the words of the source: `village`, `hospital`, `road`. */
  readonly kind: string | null;
  readonly point: LatLng;
}

/** Looks places up by what a caller says. */
export interface Places {
  /**
   * The likeliest first, at most `limit`. `places_off`: there is nothing to look in. `busy`: who is asked does not answer
   * in time.
   */
  search(words: string, limit: number): Promise<Result<readonly Place[], 'places_off' | 'busy'>>;
}
