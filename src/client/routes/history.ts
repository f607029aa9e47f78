import type { z } from 'zod';
import { seriesView, trackView, tripsView } from '../../protocol/http/history.ts';
import type { vitalName } from '../../protocol/tail.ts';
import { path, type Transport } from './transport.ts';

export type VitalName = z.infer<typeof vitalName>;
export type SeriesView = z.infer<typeof seriesView>;
export type TrackView = z.infer<typeof trackView>;
export type TripsView = z.infer<typeof tripsView>;

/** Milliseconds since 1970; `to` is not in it. Absent: the day before now. */
export interface Range {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface SeriesAsked extends Range {
  /** At most, 4 to 5,000; 500 unless given. */
  readonly points?: number | undefined;
  /** Also what is kept and not believed. */
  readonly doubted?: boolean | undefined;
}

const FILE_WITHIN_MS = 600_000;

/** What was measured of one person, and where they were. `id`: of their account, or their patient record. */
export class HistoryRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** Series in a few points, each peak in them. */
  series(
    token: string,
    id: string,
    vitals: readonly VitalName[],
    asked: SeriesAsked = {},
  ): Promise<SeriesView> {
    const query = { ...asked, vital: vitals.join(',') };
    return this.#to.read(seriesView, 'GET', path('/v1/people/:id/series', id), { token, query });
  }

  /** The way somebody went, in at most so many points. */
  track(token: string, id: string, asked: Range & { readonly points?: number } = {}): Promise<TrackView> {
    return this.#to.read(trackView, 'GET', path('/v1/people/:id/track', id), { token, query: { ...asked } });
  }

  /** Trips and stops, in order of time. */
  trips(token: string, id: string, range: Range = {}): Promise<TripsView> {
    return this.#to.read(tripsView, 'GET', path('/v1/people/:id/trips', id), { token, query: { ...range } });
  }

  vitalsCsv(token: string, id: string, range: Range = {}): Promise<string> {
    return this.#file(path('/v1/people/:id/vitals.csv', id), token, range);
  }

  positionsCsv(token: string, id: string, range: Range = {}): Promise<string> {
    return this.#file(path('/v1/people/:id/positions.csv', id), token, range);
  }

  positionsGeoJson(token: string, id: string, range: Range = {}): Promise<string> {
    return this.#file(path('/v1/people/:id/positions.geojson', id), token, range);
  }

  positionsGpx(token: string, id: string, range: Range = {}): Promise<string> {
    return this.#file(path('/v1/people/:id/positions.gpx', id), token, range);
  }

  async #file(route: string, token: string, range: Range): Promise<string> {
    const call = { token, query: { ...range }, withinMs: FILE_WITHIN_MS };
    return (await this.#to.call('GET', route, call)).text();
  }
}
