import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { ok, refused } from '../lib/result.ts';
import { openGazetteerThread } from './gazetteer-thread.ts';
import { nominatim } from './nominatim.ts';
import type { Places } from './types.ts';

export interface PlacesParts {
  /** The operator's own list; null: none. */
  readonly file: string | null;
  readonly geocoderUrl: string | null;
  readonly geocoderTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The list first, which asks nobody outside; the geocoder for what is not on it. Rejects with `GazetteerError`. */
export async function openPlaceSearch(parts: PlacesParts): Promise<Places & { stop(): Promise<void> }> {
  const { file, geocoderUrl: url, geocoderTimeoutMs: timeoutMs, log, metrics } = parts;
  const list = file === null ? null : await openGazetteerThread({ ...parts, file });
  const sources: Places[] = list ? [list] : [];
  if (url !== null) sources.push(nominatim({ url, timeoutMs, log, metrics }));
  return { ...inTurn(sources), stop: async () => list?.stop() };
}

export function inTurn(sources: readonly Places[]): Places {
  return {
    async search(words, limit) {
      if (sources.length === 0) return refused('places_off');
      for (const [i, source] of sources.entries()) {
        const found = await source.search(words, limit);
        if (i === sources.length - 1 || (found.ok && found.value.length > 0)) return found;
      }
      return ok([]);
    },
  };
}
