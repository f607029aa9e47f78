import type { LatLng } from '../geo/lat-lng.ts';
import type { Clock } from '../lib/clock.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { sosGeoJson, type Track, type TrackPoint, timelineCsv, tracksGpx } from './files.ts';
import type { ListStore } from './lists.ts';
import type { SosState } from './machine/state.ts';
import type { Disclosures } from './reading.ts';
import type { Timeline } from './timeline.ts';
import type { Contacts, Viewer } from './view.ts';

/** Where people were, which another room keeps. */
export interface Tracks {
  /** In order of time, at most `limit`. Both ends included, by the server's clock. */
  between(userId: string, fromMs: number, toMs: number, limit: number): Promise<readonly TrackPoint[]>;
  /** Where each was as far as it was known then; null: not. In the order asked. */
  knownAt(asked: readonly { userId: string; atMs: number }[]): Promise<readonly (LatLng | null)[]>;
}

export interface ExportParts {
  readonly timeline: Timeline;
  readonly lists: Pick<ListStore, 'holdings'>;
  readonly tracks: Tracks;
  readonly contacts: (userIds: readonly string[]) => Promise<Contacts>;
  readonly disclosures: Disclosures;
  readonly clock: Clock;
}

/** A part of the time of an SOS, for tracks too long for one file. */
export interface Span {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface ExportFile {
  readonly name: string;
  readonly type: string;
  readonly body: string;
  /** Whose emergency it is; null: somebody without an account. */
  readonly subjectUserId: string | null;
}

type Exported = Result<ExportFile, 'sos_not_found' | 'too_large'>;

/** Positions in one file. One a second of four holders is about an hour and a quarter. */
export const POINTS_MAX = 20_000;

/** One SOS as files. Tracks are as old as positions are kept. */
export function openExports(parts: ExportParts) {
  const { timeline, lists, tracks, contacts, disclosures, clock } = parts;

  const tracksOf = async (viewer: Viewer, state: SosState, span: Span): Promise<Track[] | null> => {
    const found: Track[] = [];
    let room = POINTS_MAX;
    const holdings = await lists.holdings([state.id]);
    const people = await contacts([...new Set(holdings.map(({ responderId }) => responderId))]);
    for (const holding of holdings) {
      const { responderId, heldAtMs, endedAtMs } = holding;
      const fromMs = Math.max(heldAtMs, span.fromMs ?? heldAtMs);
      const untilMs = endedAtMs ?? clock.nowMs();
      const toMs = Math.min(untilMs, span.toMs ?? untilMs);
      const points = fromMs > toMs ? [] : await tracks.between(responderId, fromMs, toMs, room + 1);
      if (points.length > room) return null;
      room -= points.length;
      if (points.length > 0) disclosures.saw(viewer, responderId);
      found.push({ holding, name: people.get(responderId)?.name ?? null, points });
    }
    return found;
  };

  const tooLarge = refused(
    'too_large',
    `more than ${POINTS_MAX} positions: ask for a part with fromMs and toMs`,
  );
  const file = (state: SosState, what: string, type: string, body: string): Exported =>
    ok({ name: `sos-${state.id}-${what}`, type, body, subjectUserId: state.requesterId });

  return {
    /** Whoever is entitled to the SOS, each as they may see it. */
    async timelineCsv(viewer: Viewer, sosId: string): Promise<Exported> {
      const state = await timeline.entitled(viewer, sosId);
      if (!state) return refused('sos_not_found');
      const events = await timeline.all(viewer, sosId);
      if (!events.ok) return events;
      return file(state, 'timeline.csv', 'text/csv; charset=utf-8', timelineCsv(events.value));
    },

    /** For dispatchers. */
    async geoJson(viewer: Viewer, sosId: string, span: Span): Promise<Exported> {
      const state = viewer.isDispatcher ? await timeline.entitled(viewer, sosId) : null;
      if (!state) return refused('sos_not_found');
      const ways = await tracksOf(viewer, state, span);
      if (!ways) return tooLarge;
      const offers = [...state.offers.values()];
      const asked = offers.map(({ responderId, sentAtMs }) => ({ userId: responderId, atMs: sentAtMs }));
      const known = await tracks.knownAt(asked);
      const from = new Map(
        offers.flatMap(({ id }, i): [string, LatLng][] => {
          const point = known[i];
          return point ? [[id, point]] : [];
        }),
      );
      return file(state, 'map.geojson', 'application/geo+json', sosGeoJson(state, ways, from));
    },

    /** For dispatchers. */
    async gpx(viewer: Viewer, sosId: string, span: Span): Promise<Exported> {
      const state = viewer.isDispatcher ? await timeline.entitled(viewer, sosId) : null;
      if (!state) return refused('sos_not_found');
      const ways = await tracksOf(viewer, state, span);
      if (!ways) return tooLarge;
      return file(state, 'tracks.gpx', 'application/gpx+xml', tracksGpx(state, ways));
    },
  };
}

export type Exports = ReturnType<typeof openExports>;
