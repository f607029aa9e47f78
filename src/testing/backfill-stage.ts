import pg from 'pg';
import { silentLogger } from '../lib/log.ts';
import { migrateTo } from '../store/migrate.ts';
import { openTestDatabase, type TestDatabase } from './databases.ts';

/** The last migration before events said who sees them. */
const BEFORE = 44;

export interface BackfillStage {
  readonly connection: TestDatabase['connection'];
  ask<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Forward to the newest, or back to where it was. */
  migrate(where: 'forward' | 'back'): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A database as it was before, with so many events of calendars: of every three people one has a patient record, and every other event
 * of theirs was entered by a nurse.
 */
export async function openBackfillStage(events: number): Promise<BackfillStage> {
  const database = await openTestDatabase('postgres');
  const { connection } = database;
  const migrate = async (where: 'forward' | 'back') => {
    await migrateTo(connection, { log: silentLogger, ...(where === 'back' ? { to: BEFORE } : {}) });
  };
  await migrate('back');
  const client = new pg.Client({ ...connection, query_timeout: 900_000 });
  await client.connect();
  const people = Math.max(30, Math.round(events / 1_000));
  await client.query(SEED.replaceAll(':people', `${people}`).replaceAll(':events', `${events}`));
  await client.query('analyze recovery.calendar_events');
  return {
    connection,
    migrate,
    async ask<Row>(text: string, params: readonly unknown[] = []) {
      return (await client.query(text, [...params])).rows as Row[];
    },
    async stop() {
      await client.end();
      await database.stop();
    },
  };
}

const ID = (kind: number, n: string) =>
  `('00000000-0000-7000-${8_000 + kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

const SEED = `
  insert into accounts.users (id, email)
    select ${ID(1, 'n')}, 'person-' || n || '@example.org' from generate_series(0, :people) n;
  insert into care.patients (id, user_id, first_name, last_name, created_by)
    select ${ID(2, 'n')}, ${ID(1, 'n')}, 'Ada', 'Kovacs', ${ID(1, '0')} from generate_series(3, :people, 3) n;
  insert into recovery.calendars (id, person_id, name)
    select ${ID(3, 'n')}, ${ID(1, 'n')}, 'Mine' from generate_series(1, :people) n;
  insert into recovery.calendar_events (id, person_id, calendar_id, title, starts_at, ends_at, description, created_by)
    select ${ID(4, 'n')}, ${ID(1, 'p')}, ${ID(3, 'p')}, 'Walk ' || n, at, at + interval '30 minutes',
           'Along the river, with company', case when p % 3 = 0 and n % 2 = 0 then ${ID(1, '0')} else ${ID(1, 'p')} end
      from (select n, 1 + n % :people as p, timestamptz '2025-01-01Z' + make_interval(mins => n) as at
              from generate_series(1, :events) n) made;`;

/** How many events say what, beside how many have to; empty: each says what it has to. */
export const MISJUDGED = `
  select count(1)::integer as wrong from recovery.calendar_events e left join care.patients p on p.user_id = e.person_id
   where e.patient_id is distinct from p.id or e.privacy_level is distinct from
     case when e.created_by <> e.person_id then 'clinical' when p.id is not null then 'shared' else 'private' end`;
