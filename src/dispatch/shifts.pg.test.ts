import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { Desk } from '../testing/dispatch/desk.ts';
import { openTestStore } from '../testing/open-store.ts';
import { pgShifts } from './pg-shifts.ts';
import type { ShiftStore } from './shift.ts';
import { Shifts, type ShiftsOptions } from './shifts.ts';
import type { LogEvent } from './store.ts';

const signal = new AbortController().signal;

describe.each(engines)('shifts of dispatchers on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let desk: Desk;
  let other: string;
  const told: LogEvent[] = [];

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    desk = await Desk.open(db);
    other = await desk.person();
  });
  afterAll(async () => {
    await desk?.stop();
    await store?.stop();
  });
  afterEach(async () => {
    for (const { sosId } of owned()) await desk.ask(desk.dispatcher, 'sos.cancel', { sosId });
    await open().end(me());
  });

  const me = () => ({ userId: desk.dispatcher });
  const open = (over: Partial<ShiftStore> = {}, dispatch: ShiftsOptions['dispatch'] = desk.dispatch) =>
    new Shifts({
      store: { ...pgShifts(db), ...over },
      dispatch,
      isDispatcher: async (userId) => userId === other || userId === desk.dispatcher,
      clock: systemClock,
      newId: desk.newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => told.push(event),
    });
  const owned = () =>
    [...desk.dispatch.known.open()]
      .filter(({ ownerId }) => ownerId === desk.dispatcher)
      .map(({ id }) => ({ sosId: id }));
  /** An open SOS that this dispatcher owns. */
  const mine = async () => {
    const sosId = await desk.raise(await desk.person());
    await desk.ask(desk.dispatcher, 'sos.take_over', { sosId });
    return sosId;
  };
  const handOver = (shifts: Shifts, id = desk.newId()) =>
    shifts.handOver(me(), { id, toId: other, note: 'the river rises' });

  test('begin once, are seen by all, and end', async () => {
    const shifts = open();
    const begun = await shifts.begin(me());
    expect(begun).toMatchObject({ userId: desk.dispatcher, endedAtMs: null, handedTo: null });
    expect(await shifts.begin(me())).toEqual(begun);
    expect(await shifts.list(true, null, 10)).toEqual([begun]);
    expect(await shifts.end(me())).toMatchObject({ ok: true, value: { shiftId: begun.shiftId } });
    expect(await shifts.list(true, null, 10)).toEqual([]);
    expect(await shifts.list(false, null, 1)).toMatchObject([{ shiftId: begun.shiftId }]);
    expect(await shifts.end(me())).toMatchObject({ code: 'not_on_shift' });
  });

  test('do not end while open SOS would be left to nobody', async () => {
    const shifts = open();
    await shifts.begin(me());
    const sosId = await mine();
    expect(await shifts.end(me())).toMatchObject({ code: 'owns_open_sos' });
    await desk.ask(desk.dispatcher, 'sos.cancel', { sosId });
    expect(await shifts.end(me())).toMatchObject({ ok: true });
  });

  test('handing over gives every open SOS to the next dispatcher, with a note, once', async () => {
    const shifts = open();
    const { shiftId } = await shifts.begin(me());
    const sosIds = [await mine(), await mine(), await mine()];
    const id = desk.newId();
    const done = await handOver(shifts, id);
    expect(done).toMatchObject({ ok: true, value: { shift: { handedTo: other }, notHandedOver: [] } });
    expect(done.ok && done.value.shift.handedSos.toSorted()).toEqual(sosIds.toSorted());
    expect(done.ok && done.value.shift.handedOverAtMs).not.toBe(null);
    for (const sosId of sosIds) {
      expect(desk.state(sosId).ownerId).toBe(other);
      expect(desk.typesOf(`sos:${sosId}`).filter((type) => type === 'sos.taken_over')).toHaveLength(2);
    }
    expect(await handOver(shifts, id)).toEqual(done);
    const inbox = told.filter(({ stream }) => stream === `inbox:${other}`);
    expect(inbox).toHaveLength(1);
    expect(inbox[0]).toMatchObject({
      type: 'shift.handed_over',
      data: { shiftId, fromId: desk.dispatcher, note: 'the river rises' },
    });
    expect(await handOver(shifts)).toMatchObject({ code: 'not_on_shift' });
  });

  test.each([0, 1, 2])('a node that dies after %d of three is gone on from by another', async (after) => {
    const { shiftId } = await open().begin(me());
    const sosIds = [await mine(), await mine(), await mine()];
    let handed = 0;
    const execute: ShiftsOptions['dispatch']['execute'] = async (...asked) => {
      if (handed === after) throw new Error('killed');
      handed += 1;
      return desk.dispatch.execute(...asked);
    };
    const { known } = desk.dispatch;
    const refresh = (sosId: string) => desk.dispatch.refresh(sosId);
    // Killed before it could say that the last one has gone over, too.
    const handedNever = { handed: async () => {} };
    const dying = open(handedNever, { execute, known, refresh });
    await expect(handOver(dying)).rejects.toThrow('killed');
    expect(sosIds.filter((sosId) => desk.state(sosId).ownerId === other)).toHaveLength(after);
    expect(await pgShifts(db).get(shiftId)).toMatchObject({ handedTo: other, handedOverAtMs: null });
    await open().job.run({ signal });
    const shift = await pgShifts(db).get(shiftId);
    expect(shift?.handedSos.toSorted()).toEqual(sosIds.toSorted());
    expect(shift?.handedOverAtMs).not.toBe(null);
    for (const sosId of sosIds) {
      expect(desk.typesOf(`sos:${sosId}`).filter((type) => type === 'sos.taken_over')).toHaveLength(2);
    }
  });

  test('what somebody else took over meanwhile stays theirs, and is told as it stands', async () => {
    const third = await desk.person();
    await open().begin(me());
    const sosId = await mine();
    const { known } = desk.dispatch;
    let isFirst = true;
    const execute: ShiftsOptions['dispatch']['execute'] = async (...asked) => {
      if (isFirst) await desk.ask(desk.dispatcher, 'sos.take_over', { sosId, ownerId: third });
      isFirst = false;
      return desk.dispatch.execute(...asked);
    };
    const racing = open({}, { execute, known, refresh: (id) => desk.dispatch.refresh(id) });
    expect(await handOver(racing)).toMatchObject({
      ok: true,
      value: { shift: { handedSos: [] }, notHandedOver: [{ sosId, status: 'ESCALATED', ownerId: third }] },
    });
    expect(desk.state(sosId).ownerId).toBe(third);
    await desk.ask(desk.dispatcher, 'sos.cancel', { sosId });
  });

  test('nobody is handed anything who is no dispatcher, or is the same person', async () => {
    const shifts = open();
    await shifts.begin(me());
    const patient = await desk.person();
    const to = (toId: string) => shifts.handOver(me(), { id: desk.newId(), toId, note: null });
    expect(await to(patient)).toMatchObject({ code: 'not_dispatcher' });
    expect(await to(desk.dispatcher)).toMatchObject({ code: 'bad_request' });
    expect(await shifts.list(true, null, 10)).toHaveLength(1);
  });
});
