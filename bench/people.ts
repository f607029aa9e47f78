import { destination, type LatLng } from '../src/geo/lat-lng.ts';
import type { Random } from '../src/lib/random.ts';
import { type Db, sql } from '../src/store/db.ts';
import { newId } from './on-postgres.ts';

const CENTER: LatLng = { lat: 37.77, lng: -122.42 };
const CITY_RADIUS_M = 10_000;

export interface Person {
  readonly userId: string;
  readonly at: LatLng;
}

export const inCity = (random: Random): LatLng =>
  destination(CENTER, random() * 360, CITY_RADIUS_M * Math.sqrt(random()));

export const people = (count: number, random: Random): Person[] =>
  Array.from({ length: count }, () => ({ userId: newId(), at: inCity(random) }));

// As registering, verifying, going on duty and a position leave them: twenty thousand times by hand would take hours.
const ADD_USERS = sql(
  'bench_add_users',
  `insert into accounts.users (id, email) select id, id::text from unnest($1::uuid[]) as u (id)`,
);
const ADD_GRANTS = sql(
  'bench_add_grants',
  `insert into accounts.user_grants (user_id, grant_name) select id, $2 from unnest($1::uuid[]) as u (id)`,
);
const ADD_VOLUNTEERS = sql(
  'bench_add_volunteers',
  `insert into accounts.volunteers (user_id, skills, verified, available, verified_at)
   select id, '{CPR,FIRST_AID}', true, true, now() from unnest($1::uuid[]) as u (id)`,
);
const ADD_RESPONDERS = sql(
  'bench_add_responders',
  `insert into dispatch.responders (user_id, skills, verified, available, location, located_at)
   select r.id, '{CPR,FIRST_AID}', true, true, st_setsrid(st_makepoint(r.lng, r.lat), 4326)::geography, now()
     from unnest($1::uuid[], $2::float8[], $3::float8[]) as r (id, lat, lng)`,
);

/** Accounts with these grants; volunteers verified, on duty and located. */
export async function populate(
  db: Db,
  everybody: { readonly volunteer: readonly Person[] } & Readonly<Record<string, readonly Person[]>>,
): Promise<void> {
  for (const [grant, list] of Object.entries(everybody)) {
    const ids = list.map(({ userId }) => userId);
    await db.query(ADD_USERS, [ids]);
    await db.query(ADD_GRANTS, [ids, grant]);
  }
  const { volunteer } = everybody;
  const ids = volunteer.map(({ userId }) => userId);
  await db.query(ADD_VOLUNTEERS, [ids]);
  await db.query(ADD_RESPONDERS, [ids, volunteer.map(({ at }) => at.lat), volunteer.map(({ at }) => at.lng)]);
}
