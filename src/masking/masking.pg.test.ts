import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { silentLogger } from '../lib/log.ts';
import { columnsOf, rowOf } from '../records/rows.ts';
import { MASKING } from '../schema/masking.ts';
import { type AnyRecordType, RECORD_TYPES } from '../schema/records/all.ts';
import { migrate } from '../store/migrate.ts';
import { engines, openTestDatabase, type TestDatabase } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { inOrder, tablesOf, undeclared } from './catalog.ts';
import { copyMasked } from './copy.ts';
import { Fakes } from './fakes.ts';

const PERSON = '018f0000-0000-7000-8000-0000000000a1';
const OTHER = '018f0000-0000-7000-8000-0000000000b2';
const SOS = '01990000-0000-7000-8000-0000000000c3';
const SEED = Buffer.from('a seed of the tests');

/** In words, numbers, bytes, networks, the place and the birthday of the planted person. */
const CANARY =
  /zyzzyva|55501992377|203\.0\.113\.77|37\.77889|122\.41998|1984-02-29|7a797a7a797661|a1b2c3d4-e5f6-0718/i;

const POINT = 'st_setsrid(st_makepoint(-122.419988776, 37.778899112), 4326)::geography';
const PLANT = `
  insert into accounts.users (id, email, password_hash) values ('${PERSON}', 'zyzzyva@example.org', 'zyzzyva-hash'), ('${OTHER}', 'other@example.org', null);
  insert into accounts.user_grants (user_id, grant_name) values ('${PERSON}', 'patient'), ('${OTHER}', 'admin');
  insert into accounts.user_profiles (user_id, name, phone, address, photo_url, doctor_name, doctor_phone)
    values ('${PERSON}', 'Zyzzyva Quokka', '+15550199237741', 'Zyzzyva Street', 'https://zyzzyva', 'Dr Zyzzyva', '+15550199237742');
  insert into accounts.emergency_contacts values ('${PERSON}', 1, 'Zyzzyva Mother', '+15550199237743', 'zyzzyva-mother');
  insert into accounts.volunteers (user_id, skills) values ('${PERSON}', '{CPR}');
  insert into accounts.shifts values ('${OTHER}', '${PERSON}', 1, 0, 60, 'UTC');
  insert into accounts.certifications (id, user_id, name, issued_by, issued_on, document_id)
    values ('${PERSON}', '${PERSON}', 'zyzzyva-certificate', 'zyzzyva-school', '2026-01-01', 'a1b2c3d4-e5f6-0718-8000-000000000000');
  insert into accounts.professionals (user_id, profession, license_number, specialization, hospital_affiliation)
    values ('${PERSON}', 'nurse', 'zyzzyva-1', 'zyzzyva-care', 'zyzzyva-hospital');
  insert into accounts.verification_decisions (id, user_id, role, verified, document_ids, note)
    values ('${PERSON}', '${PERSON}', 'volunteer', true, '{}', 'zyzzyva');
  insert into accounts.invitations (id, email, grants, token_hash, expires_at)
    values ('${PERSON}', 'zyzzyva@example.org', '{patient}', 'zyzzyva', now());
  insert into accounts.devices (id, user_id, name, kind, secret_hash, tracker_hash, would_not_ring)
    values ('${PERSON}', '${PERSON}', 'zyzzyva-phone', 'phone', 'zyzzyva', 'zyzzyva', 'zyzzyva sleeps');
  insert into accounts.suspicious_activities (id, user_id, activity_type, details, ip_address)
    values ('${PERSON}', '${PERSON}', 'SPAM_MESSAGES', '{"what": "zyzzyva"}', '203.0.113.77');
  insert into accounts.break_glass values ('${PERSON}', '${PERSON}', '${OTHER}', 'zyzzyva had to look', now(), now() + interval '1 hour');
  insert into accounts.sessions (id, user_id, tag_key, address, program) values ('${PERSON}', '${PERSON}', 'zyzzyva', '203.0.113.77', 'zyzzyva');
  insert into accounts.audit_log (id, chain, chain_seq, at, grants, action, resource_kind, outcome, reason, prev_hash, hash)
    values ('${SOS}', '${PERSON}', 1, now(), '{}', 'read', 'x', 'allowed', 'zyzzyva', '', '');
  insert into journal.deliveries (id, user_id, channel, recipient, subject, body, expires_at)
    values ('${PERSON}', '${PERSON}', 'email', 'zyzzyva@example.org', 'zyzzyva', 'zyzzyva', now());
  insert into care.patients (id, user_id, first_name, last_name, date_of_birth, email, phone, alternate_phone, address, city, state,
      postal_code, country, emergency_contact_name, emergency_contact_phone, emergency_contact_relationship,
      emergency_contact2_name, emergency_contact2_phone, created_by)
    values ('${PERSON}', '${PERSON}', 'Zyzzyva', 'Zyzzyva-Quokka', '1984-02-29', 'zyzzyva@example.org', '+15550199237741', '+15550199237744',
      'zyzzyva', 'zyzzyva', 'zyzzyva', 'zyzzyva', 'zyzzyva', 'zyzzyva', '+15550199237745', 'zyzzyva', 'zyzzyva',
      '+15550199237746', '${OTHER}');
  insert into telemetry.vitals_records (id, person_id, source, device_source, recorded_at, late, notes)
    values ('${PERSON}', '${PERSON}', 'manual', 'zyzzyva-cuff', now(), false, 'zyzzyva said so');
  insert into telemetry.geofences (id, person_id, name, shape, on_enter, on_exit, tells_team, created_by)
    values ('${PERSON}', '${PERSON}', 'zyzzyva home', '{"center": {"lat": 37.778899112, "lng": -122.419988776}, "radiusM": 50}',
      true, true, true, '${OTHER}');
  insert into telemetry.thresholds (person_id, version, changed_by, spo2_scale, is_pregnant, reason)
    values ('${PERSON}', 1, '${OTHER}', 1, true, 'zyzzyva expects');
  insert into telemetry.vitals_watch (person_id, received_at, shape, state) values ('${PERSON}', now(), 1, '{"zyzzyva": 1}');
  insert into telemetry.alerts (id, seq, person_id, type, condition, severity, state, title, message, detail, count, first_at,
      last_at, opened_at, alarmed_at, told_at, is_false_alarm, resolved_at, action_taken, notified, escalation_level, sos_state,
      sos_attached, location, for_dispatchers, lease_until, owner)
    values ('${PERSON}', 1, '${PERSON}', 'alarm', 'fall', 'LOW', 'resolved', 'A fall', 'zyzzyva fell', '{"who": "zyzzyva"}', 1,
      now(), now(), now(), now(), now(), false, now(), 'zyzzyva was helped up', true, 0, 'none', false, ${POINT}, false,
      '1984-02-29', 'a1b2c3d4-e5f6-0718-8000-000000000000');
  insert into telemetry.observations (id, person_id, submitted_by, identifier_system, identifier_value, version, status, code,
      recorded_at, from_at, to_at)
    values ('${PERSON}', '${PERSON}', '${OTHER}', 'urn:other', 'zyzzyva-1', 1, 'final', '8867-4', now(), now(), now());
  insert into telemetry.observation_versions (observation_id, version, person_id, status, code, device, notes, members, by_account, at)
    values ('${PERSON}', 1, '${PERSON}', 'final', '8867-4', 'zyzzyva-cuff', 'zyzzyva said so', '{Observation/zyzzyva}', '${OTHER}', now());
  insert into telemetry.observation_values (observation_id, version, place, person_id, code, number)
    values ('${PERSON}', 1, 1, '${PERSON}', '8867-4', 72);
  insert into care.care_team (patient_id, user_id, role, id) values ('${PERSON}', '${OTHER}', 'doctor', '${SOS}');
  insert into dispatch.responders (user_id, skills, verified, available, location) values ('${PERSON}', '{CPR}', true, true, ${POINT});
  insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, description, status, created_at,
      closed_at, wave, radius_m, escalation_level, policy_version, seq, rule, seeking_since, callback_number, address_text)
    values ('${SOS}', '${SOS}', '${PERSON}', 'MEDICAL', 'HIGH', ${POINT}, 'zyzzyva fell', 'CANCELLED', now(), now(), 1, 500, 0, 1, 3, '{}',
      now(), '+15550199237747', 'zyzzyva street');
  insert into dispatch.handoffs (sos_id, id, state, service, reference, note, created_at)
    values ('${SOS}', '${SOS}', 'reported', 'zyzzyva', 'zyzzyva', 'zyzzyva', now());
  insert into dispatch.area_broadcasts (id, created_by, created_at, area, audience, on_duty_only, seen_within, severity, message,
      until_at, state)
    values ('${SOS}', '${PERSON}', now(), '{"zyzzyva": 1}', 'everybody', false, '1 day', 'MINOR', 'zyzzyva is gone',
      now() + interval '1 day', 'sent');
  insert into dispatch.shifts (id, dispatcher_id, started_at, note) values ('${SOS}', '${PERSON}', now(), 'zyzzyva calls back');
  insert into dispatch.sos_cancellations values ('${SOS}', '${SOS}', '${OTHER}', 'zyzzyva not found', now());
  insert into dispatch.sos_feedback (sos_id, id, volunteer_id, by_user, rating, comment, created_at)
    values ('${SOS}', '${SOS}', '${OTHER}', '${PERSON}', 5, 'zyzzyva was kind', now());
  insert into dispatch.chat_messages values ('${SOS}', '${SOS}', '${PERSON}', 'zyzzyva here', false, now());
  insert into dispatch.deadlines (sos_id, due_at, lease_until, owner)
    values ('${SOS}', now() + interval '1 day', '1984-02-29', 'a1b2c3d4-e5f6-0718-8000-000000000000');
  insert into telemetry.user_locations (user_id, location, fix_at, received_at) values ('${PERSON}', ${POINT}, now(), now());
  insert into telemetry.device_alarms (id, person_id, device_id, epoch, seq, kind, raised_at, received_at, device_at, location, late)
    values (gen_random_uuid(), '${PERSON}', gen_random_uuid(), gen_random_uuid(), 1, 'fall', now(), now(), now(), ${POINT}, false);
  insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, late)
    select now(), '${PERSON}', '${PERSON}', '${PERSON}', n, now(), now(), ${POINT}, false from generate_series(1, 2500) n;
  insert into telemetry.device_connections (id, user_id, provider, device_name, access_token, refresh_token, token_key_id,
      external_user_id, watermark, epoch, lease_owner, lease_until)
    values ('${PERSON}', '${PERSON}', 'polar', 'zyzzyva-watch', 'zyzzyva', 'zyzzyva', 'k', 'zyzzyva', '{"zyzzyva": 1}', '${PERSON}',
      'a1b2c3d4-e5f6-0718-8000-000000000000', '1984-02-29');
  insert into journal.streams values ('sos', '${SOS}', 2, 1);
  insert into journal.events (kind, stream_id, seq, type, actor_id, at, data) values
    ('sos', '${SOS}', 1, 'sos.created', '${PERSON}', now(), '{"description": "zyzzyva fell", "priority": "HIGH", "requesterId": "${PERSON}", "point": {"lat": 37.778899112, "lng": -122.419988776}}'),
    ('sos', '${SOS}', 2, 'sos.cancelled', '${OTHER}', now(), '{"reason": "zyzzyva is better"}')`;

/** The same in every field of every type of record that holds words. */
function recordPlant(type: AnyRecordType): string {
  const words = { email: 'zyzzyva@example.org', phone: '+15550199237741' } as const;
  const row: Record<string, unknown> = { ...rowOf(type, PERSON, type.example) };
  for (const { name, column, field } of columnsOf(type)) {
    if (field.presence === 'computed') continue;
    if (field.mask !== 'keep')
      row[column] = field.mask === 'birthday' ? '1984-02-29' : (words[field.mask as 'email'] ?? 'zyzzyva');
    else if (name === type.letter?.to) row[column] = PERSON;
    else if (field.sqlType === 'uuid' && field.references?.table === 'accounts.users') row[column] = OTHER;
    else if (field.sqlType === 'uuid' && row[column] !== null) row[column] = PERSON;
  }
  if (type.table === 'recovery.food_items') row.category_id = PERSON;
  if (type.table === 'hospital.hospitals')
    Object.assign(row, { status: 'approved', approved_at: '2026-01-01' });
  const written = Object.keys(row).filter((column) => row[column] !== null);
  const values = written.map((column) => pg.escapeLiteral(textOf(row[column])));
  return type.subject === 'id'
    ? `update ${type.table} set ${written.map((column, n) => `${column} = ${values[n]}`).join(', ')}`
    : `insert into ${type.table} (${written.join(', ')}) values (${values.join(', ')})`;
}

const textOf = (value: unknown): string =>
  Array.isArray(value) ? `{${value.map((each) => JSON.stringify(each)).join(',')}}` : String(value);

async function connect(database: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client(database.connection);
  await client.connect();
  return client;
}

/** Columns, as `schema.table.column`, in which a canary stands. */
async function whereFound(client: pg.Client): Promise<string[]> {
  const found: string[] = [];
  for (const [name, { columns }] of await tablesOf(client)) {
    for (const { name: column, type } of columns) {
      const text = type.startsWith('geography') ? `st_astext(${column})` : `"${column}"::text`;
      const { rows } = await client.query<{ text: string | null }>(`select ${text} as text from ${name}`);
      if (rows.some((row) => CANARY.test(row.text ?? ''))) found.push(`${name}.${column}`);
    }
  }
  return found;
}

async function counts(client: pg.Client): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const name of (await tablesOf(client)).keys()) {
    const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${name}`);
    counted[name] = rows[0]?.n ?? -1;
  }
  return counted;
}

describe.each(engines)('a masked copy of a database on %s', (engine) => {
  let source: Awaited<ReturnType<typeof openTestStore>>;
  let target: TestDatabase;
  let from: pg.Client;
  let to: pg.Client;

  beforeAll(async () => {
    source = await openTestStore(engine);
    target = await openTestDatabase('postgres');
    from = await connect(source.database);
    to = await connect(target);
    await from.query(PLANT);
    for (const type of RECORD_TYPES) await from.query(recordPlant(type));
    await migrate(target.connection, silentLogger);
    await copyMasked({ from, to, fakes: new Fakes(SEED), onRows: () => {} });
  });
  afterAll(async () => {
    await from?.end();
    await to?.end();
    await target?.stop();
    await source?.stop();
  });

  test('every column of every table says how it is masked', async () => {
    const tables = await tablesOf(from);
    expect(undeclared(tables)).toEqual([]);
    const users = must(tables.get('accounts.users'), 'the table of accounts');
    const columns = [...users.columns, { name: 'nickname', type: 'text' }];
    const changed = new Map([...tables, ['accounts.users', { ...users, columns }] as const]);
    expect(undeclared(changed)).toEqual(['accounts.users.nickname']);
  });

  test('nothing of what was planted in every masked column is in it', async () => {
    const planted = await whereFound(from);
    const masked = Object.entries(MASKING).flatMap(([name, table]) =>
      'leftOut' in table
        ? []
        : Object.entries(table.columns).flatMap(([column, mask]) =>
            mask === 'keep' || mask === 'default' ? [] : [`${name}.${column}`],
          ),
    );
    expect(planted).toEqual(expect.arrayContaining(masked));
    expect(await whereFound(to)).toEqual([]);
  });

  test('it has as many rows, and none where a table is left out', async () => {
    const [were, are] = [await counts(from), await counts(to)];
    for (const [name, table] of Object.entries(MASKING)) {
      if (!('leftOut' in table)) expect(are[name], name).toBe(were[name]);
      else if (name !== 'public.muster_migrations') expect(are[name], name).toBe(0);
    }
    expect(are['telemetry.positions']).toBe(2_500);
  });

  test('one person is one fake everywhere, and their places moved the same way, not far', async () => {
    const { rows } = await to.query(`
      select u.email = p.email and p.email = i.email as one_email, f.name like p.first_name || ' %' as one_name,
             f.phone = p.phone as one_phone, date_part('year', p.date_of_birth) between 1980 and 1984 as same_band,
             st_equals(s.location::geometry, l.location::geometry) as one_place,
             abs(st_y(s.location::geometry) - (e.data #>> '{point,lat}')::float8) < 1e-9 as same_in_events,
             round(st_distance(l.location, ${POINT})) as moved_m
        from accounts.users u join accounts.user_profiles f on f.user_id = u.id join care.patients p on p.user_id = u.id
        join dispatch.sos_requests s on s.user_id = u.id join telemetry.user_locations l on l.user_id = u.id
        join journal.events e on e.stream_id = s.id and e.seq = 1, accounts.invitations i`);
    expect(rows).toMatchObject([
      {
        one_email: true,
        one_name: true,
        one_phone: true,
        same_band: true,
        one_place: true,
        same_in_events: true,
      },
    ]);
    expect(rows[0].moved_m).toBeGreaterThan(290);
    expect(rows[0].moved_m).toBeLessThan(1_520);
  });

  test('numbers go on behind the copied ones, and what refers to others comes after them', async () => {
    const granted = `insert into accounts.user_grants (user_id, grant_name) values ('${OTHER}', 'dispatcher')`;
    await expect(to.query(granted)).resolves.toBeDefined();
    const order = inOrder(await tablesOf(from));
    expect(order.indexOf('accounts.users')).toBeLessThan(order.indexOf('accounts.user_profiles'));
    expect(order.indexOf('accounts.volunteers')).toBeLessThan(order.indexOf('accounts.certifications'));
  });
});
