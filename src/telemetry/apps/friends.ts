import type { LatLng } from '../../geo/lat-lng.ts';
import { derivedId } from '../../lib/derived-id.ts';

/** Somebody who comes to help the owner of a device. */
export interface Coming {
  readonly sosId: string;
  readonly responderId: string;
  readonly name: string | null;
  /** Where they were last, and when that was received; null: not known. */
  readonly at: (LatLng & { readonly atMs: number }) | null;
}

/** An object of OwnTracks, as it goes into the answer. */
export type Friend = Readonly<Record<string, string | number>>;

/**
 * Those who come as friends on the map of an unmodified OwnTracks: a card with the name, and a location. The app knows a
 * friend by the topic, which therefore stays the same for each of them as long as the SOS is open and says nothing of who
 * they are. It forgets nobody by itself: who is not sent any more stays where they were last seen.
 */
export function friendsOf(coming: readonly Coming[]): Friend[] {
  const taken = new Set<string>();
  return coming.flatMap(({ sosId, responderId, name, at }) => {
    const tid = initialsOf(name, taken);
    const topic = `owntracks/help/${derivedId('friend', sosId, responderId).slice(0, 8)}`;
    const card: Friend = { _type: 'card', tid, topic, name: name ?? 'Helper' };
    if (at === null) return [card];
    return [
      card,
      { _type: 'location', tid, topic, lat: at.lat, lon: at.lng, tst: Math.floor(at.atMs / 1_000) },
    ];
  });
}

/** Two characters that nobody else in this answer has. */
function initialsOf(name: string | null, taken: Set<string>): string {
  const words = (name ?? '').toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const letters = [...(words[0] ?? 'H')];
  const first = letters[0] ?? 'H';
  const last = words.length > 1 ? [...(words.at(-1) ?? '')][0] : letters[1];
  const wanted = [`${first}${last ?? '1'}`, ...Array.from({ length: 9 }, (_, i) => `${first}${i + 1}`)];
  const tid = wanted.find((one) => !taken.has(one)) ?? wanted[0] ?? 'H1';
  taken.add(tid);
  return tid;
}
