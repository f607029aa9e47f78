import MiniSearch, { type SearchOptions } from 'minisearch';
import { coarseCell } from '../geo/coarse.ts';
import { ok } from '../lib/result.ts';
import type { Place, Places } from './types.ts';

/** Words of one thing in several forms: without accents, in small letters. */
const plain = (term: string): string =>
  term
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** Longer words may be misheard by more. */
const FUZZY_FROM_CHARS = 4;
const FUZZY = 0.2;
/** Beginnings of shorter words mean too much. */
const PREFIX_FROM_CHARS = 2;

const OPTIONS: SearchOptions = {
  prefix: (term) => term.length >= PREFIX_FROM_CHARS,
  fuzzy: (term) => (term.length >= FUZZY_FROM_CHARS && !/\d/.test(term) ? FUZZY : false),
  boost: { name: 2 },
  // What is there letter by letter stands before what it may have been heard as.
  weights: { prefix: 0.5, fuzzy: 0.2 },
};

/**
 * A list of places held in memory. Every word that is asked for has to be there, whole, as a beginning, or nearly so; where
 * no place has them all (a house number that is not on the list), those with most of them.
 */
export function gazetteer(places: readonly Place[]): Places & { readonly size: number } {
  const index = new MiniSearch<Place & { id: number }>({
    fields: ['name', 'address', 'kind'],
    processTerm: (term) => plain(term) || null,
  });
  index.addAll(places.map((place, id) => ({ ...place, id })));
  return {
    size: places.length,
    async search(words, limit) {
      const all = index.search(words, { ...OPTIONS, combineWith: 'AND' });
      const found = all.length > 0 ? all : index.search(words, OPTIONS);
      return ok(firstOfEach(found, places, limit));
    },
  };
}

/** A road is many lines of one name: one for each neighbourhood is enough to choose from. */
function firstOfEach(
  found: readonly { readonly id: number }[],
  places: readonly Place[],
  limit: number,
): Place[] {
  const chosen = new Map<string, Place>();
  for (const { id } of found) {
    const place = places[id];
    if (!place) continue;
    const key = `${plain(place.name)} ${place.address ?? ''} ${coarseCell(place.point)}`;
    if (!chosen.has(key)) chosen.set(key, place);
    if (chosen.size === limit) break;
  }
  return [...chosen.values()];
}
