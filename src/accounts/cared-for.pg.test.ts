import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { caredFor } from './cared-for.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [PATIENT, DOCTOR, STRANGER, ALONE] = [id(1), id(2), id(3), id(4)];
const [RECORD, UNREGISTERED] = [id(11), id(12)];

describe.each(engines)('who is cared for, on %s', (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
    const run = (text: string, params: unknown[] = []) => store.owner.query({ name: '', text }, params);
    for (const user of [PATIENT, DOCTOR, STRANGER, ALONE]) {
      await run('insert into accounts.users (id, email) values ($1, $2)', [user, `${user}@example.org`]);
    }
    await run(
      `insert into care.patients (id, user_id, first_name, last_name, date_of_birth, created_by)
       values ($1, $2, 'A', 'B', '1950-03-04', $3), ($4, null, 'C', 'D', null, $3)`,
      [RECORD, PATIENT, DOCTOR, UNREGISTERED],
    );
    await run(`insert into care.care_team (id, patient_id, user_id, role) values ($1, $2, $3, 'doctor')`, [
      id(21),
      RECORD,
      DOCTOR,
    ]);
  });
  afterAll(() => store?.stop());

  test('a person is found by account and by record, and is the same one', async () => {
    const people = caredFor(store.db);
    const person = { personId: PATIENT, userId: PATIENT, patientId: RECORD, dateOfBirth: '1950-03-04' };
    expect(await people.person(PATIENT)).toEqual(person);
    expect(await people.person(RECORD)).toEqual(person);
    expect(await people.person(id(99))).toBeNull();
    expect(await people.person('nobody')).toBeNull();
  });

  test('somebody without an account goes by their record, somebody without a record by their account', async () => {
    const people = caredFor(store.db);
    expect(await people.person(UNREGISTERED)).toMatchObject({ personId: UNREGISTERED, userId: null });
    expect(await people.person(ALONE)).toMatchObject({ personId: ALONE, patientId: null });
  });

  test('when many were born is one question, by account and by record', async () => {
    expect(await caredFor(store.db).born([ALONE, RECORD, PATIENT, id(99)])).toEqual([
      null,
      '1950-03-04',
      '1950-03-04',
      null,
    ]);
  });

  test('how others stand to them is of this moment', async () => {
    const people = caredFor(store.db);
    const patient = await people.person(PATIENT);
    const alone = await people.person(ALONE);
    if (!patient || !alone) throw new Error('both exist');
    expect(await people.relations(PATIENT, patient)).toEqual(['self']);
    expect(await people.relations(DOCTOR, patient)).toEqual(['own_patient', 'care_team']);
    expect(await people.relations(STRANGER, patient)).toEqual([]);
    expect(await people.relations(ALONE, alone)).toEqual(['self']);
    expect(await people.careTeam(patient)).toEqual([DOCTOR]);
    expect(await people.careTeam(alone)).toEqual([]);
  });
});
