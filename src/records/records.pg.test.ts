import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportPerson } from '../accounts/personal-export.ts';
import { eraseIn } from '../accounts/personal-rights.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { type AnyRecordType, recordType } from '../schema/records/all.ts';
import { columnOf } from '../schema/records/field.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import type { Answered, AnyView, Page, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};
const typeOf = (name: string): AnyRecordType => must(recordType(name), name);
const HOUR_MS = 3_600_000;

describe.each(engines)('records on %s', (engine) => {
  let store: TestStore;
  let on: RecordsStage;
  beforeAll(async () => {
    store = await openTestStore(engine);
    on = await recordsStage(store.db);
  });
  afterAll(() => store?.stop());

  const make = async (name: string, more: Record<string, unknown> = {}, by = on.nurse): Promise<AnyView> =>
    value(await on.records.create(by, name, { ...(await on.body(typeOf(name))), ...more }));

  test('a page ends after a megabyte, of a list and of a history, and the next goes on from there', async () => {
    const long = { title: 'A long one', content: 'ы'.repeat(20_000) };
    const { id } = await make('medical-records', long);
    for (let n = 0; n < 29; n++) await make('medical-records', long);
    const found: AnyView[] = [];
    const pages: number[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const query: Record<string, string> = { of: on.patientId, limit: '200', ...(next && { after: next }) };
      const page: Page = value(await on.records.list(on.nurse, 'medical-records', query));
      found.push(...page.records);
      pages.push(page.records.length);
      next = page.next;
    }
    expect(pages).toHaveLength(2);
    expect(new Set(found.map((record) => record.id)).size).toBe(30);

    await on.ask(
      `do $$ begin for n in 1..230 loop update care.medical_records set content = n where id = '${id}'; end loop; end $$`,
    );
    const versions = (after?: string) =>
      on.records.history(on.nurse, 'medical-records', id, after === undefined ? {} : { after });
    const first = value(await versions());
    expect([first.versions.length, first.next]).toEqual([200, '32']);
    const rest = value(await versions('32'));
    expect(rest.versions.map(({ version }) => version)).toEqual(Array.from({ length: 31 }, (_, n) => 31 - n));
    expect(rest.next).toBe(null);
    expect(await versions('x')).toMatchObject({ detail: expect.stringContaining('after (format)') });
  });

  test('a professional is never booked twice, whoever is first', async () => {
    const doctor = await on.somebody('professional');
    const at = (startsAtMs: number, durationMin = 60) => ({
      doctorId: doctor.userId,
      startsAtMs,
      durationMin,
    });
    const noonMs = 1_800_000_000_000;
    const body = await on.body(typeOf('appointments'));
    const racing = await Promise.all(
      [0, 15, 30, 45].map((minutes) =>
        on.records.create(on.nurse, 'appointments', { ...body, ...at(noonMs + minutes * 60_000) }),
      ),
    );
    expect(racing.filter(({ ok }) => ok)).toHaveLength(1);
    expect(racing.filter((answer) => !answer.ok && answer.code === 'time_taken')).toHaveLength(3);
    const [first] = racing.flatMap((answer) => (answer.ok ? [answer.value] : []));
    expect(first?.endsAtMs).toBe(Number(first?.startsAtMs) + HOUR_MS);
    // One right after the other does not overlap, and what is cancelled is free again.
    const next = await make('appointments', at(Number(first?.endsAtMs)));
    const cancel = { version: 1, change: { status: 'cancelled' } };
    value(await on.records.change(on.nurse, 'appointments', next.id, cancel));
    await make('appointments', at(Number(next.startsAtMs)));
    const mine = value(await on.records.list(doctor, 'appointments', { as: 'party' })).records;
    expect(mine).toHaveLength(3);
    expect(mine.every(({ doctorId }) => doctorId === doctor.userId)).toBe(true);
    expect(value(await on.records.list(doctor, 'appointments', {})).records).toEqual([]);
  });

  test('a status goes on by its steps, and ends', async () => {
    const { id } = await make('prescriptions');
    const to = (version: number, status: string) =>
      on.records.change(on.nurse, 'prescriptions', id, { version, change: { status } });
    expect(await to(1, 'completed')).toEqual({
      ok: false,
      code: 'step_not_allowed',
      detail: 'status: after pending comes active or cancelled',
    });
    value(await to(1, 'active'));
    value(await to(2, 'stopped'));
    expect(await to(3, 'active')).toMatchObject({ code: 'step_not_allowed' });
    const asActive = { ...(await on.body(typeOf('prescriptions'))), status: 'active' };
    expect(await on.records.create(on.nurse, 'prescriptions', asActive)).toMatchObject({
      code: 'step_not_allowed',
    });
  });

  test('whoever writes a result is its author, and once it is signed every change says why', async () => {
    const signedAtMs = systemClock.nowMs();
    const record = await make('medical-records', { signedAtMs });
    expect(record.authorId).toBe(on.nurse.userId);
    const change = { version: 1, change: { content: '4.2 mmol/l' } };
    expect(await on.records.change(on.nurse, 'medical-records', record.id, change)).toMatchObject({
      detail: expect.stringContaining('reason (required)'),
    });
    const why = { ...change, reason: 'misread' };
    expect(value(await on.records.change(on.nurse, 'medical-records', record.id, why))).toMatchObject({
      content: '4.2 mmol/l',
      version: 2,
    });
    // The words stay with the record; administrators, who are shown none, read that there are some.
    expect(on.audited.at(-1)).toMatchObject({ action: 'change', reason: 'a reason was given' });
    const [, replaced] = value(await on.records.history(on.nurse, 'medical-records', record.id)).versions;
    expect(replaced?.reason).toBe('misread');
    expect(
      await on.records.create(on.patient, 'medical-records', await on.body(typeOf('medical-records'))),
    ).toEqual({ ok: false, code: 'not_found' });
  });

  test('nobody writes in the name of somebody else, nor signs for them, and what is signed stays so', async () => {
    const doctor = await on.somebody('professional');
    const body = await on.body(typeOf('medical-records'));
    const as = { ...body, authorId: doctor.userId };
    expect(await on.records.create(on.nurse, 'medical-records', as)).toMatchObject({
      detail: expect.stringContaining('authorId (author)'),
    });
    const signedAtMs = systemClock.nowMs();
    const { id } = await make('medical-records', { signedAtMs });
    const change = (to: Record<string, unknown>) =>
      on.records.change(on.nurse, 'medical-records', id, { version: 1, change: to, reason: 'so it is' });
    expect(await change({ authorId: doctor.userId })).toMatchObject({
      detail: expect.stringContaining('authorId (author)'),
    });
    expect(await change({ signedAtMs: null })).toMatchObject({
      detail: expect.stringContaining('signedAtMs (fixed)'),
    });
  });

  test('a booking that is sent again while it is being made is one booking, and answered as such', async () => {
    const doctor = await on.somebody('professional');
    const body = { ...(await on.body(typeOf('appointments'))), doctorId: doctor.userId };
    const key = randomUUID();
    const sent = await Promise.all(
      [1, 2, 3].map(() => on.records.create(on.nurse, 'appointments', body, key)),
    );
    expect(new Set(sent.map((answer) => value(answer).id)).size).toBe(1);
  });

  test.each<[what: string, type: string, more: Record<string, unknown>, detail: string]>([
    ['too much', 'hydration-logs', { amountMl: 20_001 }, 'amountMl (max)'],
    ['a word for a number', 'hydration-logs', { amountMl: 'much' }, 'amountMl (type)'],
    ['a day that is none', 'hydration-logs', { loggedOn: '2026-02-30' }, 'loggedOn (format)'],
    ['a day ahead', 'hydration-logs', { loggedOn: '2199-01-01' }, 'loggedOn (past): lies ahead'],
    ['a word that is no choice', 'appointments', { kind: 'party' }, 'kind (one of)'],
    ['an end before its beginning', 'sleep-logs', { wokeAtMs: 1_000 }, 'wokeAtMs (order): is before bedAtMs'],
    [
      'characters that are none',
      'hydration-logs',
      { notes: 'a\0b' },
      'notes (rule): holds what is no character',
    ],
    ['more refills than allowed', 'prescriptions', { refillsUsed: 9 }, 'refillsUsed (check)'],
  ])('%s is refused with its field and rule', async (_, name, more, detail) => {
    const body = { ...(await on.body(typeOf(name))), ...more };
    expect(await on.records.create(on.nurse, name, body)).toMatchObject({
      ok: false,
      code: 'bad_request',
      detail: expect.stringContaining(detail),
    });
  });

  test('a log refers to what is of the same person only', async () => {
    const other = await on.somebody('patient');
    const theirs = value(await on.records.create(other, 'medications', { name: 'Aspirin' }));
    expect(theirs.personId).toBe(other.userId);
    const body = { ...(await on.body(typeOf('medication-logs'))), medicationId: theirs.id };
    expect(await on.records.create(on.nurse, 'medication-logs', body)).toMatchObject({
      detail: 'medicationId (reference): there is no such record of this person',
    });
  });

  test('what is sent twice under one key is done once, also at the same moment', async () => {
    const key = '00000000-0000-4000-8000-0000000000aa';
    const body = await on.body(typeOf('hydration-logs'));
    const send = (said: unknown = body) => on.records.create(on.nurse, 'hydration-logs', said, key);
    const before = on.published.length;
    const [one, two] = await Promise.all([send(), send()]);
    expect(value(one)).toEqual(value(two));
    expect(value(await send())).toEqual(value(one));
    expect(on.published).toHaveLength(before + 1);
    expect(await send({ ...body, amountMl: 1 })).toMatchObject({
      detail: 'idempotency-key: was given to another request',
    });
    const removal = { version: 1, reason: 'twice' };
    const remove = () =>
      on.records.remove(
        on.nurse,
        'hydration-logs',
        value(one).id,
        removal,
        '00000000-0000-4000-8000-0000000000ab',
      );
    expect(await remove()).toEqual({ ok: true, value: null });
    expect(await remove()).toEqual({ ok: true, value: null });
  });

  test('a device sends many at once: all of them or none, and told once', async () => {
    const body = await on.body(typeOf('hydration-logs'));
    const records = Array.from({ length: 50 }, (_, n) => ({ ...body, amountMl: n }));
    const before = on.published.length;
    const kept = value(await on.records.createMany(on.patient, 'hydration-logs', { records }));
    expect(kept.map(({ amountMl }) => amountMl)).toEqual(records.map(({ amountMl }) => amountMl));
    expect(on.published).toHaveLength(before + 1);
    expect(
      await on.records.createMany(on.patient, 'hydration-logs', {
        records: [body, { ...body, amountMl: -1 }],
      }),
    ).toMatchObject({ detail: expect.stringMatching(/^records\.1: amountMl \(min\)/) });
    expect(await on.records.createMany(on.nurse, 'prescriptions', { records: [{}] })).toMatchObject({
      code: 'not_found',
    });
  });

  test.each(['Ada', 'kov', 'kovacs ada', 'ada.kovacs@example', '+41 79 555', '79555 01 42'.slice(0, 2)])(
    'patients are searched by name, e-mail and telephone: %s',
    async (q) => {
      const found = value(await on.records.list(on.nurse, 'patients', { q })).records;
      const isFound = !/^79$/.test(q);
      expect(found.map(({ id }) => id)).toEqual(isFound ? [on.patientId] : []);
      expect(value(await on.records.list(on.stranger, 'patients', { q })).records).toEqual([]);
    },
  );

  test('whoever lists by their name in it, or everybody, is on record with the account of the patient', async () => {
    const doctor = await on.somebody('professional');
    await make('appointments', { doctorId: doctor.userId, startsAtMs: 1_900_000_000_000 });
    const seenBy = ({ userId }: Viewer) =>
      new Set(on.seen.filter(({ viewerId }) => viewerId === userId).map(({ subjectId }) => subjectId));
    const staff = await on.somebody('staff');
    value(await on.records.list(staff, 'appointments', {}));
    expect(seenBy(staff)).toEqual(new Set([on.patient.userId]));
    expect(value(await on.records.list(doctor, 'appointments', { as: 'party' })).records).toHaveLength(1);
    expect(seenBy(doctor)).toEqual(new Set([on.patient.userId]));
  });

  test('a list of all for whom somebody cares is whole, in order, or says that it has to name one', async () => {
    const therapist = await on.somebody('professional');
    const careFor = (count: number, isActive: boolean) =>
      on.ask(
        `with made as (
           insert into care.patients (id, first_name, last_name, created_by, is_active)
           select gen_random_uuid(), 'Many', 'Patients', $1::uuid, $3 from generate_series(1, $2::integer) returning id)
         insert into care.care_team (id, patient_id, user_id, role) select gen_random_uuid(), id, $1, 'therapist' from made`,
        [therapist.userId, count, isActive],
      );
    await careFor(2, true);
    await careFor(1, false);
    const list = (name: string, query: Record<string, string>) => on.records.list(therapist, name, query);
    expect(value(await list('patients', { isActive: 'false' })).records).toHaveLength(1);
    for (const [n, { id }] of value(await list('patients', {})).records.entries()) {
      const body = { ...(await on.body(typeOf('hydration-logs'))), personId: id };
      for (const amountMl of [n, n + 10])
        value(await on.records.create(therapist, 'hydration-logs', { ...body, amountMl }));
    }
    const first = value(await list('hydration-logs', { limit: '4' }));
    const rest = value(await list('hydration-logs', { limit: '4', after: String(first.next) }));
    const ids = [...first.records, ...rest.records].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted().reverse());
    expect(ids).toHaveLength(6);
    await careFor(498, true);
    expect(await list('hydration-logs', {})).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('of (required)'),
    });
  });

  test('two of a name are refused in a catalogue, and everybody looks it up', async () => {
    await make('food-categories', { name: 'Vegetables' });
    const again = await on.records.create(on.nurse, 'food-categories', { name: 'vegetables' });
    expect(again).toMatchObject({ code: 'record_exists', detail: 'name (unique): is taken' });
    const reader = await on.somebody();
    expect(value(await on.records.list(reader, 'food-categories', {})).records).not.toEqual([]);
  });

  test('two who change one version at once: one is told that it says something else', async () => {
    const { id } = await make('hydration-logs');
    const change = (amountMl: number) =>
      on.records.change(on.nurse, 'hydration-logs', id, { version: 1, change: { amountMl } });
    const answers = await Promise.all([change(1), change(2), change(3)]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.filter((answer) => !answer.ok && answer.code === 'record_changed')).toHaveLength(2);
  });

  test('types and ids that nobody has are not found, whatever they look like', async () => {
    for (const name of ['nonsense', '__proto__', 'constructor', 'patients; drop table care.patients'])
      expect(await on.records.list(on.nurse, name, {})).toEqual({ ok: false, code: 'not_found' });
    for (const id of ['x', '00000000-0000-4000-8000-000000000000'])
      expect(await on.records.read(on.nurse, 'prescriptions', id)).toEqual({ ok: false, code: 'not_found' });
  });

  test('a person takes all of it with them, and what is erased is nowhere', async () => {
    const own = await on.somebody('patient');
    const log = value(
      await on.records.create(own, 'hydration-logs', {
        loggedOn: '2026-01-01',
        amountMl: 1,
        notes: 'canary one',
      }),
    );
    const change = { version: 1, change: { notes: 'canary two' } };
    value(await on.records.change(own, 'hydration-logs', log.id, change));
    const exported = JSON.stringify(await exportPerson(store.db, own.userId, systemClock.nowMs()));
    expect(exported).toContain('canary two');
    expect(exported).toContain('canary one');
    await store.db.transaction((tx) => eraseIn(tx, own.userId));
    const left = JSON.stringify(await exportPerson(store.db, own.userId, systemClock.nowMs()));
    expect(left).not.toContain('canary');
    expect(
      await on.ask('select 1 as one from recovery.record_history where record_id = $1', [log.id]),
    ).toEqual([]);

    // A row that says everything that a patient record can say.
    const { fields } = typeOf('patients');
    const said = { text: "'canary'", int4: '100', numeric: '70', date: "'1961-04-12'", bool: 'true' };
    const columns = Object.entries(fields).map(([name, field]) => [columnOf(name, field), field] as const);
    const set = columns.map(([column, { values, sqlType }]) => {
      return `${column} = ${values ? `'${values[0]}'` : said[sqlType as keyof typeof said]}`;
    });
    await on.ask(`update care.patients set ${set.join(', ')} where id = $1`, [on.patientId]);

    const [record, prescription] = [await make('medical-records'), await make('prescriptions')];
    await store.db.transaction((tx) => eraseIn(tx, on.patient.userId));
    const [blank] = await on.ask<Record<string, unknown>>('select * from care.patients where id = $1', [
      on.patientId,
    ]);
    const stays = columns.map(([column]) => blank?.[column]).filter((each) => each !== null);
    expect(stays).toEqual(['Erased', 'Person', false]);
    const [kept] = await on.ask<{ title: string; kind: string }>(
      'select title, kind from care.medical_records where id = $1',
      [record.id],
    );
    expect(kept).toEqual({ title: '[erased]', kind: 'lab' });
    const history = await on.ask('select 1 as one from care.record_history where patient_id = $1', [
      on.patientId,
    ]);
    expect(history).toEqual([]);
    expect(
      await on.ask(
        `select status from care.prescriptions where id = $1 and coalesce(pharmacy_name, '[erased]') = '[erased]'`,
        [prescription.id],
      ),
    ).toEqual([{ status: 'pending' }]);
  });
});
