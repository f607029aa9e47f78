import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { recordType } from '../schema/records/all.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import type { Answered, AnyView, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};

let store: TestStore;
let on: RecordsStage;
beforeAll(async () => {
  store = await openTestStore('postgres');
  on = await recordsStage(store.db);
});
afterAll(() => store?.stop());

const event = async (by: Viewer, more: Readonly<Record<string, unknown>> = {}): Promise<AnyView> => {
  const said = await on.body(must(recordType('calendar-events'), 'events'));
  return value(await on.records.create(by, 'calendar-events', { ...said, ...more }));
};
const seenBy = async (by: Viewer, query: Record<string, string> = {}) =>
  value(await on.records.list(by, 'calendar-events', query)).records.map(({ id }) => id);

test('who sees an event follows from who enters it, when nobody says', async () => {
  expect(await event(on.nurse)).toMatchObject({ privacyLevel: 'clinical', patientId: on.patientId });
  expect(await event(on.patient)).toMatchObject({ privacyLevel: 'shared', patientId: on.patientId });
  expect(await event(on.patient, { privacyLevel: 'private' })).toMatchObject({ privacyLevel: 'private' });
});

test('a private event is found by its person alone, and that somebody else asked is on record', async () => {
  const [mine, shared] = [await event(on.patient, { privacyLevel: 'private' }), await event(on.patient)];
  expect(await seenBy(on.patient)).toEqual(expect.arrayContaining([mine.id, shared.id]));
  for (const query of [{}, { of: on.patient.userId }]) {
    const ids = await seenBy(on.nurse, query as Record<string, string>);
    expect(ids).toContain(shared.id);
    expect(ids).not.toContain(mine.id);
  }
  const before = on.audited.length;
  const { id, version } = mine;
  const change = { version, change: { title: 'Other' } };
  const remove = { version, reason: 'other' };
  for (const answer of [
    await on.records.read(on.nurse, 'calendar-events', id),
    await on.records.history(on.nurse, 'calendar-events', id),
    await on.records.change(on.nurse, 'calendar-events', id, change),
    await on.records.remove(on.nurse, 'calendar-events', id, remove),
  ])
    expect(answer).toMatchObject({ code: 'not_found' });
  expect(on.audited.slice(before).map(({ outcome }) => outcome)).toEqual(Array(4).fill('refused'));
  value(
    await on.records.change(on.patient, 'calendar-events', id, {
      version,
      change: { privacyLevel: 'shared' },
    }),
  );
  expect(value(await on.records.read(on.nurse, 'calendar-events', id)).privacyLevel).toBe('shared');
  const versionsFor = async (by: Viewer) =>
    value(await on.records.history(by, 'calendar-events', id)).versions.map((kept) => kept.version);
  expect(await versionsFor(on.patient)).toEqual([2, 1]);
  expect(await versionsFor(on.nurse)).toEqual([2]);
});
