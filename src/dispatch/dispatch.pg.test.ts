import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { eventSource } from '../journal/event-log.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Db } from '../store/db.ts';
import { StoreUnavailable, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { faultyDb } from '../testing/dispatch/faulty-db.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { SosState } from './machine/state.ts';
import { pgDispatchStore } from './pg.ts';
import { dispatchReading } from './reading.ts';
import type { Rule } from './rule.ts';
import { Dispatch } from './service.ts';
import type { LogEvent } from './store.ts';
import { policyWith, wavesOf } from './testing/policy.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_121));
const HERE = { lat: 37.7749, lng: -122.4194 };
const asPerson = (userId: string) => ({ userId, isDispatcher: false });
const DISPATCHER = { userId: newId(), isDispatcher: true };

describe.each(engines)('dispatch on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let dispatch: Dispatch;
  let told: LogEvent[] = [];

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });
  afterAll(async () => {
    await dispatch?.stop();
    await store?.stop();
  });

  /** One more node on the same store. */
  const openNode = (publish: (event: LogEvent) => void = () => {}, over = db) =>
    Dispatch.open({
      store: pgDispatchStore(over),
      nodeId: newId(),
      clock: systemClock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      publish,
    });
  const open = async (rule: Partial<Rule> = {}, over = db) => {
    await dispatch?.stop();
    told = [];
    await pgDispatchStore(over).addPolicy(policyWith(rule), null);
    dispatch = await openNode((event) => told.push(event), over);
    for (const id of dispatch.roster.ids()) {
      const known = dispatch.roster.get(id);
      if (known) dispatch.roster.setTraits({ ...known, available: false, asOfMs: 1 });
    }
  };
  beforeEach(() => open());

  const person = async () => {
    const id = newId();
    await db.query(
      sql(
        'test_user',
        `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
      ),
      [id],
    );
    return id;
  };
  const responder = async (distanceM: number, skills = ['CPR']) => {
    const id = await person();
    dispatch.roster.setTraits({ userId: id, skills, verified: true, available: true, asOfMs: 1 });
    dispatch.roster.connected(id);
    dispatch.roster.moved(id, destination(HERE, 90, distanceM), systemClock.nowMs());
    return id;
  };
  const raise = async (requester: string, id = newId()) => {
    const raised = await dispatch.execute(
      asPerson(requester),
      [
        'sos.create',
        { id, emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE, description: 'chest pain' },
      ],
      systemClock.nowMs(),
    );
    if (!raised.ok) throw new Error(raised.code);
    return raised.value.sosId;
  };
  const state = (sosId: string): SosState => {
    const known = dispatch.known.get(sosId);
    if (!known) throw new Error('not known');
    return known;
  };
  const offerOf = (sosId: string, responderId: string) => {
    const offer = [...state(sosId).offers.values()].find((o) => o.responderId === responderId);
    if (!offer) throw new Error('not offered');
    return offer.id;
  };
  const answer = (kind: 'offer.accept' | 'offer.decline', responderId: string, sosId: string, id = newId()) =>
    dispatch.execute(asPerson(responderId), [kind, { id, sosId, offerId: offerOf(sosId, responderId) }], 0);
  const ask = (
    kind: 'sos.start' | 'sos.resolve' | 'sos.withdraw' | 'sos.cancel' | 'sos.escalate',
    by: string,
    sosId: string,
  ) =>
    dispatch.execute(
      by === DISPATCHER.userId ? DISPATCHER : asPerson(by),
      [kind, { id: newId(), sosId }] as never,
      0,
    );
  const typesOf = (stream: string) => told.filter((e) => e.stream === stream).map((e) => e.type);

  test('an SOS goes from its creation to its end, and every step is in the rows and in the log', async () => {
    const requester = await person();
    const near = await responder(300);
    const far = await responder(450);
    const sosId = await raise(requester);
    expect([...state(sosId).offers.values()].map((o) => o.responderId)).toEqual([near, far]);
    expect((await answer('offer.accept', near, sosId)).ok).toBe(true);
    expect((await ask('sos.start', near, sosId)).ok).toBe(true);
    const chat = await dispatch.execute(
      asPerson(requester),
      ['chat.send', { id: newId(), sosId, text: 'second floor' }],
      0,
    );
    expect(chat.ok).toBe(true);
    expect((await ask('sos.resolve', near, sosId)).ok).toBe(true);

    const log = await eventSource(db).readAfter(`sos:${sosId}`, 0, 100);
    expect(log.map((e) => e.type)).toEqual([
      'sos.created',
      'sos.wave_sent',
      'sos.accepted',
      'sos.offers_closed',
      'sos.arrived',
      'sos.started',
      'sos.resolved',
    ]);
    expect(log.map((e) => e.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(typesOf(`inbox:${near}`)).toEqual(['offer.sent', 'sos.assigned', 'sos.released']);
    expect(typesOf(`inbox:${far}`)).toEqual(['offer.sent', 'offer.closed']);
    expect(typesOf(`chat:${sosId}`)).toEqual(['chat.message']);
    const inStore = await pgDispatchStore(db).load(sosId);
    expect(inStore).toEqual(state(sosId));
    const [left] = await db.query<{ deadlines: number; holders: number }>(
      sql(
        'test_left',
        `select (select count(*) from dispatch.deadlines where sos_id = $1) as deadlines,
                (select count(*) from dispatch.holders where sos_id = $1) as holders`,
      ),
      [sosId],
    );
    expect(left).toEqual({ deadlines: 0, holders: 0 });
  });

  test('the state in memory equals the state in the store after every command', async () => {
    const requester = await person();
    const [a, b] = [await responder(100), await responder(200)];
    const store = pgDispatchStore(db);
    const sosId = await raise(requester);
    const agrees = async () => expect(await store.load(sosId)).toEqual(state(sosId));
    await agrees();
    await answer('offer.decline', a, sosId);
    await agrees();
    await answer('offer.accept', b, sosId);
    await agrees();
    await ask('sos.start', b, sosId);
    await agrees();
    await ask('sos.withdraw', b, sosId);
    await agrees();
    expect(state(sosId).status).toBe('ESCALATED');
    await ask('sos.cancel', requester, sosId);
    await agrees();
  });

  test('somebody with five open SOS opens no sixth, until one is closed; what is sent again is answered', async () => {
    const requester = await person();
    const ids = Array.from({ length: 7 }, () => newId());
    const create = (id: string, by = asPerson(requester)) =>
      dispatch.execute(
        by,
        ['sos.create', { id, emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE }],
        systemClock.nowMs(),
      );
    const answers = await Promise.all(ids.map((id) => create(id)));
    expect(answers.map((given) => (given.ok ? 'taken' : given.code))).toEqual([
      ...Array(5).fill('taken'),
      'rate_limited',
      'rate_limited',
    ]);
    expect(await create(ids[0] ?? '')).toEqual(answers[0]);
    expect(await create(newId(), { ...asPerson(requester), isDispatcher: true })).toMatchObject({ ok: true });
    const [first, second] = answers.map((given) => (given.ok ? given.value.sosId : ''));
    await ask('sos.cancel', requester, first ?? '');
    await ask('sos.cancel', requester, second ?? '');
    expect(await create(ids[6] ?? '')).toMatchObject({ ok: true });
    expect(await create(ids[5] ?? '')).toMatchObject({ ok: false, code: 'rate_limited' });
    // Whoever has none open is taken in at once.
    expect(await raise(await person())).not.toBe('');
  });

  test('the same SOS sent again is the same SOS, also when both arrive at once', async () => {
    const requester = await person();
    const id = newId();
    const ids = await Promise.all([raise(requester, id), raise(requester, id), raise(requester, id)]);
    expect(new Set(ids).size).toBe(1);
    expect(await raise(requester, id)).toBe(ids[0]);
    const [row] = await db.query<{ n: number }>(
      sql('test_count_sos', 'select count(*) as n from dispatch.sos_requests where user_id = $1'),
      [requester],
    );
    expect(row?.n).toBe(1);
  });

  test('fifty people accept at once: one holds the slot, forty-nine hear the truth', async () => {
    await open({ ...wavesOf(50), alertsMax: 50 });
    const requester = await person();
    const people = await Promise.all(Array.from({ length: 50 }, (_, i) => responder(100 + i)));
    const sosId = await raise(requester);
    const answers = await Promise.all(people.map((p) => answer('offer.accept', p, sosId)));
    expect(answers.filter((a) => a.ok)).toHaveLength(1);
    expect(answers.flatMap((a) => (a.ok ? [] : [a.code]))).toEqual(Array(49).fill('offer_filled'));
    const [row] = await db.query<{ n: number }>(
      sql('test_count_holders', 'select count(*) as n from dispatch.holders where sos_id = $1'),
      [sosId],
    );
    expect(row?.n).toBe(1);
  });

  test('an accept sent again gets the same answer', async () => {
    const requester = await person();
    const near = await responder(100);
    const sosId = await raise(requester);
    const id = newId();
    const first = await answer('offer.accept', near, sosId, id);
    await ask('sos.start', near, sosId);
    expect(await answer('offer.accept', near, sosId, id)).toEqual(first);
    expect(state(sosId).status).toBe('IN_PROGRESS');
  });

  test('a command that found it done already gets the same answer again, also after the end', async () => {
    const requester = await person();
    const near = await responder(100);
    const sosId = await raise(requester);
    await answer('offer.accept', near, sosId);
    await ask('sos.start', near, sosId);
    const again = ['sos.start', { id: newId(), sosId }] as const;
    const first = await dispatch.execute(asPerson(near), again, 0);
    await ask('sos.resolve', near, sosId);
    expect(first.ok).toBe(true);
    expect(await dispatch.execute(asPerson(near), again, 0)).toEqual(first);
  });

  test('an id that comes again with another command is refused, and is no answer to it', async () => {
    const requester = await person();
    const near = await responder(100);
    const id = newId();
    const sosId = await raise(requester, id);
    const cancel = ['sos.cancel', { id, sosId }] as const;
    expect(await dispatch.execute(asPerson(requester), cancel, 0)).toMatchObject({
      ok: false,
      code: 'bad_request',
    });
    expect(state(sosId).status).toBe('PENDING');
    await answer('offer.accept', near, sosId);
    const chat = ['chat.send', { id, sosId, text: 'second floor' }] as const;
    expect(await dispatch.execute(asPerson(requester), chat, 0)).toMatchObject({
      ok: false,
      code: 'bad_request',
    });
    expect(await raise(requester, id)).toBe(sosId);
  });

  test('policies added at once get a version each', async () => {
    const store = pgDispatchStore(db);
    const added = await Promise.all(Array.from({ length: 8 }, () => store.addPolicy(policyWith(), null)));
    expect(new Set(added.map((policy) => policy.version)).size).toBe(8);
    expect((await store.newestPolicy())?.version).toBe(Math.max(...added.map((policy) => policy.version)));
  });

  test('one person holds one slot: accepting two at once wins one, and their other offers end', async () => {
    const [one, two] = [await person(), await person()];
    const near = await responder(100);
    const [first, second] = [await raise(one), await raise(two)];
    const answers = await Promise.all([
      answer('offer.accept', near, first),
      answer('offer.accept', near, second),
    ]);
    expect(answers.filter((a) => a.ok)).toHaveLength(1);
    const lost = answers[0]?.ok ? second : first;
    await until(() => state(lost).status === 'ESCALATED', {
      timeoutMs: 5_000,
      what: 'the lost SOS to go on without them',
    });
  });

  test('their other offers end also when the answer to their acceptance was lost', async () => {
    const [one, two] = [await person(), await person()];
    const losing = faultyDb(db, () => 0.5, { before: 0, during: 0, afterCommit: 1 });
    await open({}, losing);
    const near = await responder(100);
    const [first, second] = [await raise(one), await raise(two)];
    losing.faulty = true;
    await expect(answer('offer.accept', near, first)).rejects.toBeInstanceOf(StoreUnavailable);
    losing.faulty = false;
    await dispatch.refresh(first);
    await until(() => state(second).status === 'ESCALATED', {
      timeoutMs: 5_000,
      what: 'the other SOS to go on without them',
    });
  });

  test('one person holds one slot even when the memory of this node knows nothing of the other', async () => {
    const [one, two] = [await person(), await person()];
    const near = await responder(100);
    const [first, second] = [await raise(one), await raise(two)];
    expect((await answer('offer.accept', near, first)).ok).toBe(true);
    dispatch.roster.released(near, first);
    expect(await answer('offer.accept', near, second)).toMatchObject({ ok: false });
  });

  test('a decline is replaced at once by the next nearest', async () => {
    await open(wavesOf(1));
    const requester = await person();
    const [near, next] = [await responder(100), await responder(200)];
    const sosId = await raise(requester);
    expect(state(sosId).offers.size).toBe(1);
    await answer('offer.decline', near, sosId);
    expect([...state(sosId).offers.values()].map((o) => [o.responderId, o.status])).toEqual([
      [near, 'DECLINED'],
      [next, 'OPEN'],
    ]);
  });

  test('who declined is never asked again for this SOS', async () => {
    const requester = await person();
    const near = await responder(100);
    const sosId = await raise(requester);
    await answer('offer.decline', near, sosId);
    expect(state(sosId).status).toBe('ESCALATED');
    dispatch.roster.moved(near, HERE, systemClock.nowMs());
    await dispatch.execute(DISPATCHER, ['sos.escalate', { id: newId(), sosId }], 0);
    expect([...state(sosId).offers.values()].filter((o) => o.responderId === near)).toHaveLength(1);
  });

  test('nobody there escalates at once', async () => {
    const sosId = await raise(await person());
    expect(state(sosId)).toMatchObject({ status: 'ESCALATED', escalationLevel: 1 });
  });

  test('silence sends the next wave, farther out; no answer at all escalates', async () => {
    await open({ ...wavesOf(1), waveTimerMs: 40, offerTtlMs: 120 });
    const requester = await person();
    const [near, far] = [await responder(100), await responder(1_500)];
    const sosId = await raise(requester);
    await until(() => state(sosId).wave === 2, { timeoutMs: 5_000, what: 'the second wave' });
    expect([...state(sosId).offers.values()].map((o) => o.responderId)).toEqual([near, far]);
    await until(() => state(sosId).status === 'ESCALATED', { timeoutMs: 5_000, what: 'escalation' });
    expect([...state(sosId).offers.values()].map((o) => o.status)).toEqual(['EXPIRED', 'EXPIRED']);
  });

  test('an escalated SOS is offered to somebody who comes near, and who answers late is welcome', async () => {
    await open({ retryMs: 50, offerTtlMs: 60 });
    const sosId = await raise(await person());
    const late = await responder(100);
    await until(() => state(sosId).offers.size === 1, {
      timeoutMs: 5_000,
      what: 'an offer to who came near',
    });
    await until(() => [...state(sosId).offers.values()][0]?.status === 'EXPIRED', {
      timeoutMs: 5_000,
      what: 'its end',
    });
    expect((await answer('offer.accept', late, sosId)).ok).toBe(true);
    expect(state(sosId).status).toBe('ACCEPTED');
  });

  test('a node that starts finds the deadlines of one that died', async () => {
    await open({ ...wavesOf(1), waveTimerMs: 150, offerTtlMs: 400 });
    const requester = await person();
    await responder(100);
    const far = await responder(1_500);
    const sosId = await raise(requester);
    await dispatch.stop();
    const next = await openNode();
    try {
      next.roster.setTraits({ userId: far, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
      next.roster.connected(far);
      next.roster.moved(far, destination(HERE, 90, 1_500), systemClock.nowMs());
      await until(() => next.known.get(sosId)?.wave === 2, {
        timeoutMs: 5_000,
        what: 'the wave of the dead node',
      });
    } finally {
      await next.stop();
    }
  });

  test('a node that starts knows every SOS that is open, whatever is done about it, and none that is closed', async () => {
    const asked = await responder(100);
    const raised: { readonly sosId: string; readonly status: string }[] = [];
    const keep = async (act: (sosId: string, requester: string) => Promise<unknown>, by?: string) => {
      const requester = by ?? (await person());
      const sosId = await raise(requester);
      await act(sosId, requester);
      raised.push({ sosId, status: state(sosId).status });
    };
    await keep(async () => {});
    await keep((sosId) => ask('sos.escalate', DISPATCHER.userId, sosId));
    await keep((sosId) => answer('offer.accept', asked, sosId));
    const next = await responder(120);
    await keep(async (sosId) => {
      await answer('offer.accept', next, sosId);
      await ask('sos.start', next, sosId);
    });
    await keep((sosId, requester) => ask('sos.cancel', requester, sosId));
    expect(raised.map(({ status }) => status)).toEqual([
      'PENDING',
      'ESCALATED',
      'ACCEPTED',
      'IN_PROGRESS',
      'CANCELLED',
    ]);
    await dispatch.stop();
    const later = await openNode();
    try {
      const known = raised.map(({ sosId }) => later.known.get(sosId) !== undefined);
      expect(known).toEqual([true, true, true, true, false]);
    } finally {
      await later.stop();
    }
  });

  test('the inbox shows open offers coarsely, and the one who accepted what they hold', async () => {
    const requester = await person();
    const near = await responder(300);
    const sosId = await raise(requester);
    const before = await pgDispatchStore(db).inbox(near);
    expect(before.holding).toBeNull();
    // What others of these tests left open may have asked them too.
    expect(before.offers.filter((offer) => offer.sosId === sosId)).toHaveLength(1);
    const sent = told.find((e) => e.stream === `inbox:${near}`);
    expect(JSON.stringify(sent?.data)).not.toContain('37.77');
    await answer('offer.accept', near, sosId);
    // What others of these tests left open may have asked them too: that is taken back a moment later.
    await until(async () => (await pgDispatchStore(db).inbox(near)).offers.length === 0, {
      timeoutMs: 5_000,
      what: 'no open offer to who holds a slot',
    });
    expect(await pgDispatchStore(db).inbox(near)).toMatchObject({ holding: sosId, offers: [] });
  });

  test('the inbox shows an offer that another node made before this one has heard of it', async () => {
    const requester = await person();
    const other = await openNode();
    try {
      const near = await responder(300);
      const sosId = await raise(requester);
      const { snapshots } = dispatchReading({
        dispatch: other,
        store: pgDispatchStore(db),
        clock: systemClock,
        contacts: async () => new Map(),
        disclosures: { saw: () => {} },
      });
      // What others of these tests left open may have asked them too.
      const offers = expect.arrayContaining([
        expect.objectContaining({ sosId, offerId: offerOf(sosId, near) }),
      ]);
      expect(await snapshots.snapshotOf(asPerson(near), `inbox:${near}`)).toMatchObject({
        seq: expect.any(Number),
        view: { offers, holding: null },
      });
    } finally {
      await other.stop();
    }
  });

  test('what another node decided is taken over, with what follows from it here', async () => {
    const requester = await person();
    const near = await responder(100);
    const sosId = await raise(requester);
    const other = await openNode();
    try {
      other.roster.setTraits({ userId: near, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
      other.roster.connected(near);
      other.roster.moved(near, HERE, systemClock.nowMs());
      const accepted = await other.execute(
        asPerson(near),
        ['offer.accept', { id: newId(), sosId, offerId: offerOf(sosId, near) }],
        0,
      );
      expect(accepted.ok).toBe(true);
    } finally {
      await other.stop();
    }
    const seq = (await eventSource(db).bounds(`sos:${sosId}`)).head;
    expect(dispatch.known.isBehind(sosId, seq)).toBe(true);
    await dispatch.refresh(sosId);
    expect(dispatch.known.isBehind(sosId, seq)).toBe(false);
    expect(state(sosId)).toMatchObject({ status: 'ACCEPTED', acceptedBy: near });
    expect(dispatch.roster.holding(near)).toBe(sosId);
  });

  test('an SOS goes on when the clock of the store was set back', async () => {
    const requester = await person();
    const near = await responder(100);
    const sosId = await raise(requester);
    const accepted = await answer('offer.accept', near, sosId);
    expect(accepted.ok).toBe(true);
    await db.query(
      sql(
        'test_earlier',
        `update dispatch.sos_requests set created_at = created_at + interval '1 minute', accepted_at = accepted_at + interval '1 minute'
          where id = $1`,
      ),
      [sosId],
    );
    await dispatch.stop();
    const later = await openNode();
    try {
      const started = await later.execute(asPerson(near), ['sos.start', { id: newId(), sosId }], 0);
      expect(started.ok).toBe(true);
      const resolved = await later.execute(asPerson(near), ['sos.resolve', { id: newId(), sosId }], 0);
      expect(resolved.ok).toBe(true);
    } finally {
      await later.stop();
    }
  });

  test('a stranger is told of no SOS', async () => {
    const sosId = await raise(await person());
    const stranger = await person();
    expect(await ask('sos.cancel', stranger, sosId)).toEqual({ ok: false, code: 'sos_not_found' });
    expect(await ask('sos.resolve', stranger, newId())).toEqual({ ok: false, code: 'sos_not_found' });
  });

  test('a policy that does not fit is refused with the field, and one that does goes into force', async () => {
    const refusedBody = await dispatch.policies.set(
      { userId: await person() },
      policyWith({ waveSizeMin: 0 }),
    );
    expect(refusedBody).toMatchObject({
      ok: false,
      code: 'bad_request',
      detail: expect.stringContaining('waveSizeMin'),
    });
    const fraction = await dispatch.policies.set({ userId: await person() }, policyWith({ offerTtlMs: 1.5 }));
    expect(fraction).toMatchObject({ ok: false, detail: expect.stringContaining('offerTtlMs') });
    const set = await dispatch.policies.set({ userId: await person() }, policyWith(wavesOf(1)));
    expect(set.ok).toBe(true);
    await responder(100);
    await responder(200);
    const sosId = await raise(await person());
    expect(state(sosId).offers.size).toBe(1);
  });
});
