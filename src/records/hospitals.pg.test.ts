import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { type AnyRecordType, recordType } from '../schema/records/all.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import type { Answered, AnyView, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};
const typeOf = (name: string): AnyRecordType => must(recordType(name), name);

describe('hospitals', () => {
  let store: TestStore;
  let on: RecordsStage;
  beforeAll(async () => {
    store = await openTestStore('postgres');
    on = await recordsStage(store.db);
  });
  afterAll(() => store?.stop());

  let hospitals = 0;
  const make = async (by: Viewer, name: string, more: Record<string, unknown> = {}) =>
    on.records.create(by, name, { ...(await on.body(typeOf(name))), ...more });
  const change = (by: Viewer, name: string, { id, version }: AnyView, to: Record<string, unknown>) =>
    on.records.change(by, name, id, { version, change: to });
  /** A hospital with an authority of its own. */
  const hospital = async () => {
    const n = hospitals++;
    const made = value(await make(on.admin, 'hospitals', { licenseNumber: `own-${n}`, name: `Own ${n}` }));
    const authority = await on.somebody('hospital_authority');
    await on.ask(
      `insert into accounts.user_grants (user_id, grant_name, scope_id) values ($1, 'hospital_authority', $2)`,
      [authority.userId, made.id],
    );
    return { made, authority };
  };

  test('only an administrator says that a hospital is approved, and the database says who did', async () => {
    const { made, authority } = await hospital();
    expect(made).toMatchObject({ status: 'pending', approvedBy: null, approvedAtMs: null });
    const corrected = value(await change(authority, 'hospitals', made, { phone: '+880 2 5550 111' }));
    expect(await change(authority, 'hospitals', corrected, { status: 'approved' })).toEqual({
      ok: false,
      code: 'forbidden',
      detail: 'status (decided): others decide that',
    });
    const approved = value(await change(on.admin, 'hospitals', corrected, { status: 'approved' }));
    expect(approved).toMatchObject({ status: 'approved', approvedBy: on.admin.userId });
    expect(approved.approvedAtMs).toBeGreaterThan(Number(made.createdAtMs) - 1);
    expect(await change(on.admin, 'hospitals', approved, { status: 'pending' })).toMatchObject({
      code: 'step_not_allowed',
    });
    const bare = value(await change(on.admin, 'hospitals', approved, { status: 'suspended' }));
    expect(await change(on.admin, 'hospitals', bare, { status: 'rejected' })).toMatchObject({
      detail: 'rejectionReason (check): hospitals_rejection_reason_said',
    });
  });

  test('hospitals are found by what they are and have, and a licence is of one of them', async () => {
    const { made } = await hospital();
    const change = { facilities: ['hyperbaric chamber'] };
    value(await on.records.change(on.admin, 'hospitals', made.id, { version: 1, change }));
    const reader = await on.somebody();
    for (const q of ['hyperb', 'cardio hyperbaric', 'station chamber']) {
      const { records } = value(await on.records.list(reader, 'hospitals', { q }));
      expect(records.map(({ id }) => id)).toEqual([made.id]);
    }
    const again = { licenseNumber: String(made.licenseNumber).toUpperCase() };
    expect(await make(on.admin, 'hospitals', again)).toMatchObject({
      code: 'record_exists',
      detail: 'licenseNumber (unique): is taken',
    });
    expect(await make(on.admin, 'hospitals', { operatingHours: ['mon 8-17'] })).toMatchObject({
      detail: expect.stringContaining('operatingHours.0 (format)'),
    });
  });

  test('an authority of one hospital says nothing of another', async () => {
    const [one, other] = [await hospital(), await hospital()];
    const beds = { hospitalId: one.made.id };
    expect(await make(other.authority, 'hospital-resources', beds)).toMatchObject({ code: 'forbidden' });
    const kept = value(await make(one.authority, 'hospital-resources', beds));
    expect(await change(other.authority, 'hospital-resources', kept, { total: 41 })).toMatchObject({
      code: 'forbidden',
    });
    expect(
      await change(one.authority, 'hospital-resources', kept, { hospitalId: other.made.id }),
    ).toMatchObject({ detail: expect.stringContaining('hospitalId (unknown)') });
    const log = (by: Viewer, query: Record<string, string>) =>
      on.records.list(by, 'resource-audit-log', query);
    expect(await log(other.authority, beds)).toEqual({ ok: false, code: 'not_found' });
    expect(await log(one.authority, {})).toEqual({ ok: false, code: 'not_found' });
    expect(value(await log(one.authority, beds)).records).toHaveLength(1);
  });

  test('what is free is what is left, never less than nothing, and every change is in the log', async () => {
    const { made, authority } = await hospital();
    const counts = { total: 10, occupied: 4, reserved: 1, maintenance: 0 };
    const hospitalId = made.id;
    const beds = value(await make(authority, 'hospital-resources', { hospitalId, ...counts }));
    expect(beds.available).toBe(5);
    expect(await make(authority, 'hospital-resources', { hospitalId })).toMatchObject({
      code: 'record_exists',
      detail: 'resourceType (unique): is taken',
    });
    expect(await change(authority, 'hospital-resources', beds, { occupied: 10 })).toMatchObject({
      detail: 'available (check): hospital_resources_available_min',
    });
    const taken = value(await change(authority, 'hospital-resources', beds, { occupied: 6 }));
    const given = value(await change(authority, 'hospital-resources', taken, { occupied: 5 }));
    const more = value(await change(authority, 'hospital-resources', given, { total: 12 }));
    const gone = { version: more.version, reason: 'the ward was closed' };
    value(await on.records.remove(authority, 'hospital-resources', more.id, gone));
    const { records } = value(await on.records.list(authority, 'resource-audit-log', { hospitalId }));
    expect(
      records.map(({ action, oldAvailable, newAvailable }) => [action, oldAvailable, newAvailable]),
    ).toEqual([
      ['delete', 6, null],
      ['update', 4, 6],
      ['release', 3, 4],
      ['allocate', 5, 3],
      ['create', null, 5],
    ]);
    expect(records[0]).toMatchObject({ reason: 'the ward was closed', createdBy: authority.userId });
  });

  test('prices of one thing never hold at the same time, and one follows another', async () => {
    const { made, authority } = await hospital();
    const from = (startsAtMs: number, endsAtMs: number | null) =>
      make(authority, 'hospital-pricing', { hospitalId: made.id, startsAtMs, endsAtMs });
    const first = value(await from(1_000_000, null));
    expect(await from(2_000_000, null)).toMatchObject({ code: 'time_taken' });
    value(await change(authority, 'hospital-pricing', first, { endsAtMs: 2_000_000 }));
    value(await from(2_000_000, null));
    expect(await from(500_000, 400_000)).toMatchObject({
      detail: expect.stringContaining('endsAtMs (order)'),
    });
    expect(
      await make(authority, 'hospital-pricing', { hospitalId: made.id, basePrice: 1.005 }),
    ).toMatchObject({
      detail: expect.stringContaining('basePrice (rule): '),
    });
  });
});
