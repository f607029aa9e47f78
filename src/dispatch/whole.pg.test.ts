import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { audit } from '../testing/dispatch/audit.ts';
import { Desk, HERE } from '../testing/dispatch/desk.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { pgDispatchStore } from './pg.ts';
import { policyWith, slotsFor } from './testing/policy.ts';

const HOLDERS = sql(
  'test_holders',
  'select user_id, slot from dispatch.holders where sos_id = $1 order by slot',
);
const HAND_OFFS = sql(
  'test_hand_offs',
  'select state, service, reference from dispatch.handoffs where sos_id = $1 order by created_at, state',
);

describe.each(engines)('dispatch, whole, on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let desk: Desk;

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    desk = await Desk.open(db);
  });
  afterAll(async () => {
    await desk?.stop();
    const found = await audit(db, isDeepStrictEqual);
    await store?.stop();
    // Whatever the tests above did: the log alone leads to the rows, and nobody holds two slots.
    expect(found.faults).toEqual([]);
  });

  /** A timer may decide something between the look at the store and the look at memory. */
  const storedAsKnown = (sosId: string) =>
    until(
      async () => {
        expect(await pgDispatchStore(db).load(sosId)).toEqual(desk.state(sosId));
        return true;
      },
      { timeoutMs: 5_000, what: 'the store to have what is known' },
    );
  const holders = (sosId: string) => db.query<{ user_id: string; slot: number }>(HOLDERS, [sosId]);

  test('several hold a slot each; a promoted one holds the other slot, and one only', async () => {
    await desk.restart({ slots: slotsFor(2) });
    const [a, b] = [await desk.responder(100), await desk.responder(200)];
    const sosId = await desk.raise(await desk.person());
    expect(await desk.accept(a, sosId)).toMatchObject({ value: { status: 'ACCEPTED', as: 'PRIMARY' } });
    expect(await desk.accept(b, sosId)).toMatchObject({ value: { as: 'SUPPORT' } });
    expect(await holders(sosId)).toEqual([
      { user_id: a, slot: 1 },
      { user_id: b, slot: 2 },
    ]);
    await desk.ask(a, 'sos.withdraw', { sosId, reason: 'flat tyre' });
    expect(await holders(sosId)).toEqual([{ user_id: b, slot: 1 }]);
    expect(desk.typesOf(`inbox:${b}`)).toEqual(['offer.sent', 'sos.assigned', 'sos.promoted']);
  });

  test('late accepters are told that they are kept ready, and the next ones the truth', async () => {
    await desk.restart({ reservesMax: 1 });
    const people = [await desk.responder(100), await desk.responder(200), await desk.responder(300)];
    const sosId = await desk.raise(await desk.person());
    const answers = await Promise.all(people.map((id) => desk.accept(id, sosId)));
    expect(answers.map((answer) => (answer.ok ? answer.value.as : answer.code))).toEqual([
      'PRIMARY',
      'RESERVE',
      'offer_filled',
    ]);
  });

  test('departure and arrival are recognised by position, each once, and are in the rows', async () => {
    await desk.restart();
    const a = await desk.responder(400);
    const sosId = await desk.raise(await desk.person());
    await desk.accept(a, sosId);
    desk.move(a, 399);
    for (const meters of [370, 200, 20, 15]) desk.move(a, meters);
    await until(() => desk.typesOf(`sos:${sosId}`).includes('sos.arrived'), {
      timeoutMs: 5_000,
      what: 'the arrival',
    });
    const types = desk.typesOf(`sos:${sosId}`);
    expect(types.filter((type) => type === 'sos.departed' || type === 'sos.arrived')).toHaveLength(2);
    await storedAsKnown(sosId);
  });

  test('receipts are kept of whose offer it is, and of nobody else', async () => {
    await desk.restart();
    const [a, b] = [await desk.responder(100), await desk.responder(200)];
    const sosId = await desk.raise(await desk.person());
    const offerId = desk.offerOf(a, sosId);
    const { dispatch } = desk;
    dispatch.received({ userId: b }, sosId, offerId, true);
    dispatch.received({ userId: a }, sosId, offerId, false);
    dispatch.received({ userId: a }, sosId, offerId, true);
    await until(() => desk.typesOf(`sos:${sosId}`).includes('sos.offers_received'), {
      timeoutMs: 5_000,
      what: 'the receipts',
    });
    const offers = desk.state(sosId).offers;
    expect(offers.get(offerId)?.deliveredAtMs).not.toBeNull();
    expect(offers.get(offerId)?.seenAtMs).not.toBeNull();
    expect(offers.get(desk.offerOf(b, sosId))?.deliveredAtMs).toBeNull();
    await storedAsKnown(sosId);
  });

  test('a command on what has changed since is refused with how it stands; receipts change nothing', async () => {
    await desk.restart();
    const a = await desk.responder(100);
    const sosId = await desk.raise(await desk.person());
    const seen = desk.state(sosId).seq;
    desk.dispatch.received({ userId: a }, sosId, desk.offerOf(a, sosId), false);
    await until(() => desk.state(sosId).seq > seen, { timeoutMs: 5_000, what: 'the receipt' });
    const hold = (expectSeq: number) =>
      desk.ask(desk.dispatcher, 'sos.hold', { sosId, expectSeq, forMs: 60_000 });
    expect((await hold(seen)).ok).toBe(true);
    const again = await hold(seen);
    expect(again).toMatchObject({ ok: false, code: 'sos_changed' });
    expect(again.current?.holdUntilMs).not.toBeNull();
    expect((await hold(desk.state(sosId).seq)).ok).toBe(true);
  });

  test('a machine raises one for each alert, however often, in nobody’s name, and the person may cancel it', async () => {
    await desk.restart();
    const helper = await desk.responder(100);
    const person = await desk.person();
    const alertId = desk.newId();
    const order = {
      alertId,
      dueAtMs: 1,
      requesterId: person,
      point: HERE,
      description: 'Raised by a machine.',
    };
    const raised = await Promise.all(Array.from({ length: 3 }, () => desk.dispatch.raiseForAlert(order)));
    const sosIds = new Set(raised.map((answer) => (answer.ok ? answer.value.sosId : answer.code)));
    expect(sosIds.size).toBe(1);
    const [sosId = ''] = sosIds;
    expect(desk.state(sosId)).toMatchObject({
      origin: 'machine',
      alertId,
      requesterId: person,
      raisedBy: null,
    });
    await storedAsKnown(sosId);
    const created = desk.told.find(({ stream, type }) => stream === `sos:${sosId}` && type === 'sos.created');
    expect(created).toMatchObject({ actorId: null, data: { origin: 'machine', alertId } });
    expect(desk.typesOf(`inbox:${helper}`)).toEqual(['offer.sent']);
    expect(await desk.ask(person, 'sos.cancel', { sosId })).toMatchObject({ ok: true });
    expect(await desk.dispatch.raiseForAlert(order)).toMatchObject({ ok: true, value: { sosId } });
    const second = await desk.dispatch.raiseForAlert({ ...order, dueAtMs: 2 });
    expect(second).toMatchObject({ ok: true });
    expect(second.ok && second.value.sosId).not.toBe(sosId);
    expect(
      await desk.ask(person, 'sos.cancel', { sosId: second.ok ? second.value.sosId : '' }),
    ).toMatchObject({
      ok: true,
    });
  });

  test('who has called for help is called for by no machine, and somebody without an account may be', async () => {
    await desk.restart();
    const person = await desk.person();
    const sosId = await desk.raise(person);
    const order = { dueAtMs: 1, point: HERE, description: 'Raised by a machine.' };
    expect(
      await desk.dispatch.raiseForAlert({ ...order, alertId: desk.newId(), requesterId: person }),
    ).toMatchObject({ ok: false, code: 'rate_limited' });
    expect(desk.dispatch.known.openOf(person)?.id).toBe(sosId);
    expect(
      await desk.dispatch.raiseForAlert({ ...order, alertId: desk.newId(), requesterId: null }),
    ).toMatchObject({ ok: true });
  });

  test('two SOS become one: its requesters belong to the other, and help on the way is sent home by no merge', async () => {
    await desk.restart();
    const [one, two] = [await desk.person(), await desk.person()];
    const helper = await desk.responder(100);
    const into = await desk.raise(two);
    await desk.accept(helper, into);
    const from = await desk.raise(one);
    expect(desk.state(from).duplicates).toContain(into);
    expect(await desk.ask(desk.dispatcher, 'sos.merge', { sosId: into, intoId: from })).toMatchObject({
      code: 'sos_wrong_state',
    });
    const id = desk.newId();
    const merge = () => desk.ask(desk.dispatcher, 'sos.merge', { sosId: from, intoId: into }, id);
    expect(await merge()).toMatchObject({ ok: true, value: { status: 'CANCELLED' } });
    expect(await merge()).toMatchObject({ ok: true, value: { status: 'CANCELLED' } });
    expect(desk.state(from)).toMatchObject({ mergedInto: into, status: 'CANCELLED' });
    expect(desk.state(into).joinedIds).toEqual([one]);
    expect(desk.typesOf(`sos:${into}`).filter((type) => type === 'sos.joined')).toHaveLength(1);
    expect(await holders(into)).toEqual([{ user_id: helper, slot: 1 }]);
    const third = await desk.raise(await desk.person());
    await desk.ask(desk.dispatcher, 'sos.release', { sosId: into, responderId: helper });
    await desk.ask(desk.dispatcher, 'sos.hold', { sosId: into, forMs: 60_000 });
    expect((await desk.ask(desk.dispatcher, 'sos.merge', { sosId: into, intoId: third })).ok).toBe(true);
    expect(desk.state(third).joinedIds).toEqual([two, one]);
    await storedAsKnown(third);
  });

  test('two merges the other way round at once: one of them is refused, none waits for ever', async () => {
    await desk.restart();
    const [a, b] = [await desk.raise(await desk.person()), await desk.raise(await desk.person())];
    const answers = await Promise.all([
      desk.ask(desk.dispatcher, 'sos.merge', { sosId: a, intoId: b }),
      desk.ask(desk.dispatcher, 'sos.merge', { sosId: b, intoId: a }),
    ]);
    expect(answers.map((answer) => answer.ok).sort()).toEqual([false, true]);
    expect([desk.state(a).status, desk.state(b).status].sort()).not.toEqual(['CANCELLED', 'CANCELLED']);
  });

  test('a phone caller needs no account, and what was said of a hand-off is on record as what it is', async () => {
    await desk.restart();
    const call = {
      emergencyType: 'MEDICAL',
      priority: 'CRITICAL',
      point: HERE,
      callbackNumber: '+14155550100',
      addressText: 'over the bakery',
    } as const;
    const forbidden = await desk.ask(await desk.person(), 'sos.raise', call);
    expect(forbidden).toMatchObject({ ok: false, code: 'forbidden' });
    const raised = await desk.ask(desk.dispatcher, 'sos.raise', call);
    const sosId = raised.ok ? raised.value.sosId : '';
    expect(desk.state(sosId)).toMatchObject({
      requesterId: null,
      ownerId: desk.dispatcher,
      origin: 'dispatcher',
      callbackNumber: '+14155550100',
    });
    for (let i = 0; i < 2; i++) await desk.ask(desk.dispatcher, 'sos.escalate', { sosId });
    await desk.restart({
      ladder: [
        { step: 'dispatchers', afterMs: 0 },
        { step: 'hand_off', afterMs: 0 },
      ],
    });
    const other = await desk.raise(await desk.person());
    await until(() => desk.state(other).handOff === 'needed', { timeoutMs: 5_000, what: 'the last rung' });
    await desk.ask(desk.dispatcher, 'sos.hand_off', { sosId: other, service: '112', reference: 'A-1' });
    expect(desk.state(other).handOff).toBe('reported');
    expect(await db.query(HAND_OFFS, [other])).toEqual([
      { state: 'needed', service: null, reference: null },
      { state: 'reported', service: '112', reference: 'A-1' },
    ]);
    expect((await desk.ask(desk.dispatcher, 'sos.resolve', { sosId: other })).ok).toBe(true);
  });

  test('a drill takes the whole path and nobody from a real SOS, which ends a drill at once', async () => {
    await desk.restart();
    const me = await desk.responder(100);
    const drill = await desk.raise(me, { isDrill: true });
    expect(desk.state(drill)).toMatchObject({ isDrill: true, drillFor: me });
    expect(await desk.accept(me, drill)).toMatchObject({ value: { as: 'PRIMARY' } });
    expect(await holders(drill)).toEqual([]);
    expect(await pgDispatchStore(db).inbox(me)).toMatchObject({ holding: drill });
    const real = await desk.raise(await desk.person());
    expect([...desk.state(real).offers.values()].map((offer) => offer.responderId)).toContain(me);
    expect((await desk.accept(me, real)).ok).toBe(true);
    await until(() => desk.typesOf(`sos:${drill}`).includes('sos.holder_released'), {
      timeoutMs: 5_000,
      what: 'the end of the drill',
    });
    expect(await holders(real)).toEqual([{ user_id: me, slot: 1 }]);
  });

  test('phones around are asked where they are, and who turns out to be nearer is asked to come', async () => {
    await desk.restart({ locateRadiusM: 4_000, waveSizeMin: 1, waveSizeMax: 1 });
    await desk.responder(400);
    const idle = await desk.responder(3_000);
    desk.dispatch.roster.moved(idle, { lat: HERE.lat, lng: HERE.lng + 0.03 }, systemClock.nowMs() - 300_000);
    const sosId = await desk.raise(await desk.person());
    expect(desk.located.at(-1)).toContain(idle);
    desk.move(idle, 50);
    await until(() => [...desk.state(sosId).offers.values()].some((o) => o.responderId === idle), {
      timeoutMs: 5_000,
      what: 'an offer to who is nearer',
    });
    expect(desk.state(sosId).wave).toBe(1);
  });

  test('an SOS keeps the rule it was raised under, whatever the policy becomes', async () => {
    await desk.restart({ slots: slotsFor(2) });
    const sosId = await desk.raise(await desk.person());
    const set = await desk.dispatch.policies.set(
      { userId: desk.dispatcher },
      policyWith({ slots: slotsFor(1) }),
    );
    expect(set.ok).toBe(true);
    expect((await pgDispatchStore(db).load(sosId))?.rule.slots).toHaveLength(2);
    expect(desk.state(sosId).slots).toHaveLength(2);
    expect(desk.state(await desk.raise(await desk.person())).slots).toHaveLength(1);
  });

  test('what people answered before a restart is weighed after it', async () => {
    await desk.restart({ arrivalPriorOffers: 1 });
    const [keen, shy] = [await desk.responder(300), await desk.responder(290)];
    const first = await desk.raise(await desk.person());
    await desk.accept(keen, first);
    await desk.ask(keen, 'sos.resolve', { sosId: first });
    const second = await desk.raise(await desk.person());
    await desk.ask(shy, 'offer.decline', { sosId: second, offerId: desk.offerOf(shy, second) });
    await pgDispatchStore(db).saveResponders([keen, shy].flatMap((id) => desk.dispatch.roster.get(id) ?? []));
    const loaded = await pgDispatchStore(db).loadResponders();
    const of = (id: string) => loaded.find((responder) => responder.userId === id);
    expect(of(keen)).toMatchObject({ asked: 1, accepted: 1 });
    expect(of(shy)).toMatchObject({ asked: 1, accepted: 0 });
    expect(of(keen)?.alertsAtMs).toHaveLength(2);
  });

  test('an older place is written over no newer one, by whichever node', async () => {
    const responder = must(desk.dispatch.roster.get(await desk.responder(300)), 'a responder');
    const kept = pgDispatchStore(db);
    const saved = async (lat: number | null, locatedAtMs: number | null, available: boolean) => {
      const { userId, skills, verified, asOfMs, connections, holds, alertedAtMs } = responder;
      const point = lat === null ? null : { lat, lng: 8 };
      const standing = { userId, skills, verified, asOfMs, connections, holds, alertedAtMs };
      await kept.saveResponders([{ ...standing, available, point, locatedAtMs }]);
      const row = (await kept.loadResponders()).find((one) => one.userId === userId);
      return [row?.point?.lat, row?.locatedAtMs, row?.available];
    };
    const nowMs = systemClock.nowMs();
    expect(await saved(1, nowMs, true)).toEqual([1, nowMs, true]);
    expect(await saved(2, nowMs - 1, false)).toEqual([1, nowMs, false]);
    expect(await saved(null, null, true)).toEqual([1, nowMs, true]);
    expect(await saved(3, nowMs + 1, true)).toEqual([3, nowMs + 1, true]);
  });
});
