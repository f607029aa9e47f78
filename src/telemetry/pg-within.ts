import type { LatLng } from '../geo/lat-lng.ts';
import { type Queryable, sql } from '../store/db.ts';

const WITHIN = sql(
  'telemetry_within',
  `select user_id as "userId", st_y(location::geometry) as lat, st_x(location::geometry) as lng
     from telemetry.user_locations
    where st_dwithin(location, st_setsrid(st_makepoint($1, $2), 4326)::geography, $3)
      and received_at > now() - $4 * interval '1 millisecond' and ($5::uuid is null or user_id > $5)
    order by user_id limit $6`,
);

/** Who was last seen within a circle, by the index of places; in the order of their ids, those after `afterUserId`. */
export function pgWithin(db: Queryable) {
  return {
    within: (
      circle: { readonly center: LatLng; readonly radiusM: number; readonly seenWithinMs: number },
      afterUserId: string | null,
      limit: number,
    ) =>
      db.query<LatLng & { userId: string }>(WITHIN, [
        circle.center.lng,
        circle.center.lat,
        circle.radiusM,
        circle.seenWithinMs,
        afterUserId,
        limit,
      ]),
  };
}
