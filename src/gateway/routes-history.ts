import type { TemplatedApp } from 'uWebSockets.js';
import type { z } from 'zod';
import type { Result } from '../lib/result.ts';
import {
  historyFileAsked,
  SERIES_RANGE,
  seriesAsked,
  type seriesPoint,
  TRACK_RANGE,
  trackAsked,
  tripsAsked,
} from '../protocol/http/history.ts';
import { type Asked, addRoute, json, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import type { Principal, SeriesPoint, Shown, TimeRange } from './services.ts';
import { signedIn } from './signed-in.ts';

type Answered<T> = Result<Shown<T>, 'not_found' | 'too_large'>;

/** What was measured of one person, and where they were, as far as it is kept. */
export function addHistoryRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { history } = parts.services;
  const rangeOf = (
    { resolved, longestMs }: typeof SERIES_RANGE,
    asked: Parameters<(typeof SERIES_RANGE)['resolved']>[1],
  ): TimeRange | Reply => {
    const range = resolved(parts.clock.nowMs(), asked);
    if (range.fromMs >= range.toMs) return refusal('bad_request', 'to: it is not after from');
    const isTooLong = range.toMs - range.fromMs > longestMs;
    return isTooLong
      ? refusal('bad_request', `to: more than ${longestMs / 86_400_000} days after from`)
      : range;
  };
  const add = (
    what: string,
    handler: (by: Principal, id: string, query: Record<string, string>, asked: Asked) => Promise<Reply>,
  ) =>
    addRoute(
      app,
      parts,
      'get',
      `/v1/people/:id/${what}`,
      signedIn(parts, (by, asked) =>
        handler(by, personId(asked.places), Object.fromEntries(asked.query), asked),
      ),
    );

  add('series', async (by, id, query, { query: all }) => {
    const asked = parsed(seriesAsked, { ...query, vital: all.getAll('vital').join(',') });
    if (!asked.ok) return asked.reply;
    const range = rangeOf(SERIES_RANGE, asked.value);
    if ('status' in range) return range;
    const { vital: vitals, points, doubted: withDoubted } = asked.value;
    const found = await history.series(by, id, { vitals, range, points, withDoubted });
    return shown(found, range, (series) => ({
      series: series.map((one) => ({ ...one, points: one.points.map(pointRow) })),
    }));
  });
  add('track', async (by, id, query) => {
    const asked = parsed(trackAsked, query);
    if (!asked.ok) return asked.reply;
    const range = rangeOf(TRACK_RANGE, asked.value);
    if ('status' in range) return range;
    return shown(await history.track(by, id, range, asked.value.points), range, (points) => ({ points }));
  });
  add('trips', async (by, id, query) => {
    const asked = parsed(tripsAsked, query);
    if (!asked.ok) return asked.reply;
    const range = rangeOf(TRACK_RANGE, asked.value);
    return 'status' in range
      ? range
      : shown(await history.trips(by, id, range), range, (found) => ({ parts: found }));
  });

  const addFile = (
    name: string,
    type: string,
    pieces: (
      by: Principal,
      id: string,
      range: TimeRange,
    ) => Promise<Answered<AsyncGenerator<string, undefined>>>,
  ) =>
    add(name, async (by, id, query) => {
      const asked = parsed(historyFileAsked, query);
      if (!asked.ok) return asked.reply;
      const range = rangeOf(SERIES_RANGE, asked.value);
      if ('status' in range) return range;
      const found = await pieces(by, id, range);
      if (!found.ok) return refusal(found.code, found.detail);
      const { personId: person, subjectUserId, value } = found.value;
      const headers = { 'content-disposition': `attachment; filename="${person}-${name}"` };
      return { status: 200, type, pieces: value, subjectUserId, headers };
    });
  const csv = 'text/csv; charset=utf-8';
  addFile('vitals.csv', csv, history.vitalsCsv);
  addFile('positions.csv', csv, (by, id, range) => history.positions(by, id, range, 'csv'));
  addFile('positions.geojson', 'application/geo+json', (by, id, range) =>
    history.positions(by, id, range, 'geojson'),
  );
  addFile('positions.gpx', 'application/gpx+xml', (by, id, range) => history.positions(by, id, range, 'gpx'));
}

const pointRow = ({ atMs, value, isDoubted }: SeriesPoint): z.infer<typeof seriesPoint> =>
  isDoubted ? [atMs, value, 'doubted'] : [atMs, value];

function shown<T>(found: Answered<T>, range: TimeRange, view: (value: T) => object): Reply {
  if (!found.ok) return refusal(found.code, found.detail);
  const { personId: person, subjectUserId, value } = found.value;
  return { ...json(200, { personId: person, ...range, ...view(value) }), subjectUserId };
}
