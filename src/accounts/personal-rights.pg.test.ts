import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pgPresence } from '../dispatch/pg-presence.ts';
import { pgResponders } from '../dispatch/pg-responders.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { seededRandom } from '../lib/random.ts';
import { PERSONAL_DATA, RETENTION } from '../schema/personal-data.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { exportPerson } from './personal-export.ts';
import { eraseIn, erasePerson } from './personal-rights.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_121));
const TABLES = sql(
  'test_tables',
  `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and n.nspname in ('accounts', 'care', 'dispatch', 'journal', 'telemetry', 'recovery', 'hospital', 'public')
      and c.relname not in ('spatial_ref_sys')`,
);

describe.each(engines)('personal rights on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });
  afterAll(() => store?.stop());

  test('every table says whom it is about, how long it is kept, and what erasing a person does to it', async () => {
    const tables = (await db.query<{ name: string }>(TABLES)).map((row) => row.name).sort();
    expect(PERSONAL_DATA.map((declared) => declared.table).sort()).toEqual(tables);
    for (const { retention } of PERSONAL_DATA) expect(RETENTION[retention].why).not.toBe('');
  });

  const somebody = async () => {
    const id = newId();
    const run = (name: string, text: string, ...more: unknown[]) => db.query(sql(name, text), [id, ...more]);
    await run(
      't_user',
      `insert into accounts.users (id, email, password_hash) values ($1, $1::uuid || '@canary.example', 'canary-hash')`,
    );
    await run(
      't_profile',
      `insert into accounts.user_profiles (user_id, name, phone, address) values ($1, 'Canary Name', $1::uuid || '-phone', 'Canary Street 1')`,
    );
    await run('t_volunteer', `insert into accounts.volunteers (user_id, skills) values ($1, '{CPR}')`);
    await run(
      't_place',
      `insert into telemetry.user_locations (user_id, location, fix_at, received_at) values ($1, st_makepoint(8.5417, 47.3769)::geography, now(), now())`,
    );
    const sosId = newId();
    await run(
      't_sos',
      `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, description, status,
         created_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since)
       values ($2, $2, $1, 'MEDICAL', 'HIGH', st_makepoint(8.5417, 47.3769)::geography, 'canary words', 'PENDING', now(), 1, 500, 0, 1, 1,
         '{}', now())`,
      sosId,
    );
    await run(
      't_event',
      `insert into journal.events (kind, stream_id, seq, type, actor_id, at, data)
       values ('sos', $2, 1, 'sos.created', $1, now(), '{"description": "canary words", "priority": "HIGH"}')`,
      sosId,
    );
    return { id, sosId };
  };

  test('a person gets everything about them, and none of its secrets', async () => {
    const { id, sosId } = await somebody();
    const exported = await exportPerson(db, id, systemClock.nowMs());
    expect(exported.tables['accounts.user_profiles']).toMatchObject([{ name: 'Canary Name' }]);
    expect(exported.tables['dispatch.sos_requests']).toMatchObject([
      { id: sosId, description: 'canary words' },
    ]);
    expect(exported.tables['telemetry.user_locations']).toHaveLength(1);
    expect(JSON.stringify(exported)).not.toContain('canary-hash');
  });

  test('an erased person is nobody, and the timeline of their incident is whole', async () => {
    const { id, sosId } = await somebody();
    const other = await somebody();
    expect(await erasePerson(db, id)).toEqual({ storageKeys: [] });
    const left = JSON.stringify(await exportPerson(db, id, systemClock.nowMs()));
    expect(left).not.toMatch(/canary/i);
    const events = await db.query<{ type: string; data: unknown }>(
      sql('t_timeline', 'select type, data from journal.events where stream_id = $1 order by seq'),
      [sosId],
    );
    expect(events).toEqual([
      {
        type: 'sos.created',
        data: { description: null, addressText: null, callbackNumber: null, priority: 'HIGH' },
      },
    ]);
    expect(JSON.stringify(await exportPerson(db, other.id, systemClock.nowMs()))).toContain('Canary Name');
  });

  test('erasing twice changes nothing more, and somebody unknown is told apart', async () => {
    const { id } = await somebody();
    await erasePerson(db, id);
    expect(await erasePerson(db, id)).not.toBeNull();
    expect(await erasePerson(db, newId())).toBeNull();
  });
});

/** How many wait for a lock that another one holds. */
const WAITING = sql(
  't_waiting',
  `select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
);
const PLACES_LEFT = sql(
  't_places_left',
  `select user_id from dispatch.presence where user_id = $1
    union all select user_id from dispatch.responders where user_id = $1`,
);

// An embedded database has one connection: nothing is under way there beside what is carried out.
describe('what a node writes from its memory at the moment when somebody is erased', () => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  beforeAll(async () => {
    store = await openTestStore('postgres');
  });
  afterAll(() => store?.stop());

  const at = { point: { lat: 1.5, lng: -2.5 }, locatedAtMs: 1_700_000_000_000, connections: 1 };
  const helper = { skills: ['CPR'], verified: true, available: true, asOfMs: 0 };
  const known = { holds: null, alertedAtMs: null };
  const writePresence = (db: Db, userId: string) =>
    pgPresence(db).write(newId(), [{ userId, version: 1, ...at }]);
  const write = (db: Db, userId: string) =>
    Promise.all([
      pgResponders(db).saveResponders([{ userId, ...helper, ...known, ...at }]),
      writePresence(db, userId),
    ]);
  const somebody = async () => {
    const id = newId();
    const insert = 'insert into accounts.users (id, email) values ($1, $2)';
    await store.db.query(sql('t_user_of_race', insert), [id, `${id}@example.org`]);
    await write(store.db, id);
    return id;
  };
  const wait = async (count: number) =>
    (await store.owner.query<{ waiting: number }>(WAITING))[0]?.waiting === count;
  const soon = { timeoutMs: 20_000, what: 'one of them to wait for the other' };

  test('is waited for, and deleted too, when it has begun before', async () => {
    const id = await somebody();
    let isErased = false;
    let erasing: Promise<unknown> | undefined;
    await store.db.transaction(async (tx) => {
      await writePresence({ ...store.db, query: tx.query }, id);
      erasing = erasePerson(store.db, id).then(() => {
        isErased = true;
      });
      await until(async () => isErased || (await wait(1)), soon);
    });
    await erasing;
    expect(await store.db.query(PLACES_LEFT, [id])).toEqual([]);
  });

  test('is not written at all when it comes behind', async () => {
    const id = await somebody();
    let writing: Promise<unknown> | undefined;
    await store.db.transaction(async (tx) => {
      await eraseIn(tx, id);
      writing = write(store.db, id);
      await until(() => wait(2), soon);
    });
    await writing;
    expect(await store.db.query(PLACES_LEFT, [id])).toEqual([]);
  });
});
