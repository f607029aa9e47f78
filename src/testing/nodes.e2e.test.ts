import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, MusterError, MusterHttp } from '../client/node.ts';
import { destination } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { newVapidKeys } from '../notify/push/vapid.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import type { Db } from '../store/db.ts';
import { City, offerIn, type Somebody, SQUARE, shown } from './city.ts';
import { DarkLine } from './dark-line.ts';
import type { TestDatabase } from './databases.ts';
import { peopleToRace, type RaceGroup, racePolicy, raceToAccept } from './dispatch/accept-race.ts';
import { openNodeDatabase } from './node-database.ts';
import { ownerDb } from './owner-db.ts';
import { PushService } from './push-service.ts';
import { REDIS_ENGINES, startTestRedis, type TestRedis } from './redis/engines.ts';
import { Balancer } from './storm/balancer.ts';
import { figuresOf, since } from './storm/statements.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };
const CONTENDERS = 12;
/** Whether it was said that somebody comes: by the event, or by a snapshot of after it, which comes in its place. */
const saysAccepted = ({ events, snapshots }: ReturnType<Somebody['follow']>) =>
  events.some(({ type }) => type === 'sos.accepted') ||
  snapshots.some(({ view }) => 'status' in view && view.status === 'ACCEPTED');
/** In ten minutes from one network. */
const WRONG_CODES = 10;

describe.each([...REDIS_ENGINES, 'none'] as const)('two nodes with Redis: %s', (engine) => {
  let database: TestDatabase;
  let redis: TestRedis | null = null;
  let pushes: PushService;
  const nodes: OwnEngine[] = [];
  let city: City;
  let owner: Db;
  let groups: RaceGroup[];
  /** What one node decides counts on the others within this. */
  const everywhereWithinMs = engine === 'none' ? 2_000 : 1_000;

  const { publicKey, privateKey } = newVapidKeys();
  const push: Record<string, string> = {
    MUSTER_VAPID_PUBLIC_KEY: publicKey,
    MUSTER_VAPID_PRIVATE_KEY: privateKey,
    MUSTER_VAPID_SUBJECT: 'mailto:operator@example.org',
  };

  const startNode = async () => {
    const { connection } = database;
    const node = await OwnEngine.start({
      databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
      env: { ...process.env, ...(redis ? { REDIS_URL: redis.url } : {}), ...push },
      onDeath: () => {},
    });
    nodes.push(node);
    return node;
  };

  beforeAll(async () => {
    [database, redis] = await Promise.all([
      openNodeDatabase(),
      engine === 'none' ? null : startTestRedis(engine),
    ]);
    const { connection } = database;
    owner = ownerDb(connection);
    groups = await peopleToRace(owner, 2, CONTENDERS);
    pushes = await PushService.start();
    push.MUSTER_PUSH_ORIGINS = pushes.origin;
    const first = await startNode();
    city = new City(first.url);
    await city.firstAdmin(first.setupToken ?? '');
    await startNode();
  });
  afterAll(async () => {
    await city?.close();
    for (const node of nodes) await node.remove();
    await owner?.close();
    redis?.stop();
    pushes?.close();
    await database?.stop();
  });
  const second = () => ({ url: nodes[1]?.url ?? '' });

  test('somebody on one is offered, accepts and resolves what was asked for on the other', async () => {
    const helper = await city.volunteer(300, second());
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: SQUARE,
    });
    const seen = patient.follow(`sos:${sosId}`);
    const atTheDesk = (await city.dispatcher(second())).follow(`sos:${sosId}`);
    await shown(seen, atTheDesk);
    const offer = await offerIn(helper, sosId);
    await helper.client.command('offer.accept', offer);
    for (const [who, { events }] of Object.entries({ seen, atTheDesk })) {
      await until(() => events.some(({ type }) => type === 'sos.accepted'), {
        ...soon,
        what: `the acceptance, ${who}`,
      });
    }
    const chat = patient.follow(`chat:${sosId}`);
    await until(() => chat.snapshots.length > 0, { ...soon, what: 'the chat' });
    await helper.client.command('chat.send', { sosId, text: 'on my way' });
    await until(() => chat.events.length > 0, { ...soon, what: 'the message' });
    await helper.client.command('sos.resolve', { sosId });
    await until(() => seen.events.some(({ type }) => type === 'sos.resolved'), { ...soon, what: 'the end' });
    // Each number once, in order, wherever it was decided.
    for (const { events } of [seen, atTheDesk]) {
      const seqs = events.map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
    }
    await helper.client.command('duty.set', { available: false });
  });

  test('who answers on one device is asked on none of their others, on whatever node they are', async () => {
    const here = await city.volunteer(300);
    const there = await city.again(here, second());
    const ask = async () => {
      const patient = await city.patient();
      const { sosId = '' } = await patient.client.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point: SQUARE,
      });
      const [offer] = await Promise.all([offerIn(here, sosId), offerIn(there, sosId)]);
      return { offer, sosId, patient };
    };
    const told = ({ inbox }: typeof here, type: string, sosId: string) =>
      until(() => inbox.some((e) => e.type === type && 'sosId' in e.data && e.data.sosId === sosId), {
        ...soon,
        what: `${type} on the other device`,
      });
    const declined = await ask();
    await there.client.command('offer.decline', declined.offer);
    await told(here, 'offer.closed', declined.sosId);
    await declined.patient.client.command('sos.cancel', { sosId: declined.sosId });
    const taken = await ask();
    await here.client.command('offer.accept', taken.offer);
    await told(there, 'sos.assigned', taken.sosId);
    await there.client.command('sos.withdraw', { sosId: taken.sosId });
    await told(here, 'sos.released', taken.sosId);
    await taken.patient.client.command('sos.cancel', { sosId: taken.sosId });
    await here.client.command('duty.set', { available: false });
  });

  test('who is suspended or signs out everywhere on one is out on the other at once, without Redis within two seconds', async () => {
    const [suspended, left] = [await city.patient(second()), await city.patient(second())];
    const ended = ({ client }: typeof left) => client.status.state === 'closed';
    const out = async (one: typeof left) => {
      const startMs = performance.now();
      await until(() => ended(one), { timeoutMs: 10_000, what: 'the socket to be closed' });
      return performance.now() - startMs;
    };
    await city.http.people.suspend(await city.adminToken(), suspended.userId);
    expect(await out(suspended)).toBeLessThan(everywhereWithinMs);
    await city.http.signOut(await left.token(), 'everywhere');
    expect(await out(left)).toBeLessThan(everywhereWithinMs);
  });

  test('codes that were guessed wrongly on one node count on the other a second or two later', async () => {
    const guess = async (url: string) => {
      const pairing = { code: 'AAAA-AAAA', name: 'a guess', kind: 'phone' } as const;
      const refused = await new MusterHttp(url).pairDevice(pairing).catch((error: unknown) => error);
      return refused instanceof MusterError ? refused.code : 'paired';
    };
    const first = nodes[0]?.url ?? '';
    for (let i = 0; i < WRONG_CODES; i++) expect(await guess(first)).toBe('not_found');
    expect(await guess(first)).toBe('rate_limited');
    // By its own count alone the other node would let as many through again.
    let [tries, triedAtMs] = [0, 0];
    const isLimited = async () => {
      if (tries === WRONG_CODES - 1 || performance.now() - triedAtMs < 700) return false;
      [tries, triedAtMs] = [tries + 1, performance.now()];
      return (await guess(second().url)) === 'rate_limited';
    };
    await until(isLimited, { ...soon, what: 'the limit on the other node' });
  });

  /** Sets a policy on the first node; the answer is how long after that the second went by it. */
  const setPolicy = async (body: unknown) => {
    const token = await city.adminToken();
    const { version } = await city.http.setPolicy(token, body);
    const startMs = performance.now();
    for (const { url } of nodes.slice(1)) {
      const isInForce = async () => (await new MusterHttp(url).policy(token)).version === version;
      await until(isInForce, { timeoutMs: 10_000, what: 'the policy on the other nodes' });
    }
    return performance.now() - startMs;
  };

  test('a policy that is set on one is in force on the other within the same time', async () => {
    const { body } = await city.http.policy(await city.adminToken());
    expect(await setPolicy(body)).toBeLessThan(everywhereWithinMs);
  });

  const raceIn = test.skipIf(engine === 'none');
  raceIn(
    'everybody asked says yes at once on all of them: one has each place, and no answer is wrong',
    async () => {
      if (engine === 'single') await startNode();
      const { body } = await city.http.policy(await city.adminToken());
      await setPolicy(racePolicy(CONTENDERS));
      const urls = nodes.map(({ url }) => url);
      const sos = 6;
      const raced = await raceToAccept(owner, groups, { urls, sos, contenders: CONTENDERS });
      await setPolicy(body);
      expect([raced.races, raced.answeredMs.length, raced.faults]).toEqual([sos, sos * CONTENDERS, []]);
    },
  );

  test('who goes on or off duty on one is asked, or not, by the other', async () => {
    const [helper, marker] = [await city.volunteer(500, second()), await city.volunteer(400)];
    await helper.client.command('duty.set', { available: false });
    // What is decided about an account after that is known on the other node: so this is.
    const witness = await city.patient();
    await new MusterHttp(second().url).people.suspend(await city.adminToken(), witness.userId);
    await until(() => witness.client.status.state === 'closed', { ...soon, what: 'the node to know' });
    const ask = async () => {
      const patient = await city.patient();
      const { sosId = '' } = await patient.client.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'CRITICAL',
        point: SQUARE,
      });
      return { sosId, cancel: () => patient.client.command('sos.cancel', { sosId }) };
    };
    const away = await ask();
    await offerIn(marker, away.sosId);
    await away.cancel();
    await marker.client.command('duty.set', { available: false });
    await helper.client.command('duty.set', { available: true });
    const back = await ask();
    await offerIn(helper, back.sosId);
    await back.cancel();
    expect(helper.inbox.some((e) => e.type === 'offer.sent' && e.data.sosId === away.sosId)).toBe(false);
  });

  // Nothing of it goes over Redis.
  test.runIf(engine === 'none')(
    'who says nothing is woken once by push, and somebody else is asked; their late yes still counts',
    async () => {
      const token = await city.adminToken();
      const { body } = await city.http.policy(token);
      const { base } = body as { base: Record<string, unknown> };
      const one = { waveSizeMin: 1, waveSizeMax: 1, unreachableAfterMs: 3_000, waveTimerMs: 60_000 };
      const slots = [{ role: 'PRIMARY', skills: [] }];
      await city.http.setPolicy(token, { base: { ...base, ...one, slots }, overrides: [] });
      const line = await DarkLine.to(Number(new URL(second().url).port));
      const silent = await city.volunteer(200, { url: line.url });
      const next = await city.volunteer(400);
      const { id } = await city.http.push.register(await silent.token(), pushes.subscribe('closed-page'));
      const known = async () =>
        (await city.http.sos.nearest(token, { point: SQUARE, limit: 20 })).some(
          ({ userId }) => userId === silent.userId,
        );
      await until(known, { ...soon, what: 'the other node to know of them' });
      line.goDark();

      const patient = await city.patient();
      const { sosId = '' } = await patient.client.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point: SQUARE,
      });
      const atTheDesk = (await city.dispatcher()).follow(`sos:${sosId}`);
      await shown(atTheDesk);
      await until(() => pushes.pushed.length > 0, { ...soon, what: 'the push' });
      await offerIn(next, sosId);
      expect(pushes.refused).toEqual([]);
      expect(pushes.pushed).toMatchObject([{ browser: 'closed-page', urgency: 'high' }]);
      // Of the 60 s that the offer lives, two had passed, and what a busy machine adds.
      expect(pushes.pushed[0]?.ttlS).toBeLessThanOrEqual(58);
      expect(pushes.pushed[0]?.ttlS).toBeGreaterThan(50);
      const { offerId, receipt } = (pushes.pushed[0]?.data ?? {}) as { offerId: string; receipt: string };
      // Nothing of whoever is in trouble, nor where.
      expect(Object.keys(pushes.pushed[0]?.data as object)).toEqual(['offerId', 'expiresAtMs', 'receipt']);
      await city.http.push.received(receipt);
      const types = () => atTheDesk.events.map(({ type }) => type);
      await until(() => types().includes('sos.offers_received'), { ...soon, what: 'the receipt' });

      const awake = await city.again(silent);
      await awake.client.command('offer.accept', { sosId, offerId });
      const closed = () =>
        next.inbox.some(
          (e) => e.type === 'offer.closed' && e.data.sosId === sosId && e.data.reason === 'filled',
        );
      await until(closed, { ...soon, what: 'the next person to be let go' });
      await patient.client.command('sos.cancel', { sosId });
      await city.http.push.remove(await silent.token(), id);
      expect(await city.http.push.list(await silent.token())).toEqual([]);
      expect(pushes.pushed).toHaveLength(1);
      line.close();
    },
  );

  test.runIf(engine === 'single')(
    'with a Redis that hangs, is killed or comes back empty, who is on the other node is asked and says yes all the same',
    async () => {
      const server = must(redis?.single, 'a Redis of one process');
      // Where nobody of the tests before is on duty and nearer.
      const place = destination(SQUARE, 0, 20_000);
      const around = { ...second(), around: place };
      const helper = await city.volunteer(150, around);
      const patient = await city.patient();
      const rescued = async () => {
        const { sosId = '' } = await patient.client.command('sos.create', {
          emergencyType: 'MEDICAL',
          priority: 'HIGH',
          point: place,
        });
        const seen = patient.follow(`sos:${sosId}`);
        await shown(seen);
        await helper.client.command('offer.accept', await offerIn(helper, sosId));
        await until(
          () => {
            if (saysAccepted(seen)) return true;
            throw new Error(`came: ${JSON.stringify(seen)}`);
          },
          { ...soon, what: 'the acceptance' },
        );
        await helper.client.command('sos.resolve', { sosId });
      };
      const isKnown = async (id: string) =>
        (await city.http.sos.nearest(await city.adminToken(), { point: place, limit: 5 })).some(
          ({ userId }) => userId === id,
        );
      const isAway = async () => (await (await fetch(`${second().url}/readyz`)).text()).includes('"redis"');
      await until(() => isKnown(helper.userId), {
        ...soon,
        what: 'the other node to know of who is to be asked',
      });
      server.freeze();
      await rescued();
      await until(isAway, { ...soon, what: 'it to be away' });
      // Somebody who came while it was away is known on the other node by the database.
      const late = await city.volunteer(120, around);
      await until(() => isKnown(late.userId), { ...soon, what: 'the other node to know of them' });
      await late.client.command('duty.set', { available: false });
      await rescued();
      await server.kill();
      await rescued();
      await server.goOn();
      await until(async () => !(await isAway()), { ...soon, what: 'it to be back' });
      await rescued();
      await helper.client.command('duty.set', { available: false });
    },
  );

  // Last, because a node is gone after it.
  test.runIf(engine === 'single')(
    'who was on a node that stops is told when to come back, and is in on the other without a read',
    async () => {
      const urls = [nodes[0]?.url ?? '', second().url];
      const balancer = new Balancer(urls.slice(0, 1));
      const told: string[] = [];
      const client = new MusterClient({
        url: urls[0] ?? '',
        token: () => city.adminToken(),
        WebSocket: balancer.socketsOf(1),
        onStatus: (status) => {
          if (status.state === 'waiting') told.push(status.reason);
        },
      });
      client.connect();
      const { userId } = await client.ready();
      const inbox = client.subscribe(`inbox:${userId}`, { onEvent: () => {} });
      await until(() => inbox.isLive, { ...soon, what: 'the inbox' });
      const before = await figuresOf(second().url);
      balancer.serve(urls.slice(1));
      const stopped = nodes[0]?.stop();
      await until(() => told.length > 0, { ...soon, what: 'the farewell' });
      await until(() => inbox.isLive, { ...soon, what: 'the inbox again' });
      const after = await figuresOf(second().url);
      const grown = since(before.statements, after.statements);
      expect(told).toEqual(['restart']);
      expect(after.counter('gateway_resumes_total').get('outcome="taken"')).toBeGreaterThan(0);
      expect([grown.get('journal_bounds'), grown.get('journal_read_after')]).toEqual([undefined, undefined]);
      await client.close();
      await stopped;
    },
  );
});
