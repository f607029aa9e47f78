import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { migrate } from '../store/migrate.ts';
import { readMigrations } from '../store/migration-files.ts';
import { engines, openTestDatabase, type TestDatabase } from '../testing/databases.ts';

/** The migration that began to keep who held a place. */
const BEGINS = 14;

describe.each(engines)('a database from before holdings were kept, on %s', (engine) => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await openTestDatabase(engine);
    const before = (await readMigrations()).filter(({ version }) => version < BEGINS);
    await migrate(database.connection, silentLogger, before);
    client = new pg.Client(database.connection);
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await database?.stop();
  });

  test('knows afterwards who had accepted, in the month where their SOS is', async () => {
    const id = (n: number) => `019a0000-0000-7000-8000-00000000000${n}`;
    const [sos, offers] = ['dispatch.sos_requests', 'dispatch.sos_offers'];
    for (const table of [sos, offers]) {
      await client.query(
        `create table ${table}_2025_10 partition of ${table} for values from ('019a0000-0000-7000-8000-000000000000')
           to ('019b0000-0000-7000-8000-000000000000')`,
      );
    }
    await client.query(
      `insert into accounts.users (id, email) values ('${id(1)}', 'a@example.org'), ('${id(2)}', 'b@example.org'), ('${id(3)}', 'c@example.org')`,
    );
    await client.query(
      `insert into ${sos} (id, client_id, user_id, emergency_type, priority, location, status, created_at, closed_at, wave,
         radius_m, escalation_level, policy_version, seq, rule, seeking_since)
       values ('${id(9)}', '${id(9)}', '${id(1)}', 'FIRE', 'HIGH', st_makepoint(0, 0)::geography, 'RESOLVED', '2025-10-20',
         '2025-10-21', 1, 1, 0, 1, 1, '{}', '2025-10-20')`,
    );
    for (const [n, helper] of [id(2), id(3)].entries()) {
      await client.query(
        `insert into ${offers} (sos_id, id, responder_id, wave, distance_m, eta_ms, status, sent_at, expires_at, answered_at)
         values ('${id(9)}', '${id(4 + n)}', '${helper}', 1, 1, 1, 'ACCEPTED', '2025-10-20 10:0${n}', '2025-10-20 11:00', '2025-10-20 10:0${n}:30')`,
      );
    }
    await client.query(
      `insert into dispatch.sos_cancellations (sos_id, id, volunteer_id, created_at) values ('${id(9)}', '${id(9)}', '${id(2)}', '2025-10-20 10:00:50')`,
    );
    await migrate(database.connection, silentLogger);
    const { rows } = await client.query(
      `select tableoid::regclass::text as place, responder_id, role, ended_by, primary_at = held_at as at_once
         from dispatch.sos_holdings order by held_at`,
    );
    const place = 'dispatch.sos_holdings_2025_10';
    expect(rows).toEqual([
      { place, responder_id: id(2), role: 'PRIMARY', ended_by: 'withdrawn', at_once: true },
      { place, responder_id: id(3), role: 'PRIMARY', ended_by: 'resolved', at_once: true },
    ]);
  });
});
