import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { type Db, sql } from '../../store/db.ts';
import { engines } from '../../testing/databases.ts';
import { openTestStore } from '../../testing/open-store.ts';
import { pgDeliveries } from '../pg.ts';
import { pushDesk } from './desk.ts';
import { keepPushes, type PushedOffer } from './offers.ts';
import { MOST_BROWSERS, pgSubscriptions } from './pg-subscriptions.ts';
import { PushNotTaken } from './post.ts';
import { PushLine } from './push-line.ts';
import { pushReceipts } from './receipts.ts';

const RINGO = '00000000-0000-7000-8000-0000000000a1';
const STELLA = '00000000-0000-7000-8000-0000000000a2';
const PEOPLE = sql(
  'test_push_people',
  `insert into accounts.users (id, email) values ('${RINGO}', 'ringo@example.org'), ('${STELLA}', 'stella@example.org')`,
);
const EMPTY = sql(
  'test_push_empty',
  `with gone as (delete from care.push_subscriptions) delete from journal.deliveries`,
);
const DUE_NOW = sql('test_push_due', "update journal.deliveries set due_at = now() where state = 'pending'");
const ALL = sql(
  'test_push_all',
  'select state, attempts, last_error, body from journal.deliveries order by id',
);
const DUE_IN = sql(
  'test_push_due_in',
  'select extract(epoch from due_at - now())::float8 as seconds from journal.deliveries',
);

describe.each(engines)('pushes on %s', (engine) => {
  const random = seededRandom(20_261_126);
  const newId = uuidV7Maker(() => Date.now(), random);
  const keys = { p256dh: 'AA', auth: 'AA' };
  let store: { db: Db; stop(): Promise<void> };
  let db: Db;
  let subscriptions: ReturnType<typeof pgSubscriptions>;

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    subscriptions = pgSubscriptions(db);
    await db.query(PEOPLE);
  });
  afterAll(() => store?.stop());
  beforeEach(() => db.query(EMPTY));

  const register = (userId: string, at: string) =>
    subscriptions.put({ id: newId(), userId, endpoint: `https://push.example.org/${at}`, ...keys, name: at });
  const offerTo = (responderId: string): PushedOffer => ({
    sosId: newId(),
    offerId: newId(),
    responderId,
    expiresAtMs: Date.now() + 60_000,
  });
  const keep = (...offers: PushedOffer[]) => db.transaction((tx) => keepPushes(tx, offers));
  const lineOf = (send: (endpoint: string) => Promise<void>) =>
    new PushLine({
      deliveries: pgDeliveries(db),
      subscriptions,
      stillSilent: async (offers) => new Set(offers.map(({ offerId }) => offerId)),
      send: ({ endpoint }) => send(endpoint),
      receipts: pushReceipts('a secret'),
      clock: new ManualClock(),
      random,
      log: silentLogger,
      metrics: noMetrics,
    });
  const settled = (count: number, state: string) => async () =>
    (await db.query<{ state: string }>(ALL)).filter((row) => row.state === state).length === count;
  const until = async (condition: () => Promise<boolean>) => {
    for (let turn = 0; turn < 200 && !(await condition()); turn++)
      await new Promise((next) => setImmediate(next));
    expect(await condition()).toBe(true);
  };

  test('are one for each offer and browser, two seconds later, however often they are written', async () => {
    await Promise.all([register(RINGO, 'phone'), register(RINGO, 'tablet'), register(STELLA, 'phone-2')]);
    const offer = offerTo(RINGO);
    expect(await keep(offer, offerTo(STELLA))).toBe(true);
    expect(await keep(offer)).toBe(true);
    const due = await db.query<{ seconds: number }>(DUE_IN);
    expect(due).toHaveLength(3);
    for (const { seconds } of due) expect(Math.abs(seconds - 1.5)).toBeLessThan(1);
    await subscriptions.remove(STELLA, (await subscriptions.of(STELLA))[0]?.id ?? '');
    expect(await keep(offerTo(STELLA))).toBe(false);
  });

  test('are sent by one node alone, when two look at the same moment', async () => {
    await register(RINGO, 'phone');
    await keep(...Array.from({ length: 15 }, () => offerTo(RINGO)));
    await db.query(DUE_NOW);
    const sent: number[] = [];
    const lines = [1, 2].map((node) => lineOf(async () => void sent.push(node)));
    await Promise.all(lines.map((line) => line.look()));
    await until(settled(15, 'sent'));
    expect(sent).toHaveLength(15);
    expect((await db.query<{ body: unknown }>(ALL)).every(({ body }) => body === null)).toBe(true);
  });

  test('of a node that dies with them are sent by another', async () => {
    await register(RINGO, 'phone');
    await keep(offerTo(RINGO));
    await db.query(DUE_NOW);
    await lineOf(() => new Promise(() => {})).look();
    const sent: string[] = [];
    const another = lineOf(async (endpoint) => void sent.push(endpoint));
    await another.look();
    expect(sent).toEqual([]);
    // Its lease is over.
    await db.query(DUE_NOW);
    await another.look();
    await until(settled(1, 'sent'));
    expect(sent).toEqual(['https://push.example.org/phone']);
  });

  test('to a browser that is no more forget it', async () => {
    await register(RINGO, 'phone');
    await keep(offerTo(RINGO));
    await db.query(DUE_NOW);
    await lineOf(() => Promise.reject(new PushNotTaken('PUSH_GONE', { isGone: true }))).look();
    await until(async () => (await subscriptions.of(RINGO)).length === 0);
    await until(settled(1, 'dead'));
    expect(await db.query(ALL)).toMatchObject([{ state: 'dead', last_error: 'PUSH_GONE' }]);
  });

  test('go to ten browsers of somebody at most, and to whoever signed in on one last', async () => {
    for (let n = 0; n < MOST_BROWSERS + 2; n++) await register(RINGO, `browser-${n}`);
    const names = async (userId: string) => (await subscriptions.of(userId)).map(({ name }) => name);
    expect(await names(RINGO)).toHaveLength(MOST_BROWSERS);
    expect(await names(RINGO)).not.toContain('browser-0');
    await register(STELLA, 'browser-5');
    expect(await names(STELLA)).toEqual(['browser-5']);
    expect(await names(RINGO)).not.toContain('browser-5');
    const [{ id = '' } = {}] = await subscriptions.of(STELLA);
    expect(await subscriptions.remove(RINGO, id)).toBe(false);
    expect(await subscriptions.remove(STELLA, id)).toBe(true);
  });

  test('are refused where nothing is set up, and to addresses that are no push service', async () => {
    const browser = { endpoint: 'https://10.0.0.1/x', ...keys, name: null };
    const off = pushDesk({ subscriptions, newId, sending: null });
    expect(await off.register(RINGO, browser)).toMatchObject({ ok: false, code: 'channel_off' });
    expect(off.received('x')).toBe(false);
    const sending = { receipts: pushReceipts('a secret'), mayGoTo: () => false, received: () => {} };
    const on = pushDesk({ subscriptions, newId, sending });
    expect(await on.register(RINGO, browser)).toMatchObject({ ok: false, code: 'bad_request' });
    const willing = pushDesk({ subscriptions, newId, sending: { ...sending, mayGoTo: () => true } });
    expect(await willing.register(RINGO, browser)).toMatchObject({ detail: 'keys: are none of a browser' });
    expect(await subscriptions.of(RINGO)).toEqual([]);
  });
});
