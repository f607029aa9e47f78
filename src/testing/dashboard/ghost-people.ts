import { tokensFor } from '../../../bench/on-postgres.ts';
import { ensurePartitions } from '../../jobs/partitions.ts';
import { systemClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { type Db, sql } from '../../store/db.ts';

/** Somebody who has an account and a token, and never typed a password. */
export interface Ghost {
  readonly userId: string;
  readonly token: string;
}

const newId = uuidV7Maker(systemClock.nowMs, Math.random);

const ADD_USERS = sql(
  'ghosts_add_users',
  `insert into accounts.users (id, email) select id, id::text from unnest($1::uuid[]) as u (id)`,
);
const ADD_GRANTS = sql(
  'ghosts_add_grants',
  `insert into accounts.user_grants (user_id, grant_name) select id, $2 from unnest($1::uuid[]) as u (id)`,
);
const ADD_VOLUNTEERS = sql(
  'ghosts_add_volunteers',
  `insert into accounts.volunteers (user_id, skills, verified, available, verified_at)
   select id, string_to_array(skills, ','), verified, available, case when verified then now() end
     from unnest($1::uuid[], $2::text[], $3::bool[], $4::bool[]) as u (id, skills, verified, available)`,
);

/** Of ten volunteers one is a professional, one off duty, and of thirty one is not verified yet. */
const skillsOf = (n: number) => (n % 10 === 3 ? 'MEDICAL_PROFESSIONAL,FIRST_AID' : 'CPR,FIRST_AID');

/** Accounts as registering, verifying and going on duty leave them; ten thousand by hand would take an hour. */
export async function ghosts(
  db: Db,
  { responders, callers }: { readonly responders: number; readonly callers: number },
): Promise<{ responders: Ghost[]; callers: Ghost[] }> {
  await ensurePartitions(db, systemClock.nowMs());
  const helping = Array.from({ length: responders }, () => newId());
  const calling = Array.from({ length: callers }, () => newId());
  await db.query(ADD_USERS, [[...helping, ...calling]]);
  await db.query(ADD_GRANTS, [helping, 'volunteer']);
  await db.query(ADD_GRANTS, [calling, 'patient']);
  await db.query(ADD_VOLUNTEERS, [
    helping,
    helping.map((_, n) => skillsOf(n)),
    helping.map((_, n) => n % 30 !== 7),
    helping.map((_, n) => n % 10 !== 5),
  ]);
  const withTokens = async (ids: readonly string[], grant: 'volunteer' | 'patient') => {
    const people = ids.map((userId) => ({ userId }));
    const tokens = await tokensFor(db, grant, people);
    return people.map(({ userId }, i) => ({ userId, token: tokens[i] ?? '' }));
  };
  return {
    responders: await withTokens(helping, 'volunteer'),
    callers: await withTokens(calling, 'patient'),
  };
}
