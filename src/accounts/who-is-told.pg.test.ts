import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { whoIsTold } from './who-is-told.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [PATIENT, NURSE, MAILED, TEXTED, GONE] = [id(1), id(2), id(3), id(4), id(5)];
const [RECORD, UNREGISTERED, FORMER] = [id(11), id(12), id(13)];

describe.each(engines)('who is told of whom, on %s', (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
    const run = (text: string, params: unknown[] = []) => store.owner.query({ name: '', text }, params);
    for (const user of [PATIENT, NURSE, MAILED, TEXTED, GONE]) {
      await run(
        `insert into accounts.users (id, email, email_verified_at, status, deactivated_at)
         values ($1::uuid, $1::uuid || '@Example.org', case when $2 then now() end, $3::text,
                 case when $3::text = 'active' then null else now() end)`,
        [user, user !== NURSE, user === GONE ? 'deactivated' : 'active'],
      );
      await run(
        `insert into accounts.user_profiles (user_id, name, phone, phone_verified_at, notify_email, notify_sms)
         values ($1::uuid, 'A', '+1' || right($1::uuid::text, 9), now(), $2, $3)`,
        [user, user !== TEXTED, user === TEXTED],
      );
    }
    for (const user of [MAILED, GONE])
      await run(`insert into accounts.user_grants (user_id, grant_name) values ($1, 'dispatcher')`, [user]);
    await run(
      `insert into care.patients (id, user_id, first_name, last_name, created_by)
       values ($1, $2, 'A', 'B', $5), ($3, null, 'C', 'D', $5), ($4, null, 'E', 'F', $5)`,
      [RECORD, PATIENT, UNREGISTERED, FORMER, NURSE],
    );
    await run(
      `insert into care.care_team (id, patient_id, user_id, role, since, until) values
         ($1::uuid, $1::uuid, $4::uuid, 'nurse', now(), null), ($2::uuid, $2::uuid, $4::uuid, 'nurse', now(), null),
         ($3::uuid, $3::uuid, $4::uuid, 'nurse', now() - interval '1 day', now())`,
      [RECORD, UNREGISTERED, FORMER, NURSE],
    );
  });
  afterAll(() => store?.stop());

  test('one cares for those in whose team one is now, by account or record', async () => {
    const told = whoIsTold(store.db, []);
    expect((await told.charges(NURSE)).toSorted()).toEqual([PATIENT, UNREGISTERED].toSorted());
    expect(await told.charges(PATIENT)).toEqual([]);
  });

  test('those with a grant are those who may sign in', async () => {
    const told = whoIsTold(store.db, []);
    expect(await told.withGrant('dispatcher', 10)).toEqual([MAILED]);
    expect(await told.withGrant('dispatcher', 10, [NURSE, GONE])).toEqual([]);
    expect(await told.withGrant('dispatcher', 10, [MAILED, NURSE])).toEqual([MAILED]);
  });

  test('people are reached where it was proved to be them, as they want it, by what there is', async () => {
    const everybody = [PATIENT, NURSE, MAILED, TEXTED, GONE];
    const reach = async (channels: ('email' | 'sms')[]) =>
      (await whoIsTold(store.db, channels).reach(everybody)).map(
        ({ userId, channel }) => `${userId} ${channel}`,
      );
    expect((await reach(['email', 'sms'])).toSorted()).toEqual(
      [`${PATIENT} email`, `${MAILED} email`, `${TEXTED} sms`].toSorted(),
    );
    expect(await reach(['sms'])).toEqual([`${TEXTED} sms`]);
    expect(await reach([])).toEqual([]);
    const [first] = await whoIsTold(store.db, ['email']).reach([MAILED]);
    expect(first?.recipient).toBe(`${MAILED}@example.org`);
  });
});
