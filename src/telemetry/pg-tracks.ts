import { type Db, sql } from '../store/db.ts';

// What was taken at some time was received then or later, which spares looking into older days.
const BETWEEN = sql(
  'telemetry_track',
  `select fix_at as "atMs", st_y(location::geometry) as lat, st_x(location::geometry) as lng,
          altitude_m as "altitudeM", accuracy_m as "accuracyM"
     from telemetry.positions
    where user_id = $1 and fix_at >= $2 and fix_at <= $3 and received_at >= $2
    order by fix_at, device_id, seq limit $4`,
);

/** How old a fix may be to still say where somebody was. */
const KNOWN_FOR_MS = 600_000;

const KNOWN_AT = sql(
  'telemetry_known_at',
  `select p.lat, p.lng
     from unnest($1::uuid[], $2::timestamptz[]) with ordinality as a (user_id, at, place)
     left join lateral (
       select st_y(t.location::geometry) as lat, st_x(t.location::geometry) as lng
         from telemetry.positions t
        where t.user_id = a.user_id and t.fix_at <= a.at and t.fix_at > a.at - $3 * interval '1 millisecond'
          and t.received_at <= a.at and t.received_at > a.at - $3 * interval '1 millisecond'
        order by t.fix_at desc limit 1) p on true
    order by a.place`,
);

export interface TrackRow {
  /** By the server's clock. */
  readonly atMs: number;
  readonly lat: number;
  readonly lng: number;
  readonly altitudeM: number | null;
  readonly accuracyM: number | null;
}

/** Where people were, as long as it is kept. */
export function pgTracks(db: Db) {
  return {
    /** In order of time, at most `limit`. */
    between: (userId: string, fromMs: number, toMs: number, limit: number): Promise<TrackRow[]> =>
      db.query<TrackRow>(BETWEEN, [userId, new Date(fromMs), new Date(toMs), limit]),

    /** Where each was as far as it was known then, in the order asked. */
    async knownAt(asked: readonly { readonly userId: string; readonly atMs: number }[]) {
      if (asked.length === 0) return [];
      const rows = await db.query<{ lat: number | null; lng: number | null }>(KNOWN_AT, [
        asked.map(({ userId }) => userId),
        asked.map(({ atMs }) => new Date(atMs)),
        KNOWN_FOR_MS,
      ]);
      return rows.map(({ lat, lng }) => (lat === null || lng === null ? null : { lat, lng }));
    },
  };
}
