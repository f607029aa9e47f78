import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eraseIn } from '../accounts/personal-rights.ts';
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
const HOUR_MS = 3_600_000;

describe('what people ask hospitals for', () => {
  let store: TestStore;
  let on: RecordsStage;
  beforeAll(async () => {
    store = await openTestStore('postgres');
    on = await recordsStage(store.db);
  });
  afterAll(() => store?.stop());

  let made = 0;
  const make = async (by: Viewer, name: string, more: Record<string, unknown> = {}) =>
    on.records.create(by, name, { ...(await on.body(typeOf(name))), ...more });
  const change = (by: Viewer, name: string, { id, version }: AnyView, to: Record<string, unknown>) =>
    on.records.change(by, name, id, { version, change: to });
  const listed = async (by: Viewer, name: string, query: Record<string, string>) =>
    value(await on.records.list(by, name, query)).records;

  /** A hospital with an authority and so many beds that are free. */
  const hospital = async (free: number) => {
    const n = made++;
    const { id, version } = value(
      await make(on.admin, 'hospitals', { licenseNumber: `b-${n}`, name: `B ${n}` }),
    );
    const authority = await on.somebody('hospital_authority');
    await on.ask(
      `insert into accounts.user_grants (user_id, grant_name, scope_id) values ($1, 'hospital_authority', $2)`,
      [authority.userId, id],
    );
    const counts = { total: free, occupied: 0, reserved: 0, maintenance: 0 };
    const beds = value(await make(authority, 'hospital-resources', { hospitalId: id, ...counts }));
    const approve = () =>
      on.records.change(on.admin, 'hospitals', id, { version, change: { status: 'approved' } });
    return { hospitalId: id, authority, beds, approve };
  };
  const open = async (free: number) => {
    const at = await hospital(free);
    value(await at.approve());
    return at;
  };
  /** For a patient of its own, so that only the beds are fought for. */
  const book = async (hospitalId: string, more: Record<string, unknown> = {}) =>
    value(await make(on.patient, 'bookings', { hospitalId, patientName: `Patient ${made++}`, ...more }));
  const free = async ({ beds }: { readonly beds: AnyView }) =>
    value(await on.records.read(on.admin, 'hospital-resources', beds.id));

  test('only a hospital that was approved takes bookings, and every one has a reference', async () => {
    const at = await hospital(1);
    expect(await make(on.patient, 'bookings', { hospitalId: at.hospitalId })).toMatchObject({
      detail: 'hospitalId (check): bookings_hospital_id_approved',
    });
    value(await at.approve());
    const booking = await book(at.hospitalId, { estimatedDurationHours: 5 });
    expect(booking.bookingReference).toMatch(/^RC-\d{4}-[0-9A-F]{8}$/);
    expect(Number(booking.endsAtMs) - Number(booking.scheduledAtMs)).toBe(5 * HOUR_MS);
  });

  test('whoever approves at once, no more is reserved than there is', async () => {
    const at = await open(2);
    const bookings = [];
    for (let n = 0; n < 5; n++) bookings.push(await book(at.hospitalId));
    const answers = await Promise.all(
      bookings.map((booking) => change(at.authority, 'bookings', booking, { status: 'approved' })),
    );
    const approved = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
    expect(approved).toHaveLength(2);
    for (const answer of answers)
      if (!answer.ok)
        expect(answer).toMatchObject({ detail: 'resourceType (check): bookings_resource_type_available' });
    expect(await free(at)).toMatchObject({ available: 0, reserved: 2 });
    expect(approved[0]).toMatchObject({ approvedBy: at.authority.userId });

    // What is cancelled or over is free again, and so is what is taken back.
    value(await change(on.patient, 'bookings', must(approved[0], 'the first'), { status: 'cancelled' }));
    value(await change(at.authority, 'bookings', must(approved[1], 'the second'), { status: 'completed' }));
    expect(await free(at)).toMatchObject({ available: 2, reserved: 0 });
    const again = await book(at.hospitalId);
    const { id, version } = value(await change(at.authority, 'bookings', again, { status: 'approved' }));
    value(await on.records.remove(on.patient, 'bookings', id, { version, reason: 'by mistake' }));
    expect(await free(at)).toMatchObject({ available: 2, reserved: 0 });
    const log = await listed(at.authority, 'resource-audit-log', { hospitalId: at.hospitalId });
    expect(log.map(({ action }) => action)).toEqual(
      ['create', 'allocate', 'allocate', 'release', 'release', 'allocate', 'release'].toReversed(),
    );
    // Why is a reference, and not what was said of a patient.
    expect(log[0]?.reason).toBe(`booking ${again.bookingReference}`);
  });

  test('what is approved and then for something else gives back what it had', async () => {
    const at = await open(1);
    const theatres = {
      hospitalId: at.hospitalId,
      resourceType: 'operationTheatres',
      total: 1,
      occupied: 0,
      reserved: 0,
      maintenance: 0,
    };
    const theatre = value(await make(at.authority, 'hospital-resources', theatres));
    const booking = await book(at.hospitalId);
    const approved = value(await change(at.authority, 'bookings', booking, { status: 'approved' }));
    const to = (resourceType: string) => change(at.authority, 'bookings', approved, { resourceType });
    expect(await to('icu')).toMatchObject({
      detail: 'resourceType (check): bookings_resource_type_available',
    });
    expect(await free(at)).toMatchObject({ available: 0 });
    value(await to('operationTheatres'));
    expect(await free(at)).toMatchObject({ available: 1 });
    expect(await free({ beds: theatre })).toMatchObject({ available: 0, reserved: 1 });
  });

  test('one patient has one bed at a time', async () => {
    const [here, there] = [await open(3), await open(3)];
    const one = { patientName: 'Twice Booked' };
    const [first, second] = [await book(here.hospitalId, one), await book(there.hospitalId, one)];
    value(await change(here.authority, 'bookings', first, { status: 'approved' }));
    expect(await change(there.authority, 'bookings', second, { status: 'approved' })).toMatchObject({
      code: 'time_taken',
    });
    expect(await free(there)).toMatchObject({ available: 3 });
  });

  test('the hospital decides, whoever asked may cancel, and what is approved is the hospital’s to change', async () => {
    const [at, other] = [await open(3), await open(3)];
    const booking = await book(at.hospitalId);
    const decide = (by: Viewer, status: string, more = {}) =>
      change(by, 'bookings', booking, { status, ...more });
    for (const status of ['approved', 'declined'])
      expect(await decide(on.patient, status)).toMatchObject({ code: 'forbidden' });
    expect(await change(on.nurse, 'bookings', booking, { authorityNotes: 'Room 12' })).toMatchObject({
      code: 'forbidden',
      detail: 'authorityNotes (decided): others decide that',
    });
    expect(await decide(other.authority, 'approved')).toEqual({ ok: false, code: 'not_found' });
    expect(await decide(at.authority, 'declined')).toMatchObject({
      detail: 'declineReason (check): bookings_decline_reason_said',
    });
    const approved = value(await decide(at.authority, 'approved', { authorityNotes: 'Room 12' }));
    expect(await change(on.patient, 'bookings', approved, { urgency: 'low' })).toMatchObject({
      code: 'forbidden',
    });
    const moved = value(await change(at.authority, 'bookings', approved, { urgency: 'low' }));
    const cancelled = value(await change(on.patient, 'bookings', moved, { status: 'cancelled' }));
    expect(await change(at.authority, 'bookings', cancelled, { urgency: 'high' })).toMatchObject({
      code: 'step_not_allowed',
    });
    const steps = await listed(on.patient, 'booking-status-history', { bookingId: booking.id });
    expect(
      steps.map(({ oldStatus, newStatus, notes, createdBy }) => [oldStatus, newStatus, notes, createdBy]),
    ).toEqual([
      ['approved', 'cancelled', 'Room 12', on.patient.userId],
      ['pending', 'approved', 'Room 12', at.authority.userId],
      [null, 'pending', null, on.patient.userId],
    ]);
  });

  test('an authority lists what its own hospital was asked for, and is on record for it', async () => {
    const [at, other] = [await open(1), await open(1)];
    const booking = await book(at.hospitalId);
    const { hospitalId } = at;
    expect((await listed(at.authority, 'bookings', { hospitalId })).map(({ id }) => id)).toEqual([
      booking.id,
    ]);
    expect(on.seen).toContainEqual({
      viewerId: at.authority.userId,
      subjectId: on.patient.userId,
      resourceKind: 'bookings',
    });
    expect(await listed(other.authority, 'bookings', { hospitalId })).toEqual([]);
    expect(await listed(at.authority, 'bookings', {})).toEqual([]);
    expect(await on.records.read(other.authority, 'bookings', booking.id)).toMatchObject({
      code: 'not_found',
    });
  });

  test('a payment is of the person and hospital of its booking, comes out even, and is given back at most once', async () => {
    const [at, other] = [await open(1), await open(1)];
    const booking = await book(at.hospitalId);
    const pay = (more: Record<string, unknown> = {}) =>
      make(at.authority, 'transactions', { bookingId: booking.id, hospitalId: at.hospitalId, ...more });
    expect(
      await make(on.patient, 'transactions', { bookingId: booking.id, hospitalId: at.hospitalId }),
    ).toMatchObject({
      code: 'not_found',
    });
    expect(await pay({ personId: on.nurse.userId })).toMatchObject({
      detail: 'bookingId (reference): there is no such record of this person',
    });
    expect(
      await make(other.authority, 'transactions', { bookingId: booking.id, hospitalId: other.hospitalId }),
    ).toMatchObject({ detail: 'hospitalId (check): transactions_hospital_id_of_booking' });
    expect(await pay({ platformFee: 51 })).toMatchObject({
      detail: 'hospitalShare (check): transactions_hospital_share_sum',
    });
    expect(await pay({ platformFee: 9_999, hospitalShare: null })).toMatchObject({
      detail: 'hospitalShare (check): transactions_hospital_share_whole',
    });
    const gatewayTransactionId = `g-${booking.id}`;
    const payment = value(await pay({ gatewayTransactionId }));
    expect(await pay({ gatewayTransactionId })).toMatchObject({ code: 'record_exists' });
    const paid = value(await change(at.authority, 'transactions', payment, { status: 'completed' }));
    expect(
      await change(at.authority, 'transactions', paid, { amount: 1, platformFee: 0, hospitalShare: 1 }),
    ).toMatchObject({
      detail: 'amount (check): transactions_amount_settled',
    });
    const refund = (refundAmount: number) =>
      change(at.authority, 'transactions', paid, { status: 'refunded', refundAmount });
    expect(await refund(2_500.51)).toMatchObject({
      detail: 'refundAmount (check): transactions_refund_amount_max',
    });
    const refunded = value(await refund(2_500.5));
    expect(refunded.refundedAtMs).toBeGreaterThan(Number(paid.createdAtMs) - 1);
    expect(
      (await listed(on.patient, 'transactions', { bookingId: booking.id })).map(({ amount }) => amount),
    ).toEqual([2_500.5]);
    const credit = (amount: number) => {
      const said = { personId: on.patient.userId, transactionId: refunded.id, kind: 'refund', amount };
      return make(on.admin, 'balance-transactions', said);
    };
    value(await credit(2_000.5));
    expect(await credit(500.01)).toMatchObject({
      detail: 'amount (check): balance_transactions_amount_refunded',
    });
    value(await credit(500));
  });

  test('what approved bookings hold stays reserved, whoever writes the numbers', async () => {
    const at = await open(2);
    const held = value(
      await change(at.authority, 'bookings', await book(at.hospitalId), { status: 'approved' }),
    );
    const row = await free(at);
    expect(await change(at.authority, 'hospital-resources', row, { reserved: 0 })).toMatchObject({
      detail: 'reserved (check): hospital_resources_reserved_held',
    });
    const { id, version } = row;
    const away = () =>
      on.records.remove(at.authority, 'hospital-resources', id, { version, reason: 'counted anew' });
    expect(await away()).toMatchObject({ detail: 'reserved (check): hospital_resources_reserved_held' });
    value(await change(at.authority, 'bookings', held, { status: 'cancelled' }));
    const after = await free(at);
    expect(after).toMatchObject({ reserved: 0, available: 2 });
    value(
      await on.records.remove(at.authority, 'hospital-resources', id, {
        version: after.version,
        reason: 'counted anew',
      }),
    );
  });

  test('a wallet is what came in and went out, in one line, and never less than nothing', async () => {
    const own = await on.somebody('patient');
    const move = (kind: string, amount: number, more: Record<string, unknown> = {}) =>
      make(on.admin, 'balance-transactions', { personId: own.userId, kind, amount, ...more });
    expect(await move('debit', 1)).toMatchObject({
      detail: 'amount (check): balance_transactions_amount_covered',
    });
    value(await move('credit', 0.1));
    value(await move('credit', 0.2));
    const spent = await Promise.all([0.1, 0.1, 0.1, 0.1].map((amount) => move('debit', amount)));
    expect(spent.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await move('credit', 1, { currency: 'EUR' })).toMatchObject({
      detail: 'currency (check): balance_transactions_currency_of_wallet',
    });
    const [wallet] = await listed(own, 'wallets', {});
    expect(wallet).toMatchObject({ balance: 0, currency: 'BDT' });
    const line = await listed(own, 'balance-transactions', { sort: 'createdAtMs' });
    expect(line.map(({ balanceBefore, balanceAfter }) => [balanceBefore, balanceAfter])).toEqual([
      [0, 0.1],
      [0.1, 0.3],
      [0.3, 0.2],
      [0.2, 0.1],
      [0.1, 0],
    ]);
    expect(await make(own, 'balance-transactions', { personId: own.userId })).toMatchObject({
      code: 'not_found',
    });

    await store.db.transaction((tx) => eraseIn(tx, own.userId));
    const left = await on.ask<{ amount: number; description: string | null }>(
      'select amount, description from hospital.balance_transactions where person_id = $1',
      [own.userId],
    );
    expect(new Set(left.map(({ description }) => description))).toEqual(new Set(['[erased]']));
    await expect(
      on.ask('update hospital.balance_transactions set amount = 9 where person_id = $1', [own.userId]),
    ).rejects.toThrow(/stays as it was/);
  });

  test('whoever booked two beds at once, for two people, can be erased', async () => {
    const at = await open(2);
    const own = await on.somebody('patient');
    for (const patientName of ['One', 'Another']) {
      const said = { hospitalId: at.hospitalId, personId: own.userId, patientName };
      const booking = value(await make(own, 'bookings', said));
      value(await change(at.authority, 'bookings', booking, { status: 'approved' }));
    }
    await store.db.transaction((tx) => eraseIn(tx, own.userId));
    expect(
      await on.ask('select distinct patient_name as who from hospital.bookings where person_id = $1', [
        own.userId,
      ]),
    ).toEqual([{ who: '[erased]' }]);
  });

  test('what was booked is without words once its person is erased', async () => {
    const at = await open(1);
    const own = await on.somebody('patient');
    const said = { hospitalId: at.hospitalId, personId: own.userId, patientName: 'Canary Kovacs' };
    const booking = value(await make(own, 'bookings', said));
    const declined = value(
      await make(own, 'bookings', { ...said, patientName: 'Canary Kovacs the Younger' }),
    );
    const declineReason = 'Canary has no room';
    value(await change(at.authority, 'bookings', declined, { status: 'declined', declineReason }));
    await store.db.transaction((tx) => eraseIn(tx, own.userId));
    expect(
      await on.ask('select decline_reason as why from hospital.bookings where id = $1', [declined.id]),
    ).toEqual([{ why: '[erased]' }]);
    const [left] = await on.ask<Record<string, unknown>>('select * from hospital.bookings where id = $1', [
      booking.id,
    ]);
    expect(left).toMatchObject({
      patient_name: '[erased]',
      medical_condition: '[erased]',
      status: 'pending',
    });
    expect(
      await on.ask('select 1 as one from hospital.record_history where record_id = $1', [booking.id]),
    ).toEqual([]);
  });
});
