import { ok, type Result, refused } from '../../lib/result.ts';
import type { People, Person } from '../people.ts';
import type { VitalName } from '../vitals/vitals.ts';
import type { TimeRange } from './downsample.ts';
import { entitled, type Viewer } from './entitled.ts';
import { positionsCsv, positionsGeoJson, positionsGpx, vitalsCsv } from './files.ts';
import type { HistoryPages, PositionRow } from './history.ts';
import type { openSeries, Series } from './series.ts';
import { TrackSimplifier } from './simplify.ts';
import { type Stop, type Trip, TripFinder, type TripFix } from './trips.ts';

/** What is shown of somebody. */
export interface Shown<T> {
  readonly personId: string;
  /** Their account, for the audit log; null: they have none. */
  readonly subjectUserId: string | null;
  readonly value: T;
}

type Answer<T, Code extends string = never> = Promise<Result<Shown<T>, 'not_found' | Code>>;

export interface TrackPoint {
  readonly atMs: number;
  readonly lat: number;
  readonly lng: number;
  readonly accuracyM: number | null;
}

export const POSITION_FORMATS = ['csv', 'geojson', 'gpx'] as const;
export type PositionFormat = (typeof POSITION_FORMATS)[number];

export interface PersonRecordsParts {
  readonly people: Pick<People, 'person' | 'relations'>;
  readonly series: ReturnType<typeof openSeries>;
  readonly history: HistoryPages;
}

/** Positions that are read for one answer; a file has no such end. */
const POSITIONS_MAX = 200_000;

/** What was measured of one person and where they were, for those whom the matrix lets see it. */
export function openPersonRecords({ people, series, history }: PersonRecordsParts) {
  const vitalsOf = (viewer: Viewer, id: string) => entitled(people, viewer, id, 'vitals', 'read');
  const positionsOf = (viewer: Viewer, id: string) => entitled(people, viewer, id, 'position', 'read');

  /** Hands every position on; false: there are too many. Somebody without an account has none. */
  const each = async ({ userId }: Person, range: TimeRange, take: (row: PositionRow) => void) => {
    if (userId === null) return true;
    let rows = 0;
    for await (const page of history.positions(userId, range)) {
      rows += page.length;
      if (rows > POSITIONS_MAX) return false;
      page.forEach(take);
    }
    return true;
  };

  return {
    async series(
      viewer: Viewer,
      id: string,
      asked: {
        readonly vitals: readonly VitalName[];
        readonly range: TimeRange;
        readonly points: number;
        readonly withDoubted: boolean;
      },
    ): Answer<readonly Series[], 'too_large'> {
      const person = await vitalsOf(viewer, id);
      if (!person.ok) return person;
      const { vitals, ...rest } = asked;
      const found: Series[] = [];
      for (const vital of vitals) {
        const one = await series({ ...rest, vital, personId: person.value.personId });
        if (!one.ok) return one;
        found.push(one.value);
      }
      return shown(person.value, found);
    },

    /** The way somebody went, in at most so many points. */
    async track(
      viewer: Viewer,
      id: string,
      range: TimeRange,
      points: number,
    ): Answer<TrackPoint[], 'too_large'> {
      const person = await positionsOf(viewer, id);
      if (!person.ok) return person;
      const simplifier = new TrackSimplifier<TrackPoint>(points);
      const all = await each(person.value, range, ({ atMs, lat, lng, accuracyM }) =>
        simplifier.take({ atMs, lat, lng, accuracyM }),
      );
      return all ? shown(person.value, simplifier.end()) : TOO_LARGE;
    },

    async trips(viewer: Viewer, id: string, range: TimeRange): Answer<(Trip | Stop)[], 'too_large'> {
      const person = await positionsOf(viewer, id);
      if (!person.ok) return person;
      const finder = new TripFinder();
      const all = await each(person.value, range, (fix: TripFix) => finder.take(fix));
      return all ? shown(person.value, finder.end()) : TOO_LARGE;
    },

    async vitalsCsv(viewer: Viewer, id: string, range: TimeRange): Answer<AsyncGenerator<string, undefined>> {
      const person = await vitalsOf(viewer, id);
      if (!person.ok) return person;
      return shown(person.value, vitalsCsv(history.vitals(person.value.personId, range)));
    },

    async positions(
      viewer: Viewer,
      id: string,
      range: TimeRange,
      format: PositionFormat,
    ): Answer<AsyncGenerator<string, undefined>> {
      const person = await positionsOf(viewer, id);
      if (!person.ok) return person;
      const { userId, personId } = person.value;
      const pages = userId === null ? NOTHING : history.positions(userId, range);
      if (format === 'csv') return shown(person.value, positionsCsv(pages));
      if (format === 'geojson') return shown(person.value, positionsGeoJson(pages));
      return shown(person.value, positionsGpx(pages, personId));
    },
  };
}

export type PersonRecords = ReturnType<typeof openPersonRecords>;

const TOO_LARGE = refused('too_large', `more than ${POSITIONS_MAX} positions: ask for a shorter time`);

const NOTHING: AsyncIterable<readonly PositionRow[]> = {
  async *[Symbol.asyncIterator]() {},
};

const shown = <T>({ personId, userId }: Person, value: T) => ok({ personId, subjectUserId: userId, value });
