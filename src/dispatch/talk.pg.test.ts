import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepFigures } from '../accounts/figures.ts';
import { openSuspicious } from '../accounts/suspicious.ts';
import { Hub } from '../fanout/hub.ts';
import { SUBSCRIPTION_LIMITS } from '../fanout/subscription.ts';
import { Subscriptions } from '../fanout/subscriptions.ts';
import { destination } from '../geo/lat-lng.ts';
import { eventSource } from '../journal/event-log.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { DownFrame } from '../protocol/down.ts';
import { StoreUnavailable, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { Chat } from './chat.ts';
import { BURST, SAME_MAX } from './chat-flood.ts';
import type { PersonCommand } from './person-command.ts';
import { pgDispatchStore } from './pg.ts';
import { pgFeedback } from './pg-feedback.ts';
import { recountFigures } from './pg-figures.ts';
import { dispatchReading } from './reading.ts';
import { Dispatch } from './service.ts';
import type { LogEvent } from './store.ts';
import { policyWith } from './testing/policy.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(15));
const HERE = { lat: 37.7749, lng: -122.4194 };
const DISPATCHER = { userId: newId(), isDispatcher: true };
const asPerson = (userId: string) => ({ userId, isDispatcher: false });
const signedIn = (userId: string, ...grants: string[]) => ({ userId, grants });
let statements = 0;

describe.each(engines)('talk about an SOS on %s', (engine) => {
  let store: TestStore;
  let dispatch: Dispatch;
  let reading: ReturnType<typeof dispatchReading>;
  let told: LogEvent[] = [];
  const spam: { userId: string; sosId: string; reason: string }[] = [];
  // Floods go by a clock that only the test moves.
  const clock = new ManualClock(systemClock.nowMs());
  const hub = new Hub({ log: silentLogger, metrics: noMetrics });

  const ask = <Row>(text: string, params: unknown[] = []) =>
    store.db.query<Row>(sql(`test_${statements++}`, text), params);

  beforeAll(async () => {
    store = await openTestStore(engine);
    await ask('insert into accounts.users (id, email) values ($1, $2)', [DISPATCHER.userId, 'd@example.org']);
    const dispatchStore = pgDispatchStore(store.db);
    await dispatchStore.addPolicy(policyWith({}), null);
    dispatch = await Dispatch.open({
      store: dispatchStore,
      nodeId: newId(),
      clock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => {
        told.push(event);
        hub.publish(event);
      },
      onSpam: (one) => spam.push(one),
    });
    const contacts = async () => new Map();
    reading = dispatchReading({
      dispatch,
      store: dispatchStore,
      clock,
      contacts,
      disclosures: { saw: () => {} },
    });
  });
  afterAll(async () => {
    await dispatch?.stop();
    await store?.stop();
  });

  const person = async () => {
    const id = newId();
    await ask('insert into accounts.users (id, email) values ($1, $2)', [id, `${id}@example.org`]);
    return id;
  };
  const volunteer = async () => {
    const id = await person();
    await ask('insert into accounts.volunteers (user_id, skills) values ($1, $2)', [id, ['CPR']]);
    dispatch.roster.setTraits({ userId: id, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
    dispatch.roster.connected(id);
    dispatch.roster.moved(id, destination(HERE, 90, 100), clock.nowMs());
    return id;
  };
  const execute = (userId: string, command: PersonCommand) =>
    dispatch.execute(userId === DISPATCHER.userId ? DISPATCHER : asPerson(userId), command, 0);
  const granted = async (userId: string, command: PersonCommand) => {
    const answer = await execute(userId, command);
    if (!answer.ok) throw new Error(`${command[0]}: ${answer.code}`);
    return answer.value;
  };
  const raise = async (userId: string, isDrill = false) => {
    const what = { emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE } as const;
    if (!isDrill) return (await granted(userId, ['sos.create', { id: newId(), ...what }])).sosId;
    return (await granted(DISPATCHER.userId, ['sos.raise', { id: newId(), ...what, isDrill: true }])).sosId;
  };
  /** A dispatcher sends them, so that it does not depend on who is asked first. */
  const assign = (sosId: string, responderId: string) =>
    granted(DISPATCHER.userId, ['sos.assign', { id: newId(), sosId, responderId }]);
  const say = (userId: string, sosId: string, text: string, id = newId()) =>
    execute(userId, ['chat.send', { id, sosId, text }]);
  const read = (userId: string, sosId: string, upToSeq: number, id = newId()) =>
    execute(userId, ['chat.read', { id, sosId, upToSeq }]);
  const resolve = (sosId: string) => granted(DISPATCHER.userId, ['sos.resolve', { id: newId(), sosId }]);
  const chatOf = async (userId: string, sosId: string) => {
    const viewer = { userId, isDispatcher: false };
    return reading.snapshots.snapshotOf(viewer, `chat:${sosId}`) as Promise<{
      seq: number;
      view: { messages: { seq: number; text: string }[]; reads: { readerId: string; upToSeq: number }[] };
    } | null>;
  };
  const isRead = async (sosId: string) =>
    (
      await ask<{ is_read: boolean }>(
        'select is_read from dispatch.chat_messages where sos_id = $1 order by seq',
        [sosId],
      )
    ).map((row) => row.is_read);

  const talk = async () => {
    const [requester, one, two] = [await person(), await volunteer(), await volunteer()];
    const sosId = await raise(requester);
    await assign(sosId, one);
    await assign(sosId, two);
    told = [];
    return { requester, one, two, sosId };
  };

  describe('the chat', () => {
    test('shows how far each has read, and whether the other side has', async () => {
      const { requester, one, two, sosId } = await talk();
      await say(requester, sosId, 'second floor');
      await say(one, sosId, 'coming');
      expect((await read(two, sosId, 2)).ok).toBe(true);
      expect(await isRead(sosId)).toEqual([true, false]);
      expect((await read(requester, sosId, 99)).ok).toBe(true);
      expect(await isRead(sosId)).toEqual([true, true]);
      const chat = await chatOf(one, sosId);
      expect(chat?.view.messages.map(({ seq, text }) => [seq, text])).toEqual([
        [1, 'second floor'],
        [2, 'coming'],
      ]);
      expect(chat?.view.reads).toEqual(
        [
          { readerId: requester, upToSeq: 2 },
          { readerId: two, upToSeq: 2 },
        ].sort((a, b) => (a.readerId < b.readerId ? -1 : 1)),
      );
      expect(chat?.seq).toBe(4);
      expect(
        told.filter(({ stream }) => stream === `chat:${sosId}`).map(({ type, data }) => [type, data]),
      ).toEqual([
        ['chat.message', expect.anything()],
        ['chat.message', expect.anything()],
        ['chat.read', { readerId: two, upToSeq: 2 }],
        ['chat.read', { readerId: requester, upToSeq: 2 }],
      ]);
    });

    test('is read once: the same again, less, one’s own words and news of reading tell nothing', async () => {
      const { requester, one, sosId } = await talk();
      expect((await read(requester, sosId, 1)).ok).toBe(true);
      await say(requester, sosId, 'hello');
      const id = newId();
      for (let i = 0; i < 2; i++) expect((await read(one, sosId, 1, id)).ok).toBe(true);
      await read(one, sosId, 1);
      await read(requester, sosId, 2);
      await Promise.all([read(one, sosId, 2), read(one, sosId, 2)]);
      expect((await chatOf(one, sosId))?.seq).toBe(2);
      expect(told.filter(({ type }) => type === 'chat.read')).toHaveLength(1);
    });

    test('is read by its parties only', async () => {
      const { requester, one, sosId } = await talk();
      await say(requester, sosId, 'hello');
      expect(await read(await person(), sosId, 1)).toMatchObject({ ok: false, code: 'sos_not_found' });
      expect(await read(DISPATCHER.userId, sosId, 1)).toMatchObject({ ok: false, code: 'sos_not_found' });
      await granted(one, ['sos.withdraw', { id: newId(), sosId }]);
      expect(await read(one, sosId, 1)).toMatchObject({ ok: false, code: 'sos_not_found' });
      expect(await chatOf(one, sosId)).toBeNull();
      await resolve(sosId);
      expect(await say(requester, sosId, 'thank you')).toMatchObject({ ok: false, code: 'sos_closed' });
      expect((await read(requester, sosId, 1)).ok).toBe(true);
    });

    test('is open to the dispatcher to whom the SOS belongs, as long as it does, and to no other', async () => {
      const { requester, one, sosId } = await talk();
      await say(requester, sosId, 'third floor');
      expect(await say(DISPATCHER.userId, sosId, 'hello')).toMatchObject({ code: 'sos_not_found' });
      await granted(DISPATCHER.userId, ['sos.take_over', { id: newId(), sosId }]);
      expect((await say(DISPATCHER.userId, sosId, 'help is coming')).ok).toBe(true);
      expect((await read(DISPATCHER.userId, sosId, 2)).ok).toBe(true);
      // They are of neither side, so nothing counts as read by the other one.
      expect(await isRead(sosId)).toEqual([false, false]);
      const snapshotFor = (viewer: { userId: string; isDispatcher: boolean }) =>
        reading.snapshots.snapshotOf(viewer, `chat:${sosId}`);
      expect(await snapshotFor(DISPATCHER)).toMatchObject({ view: { messages: [{ seq: 1 }, { seq: 2 }] } });
      // Without the grant owning it opens nothing, and owning nothing the grant does not.
      expect(await snapshotFor({ ...DISPATCHER, isDispatcher: false })).toBeNull();
      expect(await snapshotFor({ userId: newId(), isDispatcher: true })).toBeNull();
      const other = await person();
      await granted(DISPATCHER.userId, ['sos.take_over', { id: newId(), sosId, ownerId: other }]);
      expect(await snapshotFor(DISPATCHER)).toBeNull();
      expect(await say(DISPATCHER.userId, sosId, 'still here')).toMatchObject({ code: 'sos_not_found' });
      expect((await chatOf(one, sosId))?.view.messages).toHaveLength(2);
    });

    test('of the SOS that stays is open to whoever was merged into it', async () => {
      const { requester, one, sosId } = await talk();
      const joined = await person();
      const other = await raise(joined);
      await granted(DISPATCHER.userId, ['sos.merge', { id: newId(), sosId: other, intoId: sosId }]);
      expect((await say(joined, sosId, 'I called too')).ok).toBe(true);
      expect(await say(joined, other, 'and here?')).toMatchObject({ ok: false, code: 'sos_closed' });
      await say(one, sosId, 'almost there');
      expect((await read(joined, sosId, 2)).ok).toBe(true);
      expect(await isRead(sosId)).toEqual([false, true]);
      expect((await chatOf(requester, sosId))?.view.messages).toHaveLength(2);
    });

    test('refuses a flood, says when to come back, and puts it on record once without the words', async () => {
      const { requester, one, sosId } = await talk();
      spam.length = 0;
      const ids = Array.from({ length: BURST }, () => newId());
      for (const [i, id] of ids.entries()) expect((await say(requester, sosId, `${i}`, id)).ok).toBe(true);
      const refused = await say(requester, sosId, 'one more');
      expect(refused).toMatchObject({ ok: false, code: 'rate_limited', retryAfterMs: 2_000 });
      // Sent again it has its answer, and counts for nothing.
      for (const id of ids) expect((await say(requester, sosId, 'again', id)).ok).toBe(true);
      expect((await say(one, sosId, 'I hear you')).ok).toBe(true);
      expect(await say(requester, sosId, 'still')).toMatchObject({ code: 'rate_limited' });
      clock.advance(2_000);
      expect((await say(requester, sosId, 'still')).ok).toBe(true);
      expect(spam).toEqual([{ userId: requester, sosId, reason: 'too_many' }]);
      expect((await chatOf(one, sosId))?.view.messages).toHaveLength(BURST + 2);
      clock.advance(600_000);
      for (let i = 0; i < SAME_MAX; i++) await say(requester, sosId, 'HELP');
      expect(await say(requester, sosId, 'HELP')).toMatchObject({ ok: false, code: 'rate_limited' });
      expect(spam.at(-1)).toEqual({ userId: requester, sosId, reason: 'repeated' });
    });

    test('reading what is known takes no deadline away', async () => {
      const requester = await person();
      const sosId = await raise(requester);
      const { timers } = dispatch.figures();
      expect(timers).toBeGreaterThan(0);
      expect((await read(requester, sosId, 1)).ok).toBe(true);
      await say(requester, sosId, 'hello');
      expect((await read(requester, sosId, 1)).ok).toBe(true);
      expect(dispatch.figures().timers).toBe(timers);
    });

    test('what the store did not take counts for nothing', async () => {
      const { requester, sosId } = await talk();
      const state = dispatch.known.get(sosId);
      let asked = 0;
      const chat = new Chat({
        store: {
          chat: async (_key, _message, allowed) => {
            asked += 1;
            if (state) expect(allowed(state)).toBeNull();
            throw new StoreUnavailable('away');
          },
          readChat: async () => ({ kind: 'missing' }),
        },
        clock,
        newId,
        metrics: noMetrics,
      });
      const key = { actorId: requester, commandId: newId(), about: 'chat.send' };
      for (let i = 0; i < 2 * BURST; i++)
        await expect(chat.send(key, asPerson(requester), { sosId, text: 'x' })).rejects.toBeInstanceOf(
          StoreUnavailable,
        );
      expect(asked).toBe(2 * BURST);
    });

    test('a flood is before administrators once in ten minutes', async () => {
      const { requester, sosId } = await talk();
      const suspicious = openSuspicious({
        db: store.db,
        newId,
        metrics: noMetrics,
        log: silentLogger,
      } as never);
      const rows = () =>
        ask<{ details: unknown }>(
          `select details from accounts.suspicious_activities where user_id = $1 and activity_type = 'SPAM_MESSAGES'`,
          [requester],
        );
      suspicious.noteSpam({ userId: requester, sosId, reason: 'too_many' });
      await until(async () => (await rows()).length === 1, { timeoutMs: 10_000, what: 'the record' });
      suspicious.noteSpam({ userId: requester, sosId, reason: 'repeated' });
      await ask('select 1 as one');
      expect(await rows()).toEqual([{ details: { what: 'chat.send', sosId, reason: 'too_many' } }]);
    });
  });

  describe('feedback', () => {
    const service = () => pgFeedback(store.db, newId);
    const figuresOf = async (userId: string) => {
      while ((await recountFigures(store.db, keepFigures)) > 0);
      const [row] = await ask<{ ratings: number; average: number; cancellations: number }>(
        `select rating_count as ratings, average_rating::float8 as average, cancellation_count as cancellations
           from accounts.volunteers where user_id = $1`,
        [userId],
      );
      return row;
    };

    test('is given once for each who helped, after it was resolved, by those who were helped', async () => {
      const { requester, one, two, sosId } = await talk();
      const by = signedIn(requester);
      const good = { volunteerId: one, rating: 5, comment: 'so calm' };
      expect(await service().give(by, sosId, good)).toMatchObject({ code: 'sos_wrong_state' });
      await granted(two, ['sos.withdraw', { id: newId(), sosId, reason: 'flat tyre' }]);
      await resolve(sosId);
      expect(await service().helpersOf(by, sosId)).toMatchObject({
        value: [{ volunteerId: one, feedback: null }],
      });
      expect(await service().give(by, sosId, { ...good, volunteerId: two })).toMatchObject({
        code: 'bad_request',
      });
      expect(await service().give(signedIn(one), sosId, good)).toMatchObject({ code: 'sos_not_found' });
      expect(await service().give(signedIn(newId(), 'dispatcher'), sosId, good)).toMatchObject({
        code: 'forbidden',
      });
      const first = await service().give(by, sosId, good);
      expect(first).toMatchObject({ ok: true, value: { rating: 5, comment: 'so calm' } });
      expect(await service().give(by, sosId, good)).toEqual(first);
      expect(await service().give(by, sosId, { ...good, rating: 1 })).toMatchObject({
        code: 'feedback_given',
      });
      expect(await service().ratingsOf(one, { limit: 10 })).toMatchObject([
        { sosId, rating: 5, comment: 'so calm' },
      ]);
      expect(JSON.stringify(await service().ratingsOf(one, { limit: 10 }))).not.toContain(requester);
      expect(await service().helpersOf(signedIn(newId(), 'dispatcher'), sosId)).toMatchObject({
        value: [{ volunteerId: one, feedback: { rating: 5 } }],
      });
    });

    test('given twice at the same moment is given once', async () => {
      const { requester, one, sosId } = await talk();
      await resolve(sosId);
      const answers = await Promise.all(
        [1, 2, 3, 4].map((rating) =>
          service().give(signedIn(requester), sosId, { volunteerId: one, rating }),
        ),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await service().ratingsOf(one, { limit: 10 })).toHaveLength(1);
    });

    test('counts among the figures of who helped, as giving back does, and drills do not', async () => {
      const [requester, one] = [await person(), await volunteer()];
      for (const rating of [5, 4, 4]) {
        const sosId = await raise(requester);
        await assign(sosId, one);
        await resolve(sosId);
        await service().give(signedIn(requester), sosId, { volunteerId: one, rating });
      }
      const givenBack = await raise(requester);
      await assign(givenBack, one);
      await granted(one, ['sos.withdraw', { id: newId(), sosId: givenBack }]);
      const drill = await raise(requester, true);
      await assign(drill, one);
      await granted(one, ['sos.withdraw', { id: newId(), sosId: drill }]);
      expect(await figuresOf(one)).toEqual({ ratings: 3, average: 4.33, cancellations: 1 });
      expect(await ask('select user_id from dispatch.figures_due')).toEqual([]);
    });

    test('is not lost when the node dies before the figures are kept', async () => {
      const { one, sosId } = await talk();
      await granted(one, ['sos.withdraw', { id: newId(), sosId }]);
      await expect(recountFigures(store.db, () => Promise.reject(new Error('killed')))).rejects.toThrow(
        'killed',
      );
      expect((await figuresOf(one))?.cancellations).toBe(1);
    });

    test('dispatchers see who said no, each once, and who gave it back and why', async () => {
      const { one, sosId } = await talk();
      await granted(one, ['sos.withdraw', { id: newId(), sosId, reason: 'flat tyre' }]);
      await ask(
        'insert into dispatch.sos_rejections (sos_id, volunteer_id, created_at) values ($1, $2, now())',
        [sosId, await person()],
      );
      expect(await service().refusalsOf(sosId)).toMatchObject({
        value: {
          rejections: [{ volunteerId: expect.any(String) }],
          cancellations: [{ volunteerId: one, reason: 'flat tyre' }],
        },
      });
      expect(await service().refusalsOf(newId())).toMatchObject({ code: 'sos_not_found' });
    });
  });

  describe('what was kept for long enough', () => {
    /** Everything that a viewer is sent from a number on. */
    const sentFrom = async (userId: string, stream: string, afterSeq: number) => {
      const frames: DownFrame[] = [];
      let ended = false;
      const subscription = new Subscriptions({
        hub,
        events: eventSource(store.db),
        entitlement: reading.entitlement,
        snapshots: reading.snapshots,
        metrics: noMetrics,
        log: silentLogger,
        clock: systemClock,
        limits: SUBSCRIPTION_LIMITS,
      } as never).open({
        viewer: { userId, isDispatcher: false },
        stream,
        sink: {
          send: (frame) => frames.push(frame.frame as DownFrame),
          room: () => null,
          ended: () => {
            ended = true;
          },
          failed: (error) => {
            throw error;
          },
        },
      });
      subscription.start(afterSeq);
      await until(() => ended || frames.some(([kind]) => kind === 'subscribed'), {
        timeoutMs: 10_000,
        what: 'the stream',
      });
      subscription.close();
      return ended ? ['ended'] : frames.map(([kind]) => kind);
    };
    const forget = (what: 'dispatch.forget_incidents' | 'journal.forget_inbox', most = 1_000) =>
      what === 'journal.forget_inbox'
        ? ask<{ gone: number }>('select journal.forget_inbox($1) as gone', [most])
        : ask<{ gone: number }>('select dispatch.forget_incidents($1) as gone', [most]);

    test('leaves an inbox from its beginning, and whoever resumes below that gets a snapshot', async () => {
      const { one, two, sosId } = await talk();
      for (let i = 0; i < 3; i++) {
        await granted(DISPATCHER.userId, ['sos.release', { id: newId(), sosId, responderId: one }]);
        await assign(sosId, one);
      }
      const { head } = await eventSource(store.db).bounds(`inbox:${one}`);
      expect(head).toBeGreaterThan(5);
      const old = (userId: string, upTo: number) =>
        ask(
          `update journal.events set at = now() - interval '31 days'
            where kind = 'inbox' and stream_id = $1 and seq <= $2`,
          [userId, upTo],
        );
      await old(one, 4);
      await old(two, 1_000);
      expect(await forget('journal.forget_inbox', 3)).toEqual([{ gone: 3 }]);
      for (let gone = 1; gone > 0; ) gone = (await forget('journal.forget_inbox'))[0]?.gone ?? 0;
      expect(await eventSource(store.db).bounds(`inbox:${one}`)).toEqual({ low: 5, head });
      expect((await eventSource(store.db).readAfter(`inbox:${one}`, 0, 100)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: head - 4 }, (_, i) => i + 5),
      );
      expect(await sentFrom(one, `inbox:${one}`, 2)).toEqual(['snapshot', 'subscribed']);
      expect((await sentFrom(one, `inbox:${one}`, 4))[0]).toBe('event');
      const emptied = await eventSource(store.db).bounds(`inbox:${two}`);
      expect(emptied.low).toBe(emptied.head + 1);
      expect(await sentFrom(two, `inbox:${two}`, emptied.head)).toEqual(['subscribed']);
    });

    test('an incident is shown to nobody from the moment on when it may be deleted, and its streams end', async () => {
      const { requester, sosId } = await talk();
      await resolve(sosId);
      const { head } = await eventSource(store.db).bounds(`sos:${sosId}`);
      expect((await sentFrom(requester, `sos:${sosId}`, head))[0]).toBe('subscribed');
      await ask(
        `update dispatch.sos_requests set created_at = now() - interval '7 years', accepted_at = null, started_at = null,
           resolved_at = null, closed_at = now() - interval '2191 days' where id = $1`,
        [sosId],
      );
      const state = dispatch.known.get(sosId);
      if (state) dispatch.known.remember({ ...state, closedAtMs: clock.nowMs() - 2_191 * 86_400_000 });
      expect(await execute(DISPATCHER.userId, ['sos.reopen', { id: newId(), sosId }])).toMatchObject({
        code: 'sos_not_found',
      });
      expect(await sentFrom(requester, `sos:${sosId}`, head)).toEqual(['ended']);
      await forget('dispatch.forget_incidents');
      expect(await ask('select 1 from journal.events where stream_id = $1', [sosId])).toEqual([]);
      expect(await sentFrom(requester, `sos:${sosId}`, head)).toEqual(['ended']);
    });
  });
});
