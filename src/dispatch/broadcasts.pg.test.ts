import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { pgWithin } from '../telemetry/pg-within.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { BroadcastOrder, BroadcastStore } from './broadcast.ts';
import { Broadcasts } from './broadcasts.ts';
import { pgDispatchStore } from './pg.ts';
import { pgBroadcasts } from './pg-broadcasts.ts';
import { Roster } from './roster.ts';
import type { LogEvent } from './store.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_125));
const USERS = sql(
  'test_users',
  `insert into accounts.users (id, email) select u.id, u.id || '@example.org' from unnest($1::uuid[]) as u (id)`,
);
const SEEN = sql(
  'test_seen',
  `insert into telemetry.user_locations (user_id, location, fix_at, received_at)
   select u.id, st_makepoint(u.lng, u.lat)::geography, now() - u.age, now() - u.age
     from unnest($1::uuid[], $2::float8[], $3::float8[], $4::interval[]) as u (id, lat, lng, age)`,
);
const INBOXES = sql(
  'test_inboxes',
  `select stream_id as "userId", type, actor_id as "actorId", data from journal.events
    where kind = 'inbox' and data ->> 'broadcastId' = $1 order by stream_id, seq`,
);
const signal = new AbortController().signal;
let north = 0;

describe.each(engines)('a broadcast to an area on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let dispatcher: string;
  const roster = new Roster();
  const told: LogEvent[] = [];

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    dispatcher = newId();
    await db.query(USERS, [[dispatcher]]);
  });
  afterAll(() => store?.stop());

  const open = (over: Partial<BroadcastStore> = {}) =>
    new Broadcasts({
      store: { ...pgBroadcasts(db), ...over },
      positions: pgWithin(db),
      roster,
      clock: systemClock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => told.push(event),
    });
  /** A square of two kilometres that no other test looks at. */
  const square = () => {
    north += 1;
    const middle = { lat: north, lng: 100 };
    const [west, east] = [99.99, 100.01];
    const [south, top] = [north - 0.009, north + 0.009];
    const ring = [
      [west, south],
      [east, south],
      [east, top],
      [west, top],
      [west, south],
    ];
    return { middle, area: { type: 'Polygon' as const, coordinates: [ring] } };
  };
  const people = async (
    middle: { lat: number; lng: number },
    many: readonly { distanceM: number; responder?: 'on' | 'off'; age?: string }[],
  ): Promise<string[]> => {
    const rows = many.map((one) => ({ ...one, id: newId(), point: destination(middle, 90, one.distanceM) }));
    const ids = rows.map(({ id }) => id);
    await db.query(USERS, [ids]);
    await db.query(SEEN, [
      ids,
      rows.map(({ point }) => point.lat),
      rows.map(({ point }) => point.lng),
      rows.map(({ age }) => age ?? '1 minute'),
    ]);
    for (const { id, responder } of rows) {
      const traits = { userId: id, skills: [], verified: true, asOfMs: 1 };
      if (responder) roster.setTraits({ ...traits, available: responder === 'on' });
    }
    return ids;
  };
  const order = (area: BroadcastOrder['area'], more: Partial<BroadcastOrder> = {}) => ({
    id: newId(),
    area,
    audience: 'responders' as const,
    onDutyOnly: false,
    seenWithinMs: 3_600_000,
    severity: 'SEVERE' as const,
    message: 'Stay away from the river',
    untilMs: systemClock.nowMs() + 3_600_000,
    ...more,
  });
  const sent = async (broadcasts: Broadcasts, body: ReturnType<typeof order>) => {
    const answer = await broadcasts.send({ userId: dispatcher }, body);
    if (!answer.ok) throw new Error(answer.detail);
    const { broadcastId } = answer.value;
    await until(async () => (await pgBroadcasts(db).get(broadcastId))?.state === 'sent', {
      timeoutMs: 10_000,
      what: 'the end of sending',
    });
    return broadcastId;
  };
  const inboxes = (id: string) =>
    db.query<{ userId: string; type: string; actorId: string | null; data: object }>(INBOXES, [id]);

  test('reaches every responder whose last position is in it, off duty too, and nobody else', async () => {
    const { middle, area } = square();
    const [on = '', off = ''] = await people(middle, [
      { distanceM: 100, responder: 'on' },
      { distanceM: 200, responder: 'off' },
      { distanceM: 100 },
      { distanceM: 3_000, responder: 'on' },
      { distanceM: 100, responder: 'on', age: '2 hours' },
    ]);
    const id = await sent(open(), order(area));
    const said = await inboxes(id);
    expect(said.map(({ userId }) => userId).sort()).toEqual([on, off].sort());
    expect(said[0]).toMatchObject({ type: 'broadcast.sent', actorId: null });
    expect(Object.keys(said[0]?.data ?? {}).sort()).toEqual(['broadcastId', 'severity', 'text', 'untilMs']);
    expect(told.filter(({ data }) => (data as { broadcastId: string }).broadcastId === id)).toHaveLength(2);
    expect(await pgBroadcasts(db).get(id)).toMatchObject({ recipients: 2, told: 2, delivered: 0, seen: 0 });
  });

  test('reaches only those on duty, or everybody, when that was asked for', async () => {
    const { middle, area } = square();
    const [on = '', off = '', somebody = ''] = await people(middle, [
      { distanceM: 100, responder: 'on' },
      { distanceM: 200, responder: 'off' },
      { distanceM: 100 },
    ]);
    const reached = async (more: Partial<BroadcastOrder>) =>
      (await inboxes(await sent(open(), order(area, more)))).map(({ userId }) => userId).sort();
    expect(await reached({ onDutyOnly: true })).toEqual([on]);
    expect(await reached({ audience: 'everybody' })).toEqual([on, off, somebody].sort());
    expect(await reached({ audience: 'everybody', onDutyOnly: true })).toEqual([on, somebody].sort());
  });

  test('goes to many in batches, once each, also when the node dies after any of them', async () => {
    const { middle, area } = square();
    const ids = await people(
      middle,
      Array.from({ length: 450 }, (_, i) => ({ distanceM: i, responder: 'on' as const })),
    );
    const real = pgBroadcasts(db);
    let steps = 0;
    // Dies with its answer unheard, as a node that is killed does: what it wrote is written.
    const dying = open({
      tell: async (...at) => {
        const step = await real.tell(...at);
        steps += 1;
        if (steps % 2 === 0) throw new Error('killed');
        return step;
      },
    });
    const body = order(area);
    const first = await dying.send({ userId: dispatcher }, body);
    const again = await dying.send({ userId: dispatcher }, body);
    expect(again).toMatchObject({ ok: true, value: { broadcastId: first.ok && first.value.broadcastId } });
    const id = first.ok ? first.value.broadcastId : '';
    await until(async () => ((await real.get(id))?.told ?? 0) >= 200, { timeoutMs: 10_000, what: 'a batch' });
    await dying.stop();
    expect(await real.get(id)).toMatchObject({ state: 'sending' });
    await open().job.run({ signal });
    const said = await inboxes(id);
    expect(said.map(({ userId }) => userId)).toEqual([...ids].sort());
    expect(await real.get(id)).toMatchObject({ state: 'sent', recipients: 450, told: 450 });
  });

  test('one whose node died before anybody was chosen is taken up by the job of another', async () => {
    const { middle, area } = square();
    const [on = ''] = await people(middle, [{ distanceM: 10, responder: 'on' }]);
    const left = order(area);
    const key = { actorId: dispatcher, commandId: left.id, about: 'broadcast.send' };
    const added = await pgBroadcasts(db).add(key, newId(), left);
    expect(added).toMatchObject({ state: 'choosing', area, seenWithinMs: 3_600_000 });
    await open().job.run({ signal });
    expect((await inboxes(added?.broadcastId ?? '')).map(({ userId }) => userId)).toEqual([on]);
  });

  test('counts each receipt once, from those it was sent to', async () => {
    const { middle, area } = square();
    const [a = '', b = ''] = await people(middle, [
      { distanceM: 10, responder: 'on' },
      { distanceM: 20, responder: 'on' },
    ]);
    const broadcasts = open();
    const id = await sent(broadcasts, order(area));
    for (let again = 0; again < 3; again++) broadcasts.received(a, id, false);
    broadcasts.received(dispatcher, id, true);
    broadcasts.received(b, id, true);
    const counted = () => pgBroadcasts(db).get(id);
    await until(async () => (await counted())?.seen === 1, { timeoutMs: 5_000, what: 'receipts' });
    expect(await counted()).toMatchObject({ delivered: 2, seen: 1 });
    const both = { delivered: [a], seen: [a] };
    await Promise.all([pgBroadcasts(db).receipts(id, both), pgBroadcasts(db).receipts(id, both)]);
    expect(await counted()).toMatchObject({ delivered: 2, seen: 2 });
  });

  test('is in the snapshot of an inbox until it ends, and whoever was told is told of the end once', async () => {
    const { middle, area } = square();
    const [a = ''] = await people(middle, [{ distanceM: 10, responder: 'on' }]);
    const broadcasts = open();
    const id = await sent(broadcasts, order(area));
    const inbox = async () => (await pgDispatchStore(db).inbox(a)).broadcasts;
    expect(await inbox()).toEqual([
      expect.objectContaining({ broadcastId: id, severity: 'SEVERE', text: 'Stay away from the river' }),
    ]);
    for (let again = 0; again < 2; again++) {
      expect(await broadcasts.end({ userId: dispatcher }, id)).toMatchObject({ ok: true });
    }
    await until(async () => (await pgBroadcasts(db).get(id))?.state === 'ended', {
      timeoutMs: 5_000,
      what: 'the end',
    });
    expect(await inbox()).toEqual([]);
    expect((await inboxes(id)).map(({ type }) => type)).toEqual(['broadcast.sent', 'broadcast.ended']);
    expect(await broadcasts.end({ userId: dispatcher }, newId())).toMatchObject({ code: 'not_found' });
  });

  test('one that has run out before its turn reaches nobody any more', async () => {
    const { middle, area } = square();
    await people(middle, [{ distanceM: 10, responder: 'on' }]);
    const late = order(area, { untilMs: systemClock.nowMs() - 1_000 });
    const key = { actorId: dispatcher, commandId: late.id, about: 'broadcast.send' };
    const added = await pgBroadcasts(db).add(key, newId(), late);
    const id = added?.broadcastId ?? '';
    await until(() => systemClock.nowMs() > (added?.untilMs ?? 0) + 5, { timeoutMs: 5_000, what: 'its end' });
    await open().job.run({ signal });
    expect(await inboxes(id)).toEqual([]);
    expect(await pgBroadcasts(db).get(id)).toMatchObject({ state: 'sent', recipients: 1, told: 0 });
  });

  test('an area that is none, or an id that was used, is refused with a sentence', async () => {
    const { area } = square();
    const broadcasts = open();
    const bad = await broadcasts.send({ userId: dispatcher }, order({ cells: ['nowhere'] }));
    expect(bad).toMatchObject({ code: 'bad_request', detail: expect.stringContaining('H3 cell') });
    const key = { actorId: dispatcher, commandId: newId(), about: 'something else' };
    await pgBroadcasts(db).add(key, newId(), order(area));
    const used = await broadcasts.send({ userId: dispatcher }, { ...order(area), id: key.commandId });
    expect(used).toMatchObject({ code: 'bad_request', detail: expect.stringContaining('another command') });
  });
});
