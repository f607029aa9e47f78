import { z } from 'zod';
import { isLatLng } from '../geo/lat-lng.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { ok, refused } from '../lib/result.ts';
import { textUpTo } from '../lib/text-up-to.ts';
import type { Place, Places } from './types.ts';

export interface NominatimOptions {
  /** Where Nominatim answers, without `/search`. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const ANSWER_BYTES_MAX = 1024 * 1024;

/** What `/search?format=jsonv2` answers (nominatim.org, "Search queries"); coordinates are texts. */
const found = z.array(
  z.object({
    lat: z.coerce.number(),
    lon: z.coerce.number(),
    display_name: z.string(),
    name: z.string().nullish(),
    type: z.string().nullish(),
  }),
);

/** A geocoder with the interface of Nominatim, the operator's own or one they have chosen. What is asked is not logged. */
export function nominatim({ url, timeoutMs, log, metrics }: NominatimOptions): Places {
  return {
    async search(words, limit) {
      const query = new URLSearchParams({ q: words, format: 'jsonv2', limit: String(limit) });
      try {
        const answer = await fetch(`${url.replace(/\/$/, '')}/search?${query}`, {
          headers: { accept: 'application/json', 'user-agent': 'muster' },
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (!answer.ok) {
          await answer.body?.cancel();
          throw Object.assign(new Error('refused'), { code: `HTTP_${answer.status}` });
        }
        const rows = found.parse(JSON.parse((await textUpTo(answer.body, ANSWER_BYTES_MAX)) ?? ''));
        return ok(
          rows
            .filter(({ lat, lon }) => isLatLng(lat, lon))
            .slice(0, limit)
            .map(placeOf),
        );
      } catch (error) {
        metrics.count('places_geocoder_failed_total');
        const { code, error: name } = errorFields(error);
        log.warn({ code: code ?? name }, 'the geocoder does not answer');
        return refused('busy', 'the search of places does not answer: set the point on the map');
      }
    },
  };
}

function placeOf({ lat, lon, display_name, name, type }: z.infer<typeof found>[number]): Place {
  const point = { lat, lng: lon };
  return name
    ? { name, address: display_name, kind: type ?? null, point }
    : { name: display_name, address: null, kind: type ?? null, point };
}
