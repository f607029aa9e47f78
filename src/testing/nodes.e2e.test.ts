import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { migrate } from '../store/migrate.ts';
import { City, offerIn, SQUARE } from './city.ts';
import { openTestDatabase, type TestDatabase } from './databases.ts';
import { REDIS_ENGINES, startTestRedis, type TestRedis } from './redis/engines.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 20_000 };

describe.each([...REDIS_ENGINES, 'none'] as const)('two nodes with Redis: %s', (engine) => {
  let database: TestDatabase;
  let redis: TestRedis | null = null;
  const nodes: OwnEngine[] = [];
  let city: City;

  const startNode = async () => {
    const { connection } = database;
    const node = await OwnEngine.start({
      databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
      env: { ...process.env, ...(redis ? { REDIS_URL: redis.url } : {}) },
      onDeath: () => {},
    });
    nodes.push(node);
    return node;
  };

  beforeAll(async () => {
    [database, redis] = await Promise.all([
      openTestDatabase('postgres', { prepare: (c) => migrate(c, silentLogger) }),
      engine === 'none' ? null : startTestRedis(engine),
    ]);
    const first = await startNode();
    city = new City(first.url);
    await city.firstAdmin(first.setupToken ?? '');
    await startNode();
  });
  afterAll(async () => {
    await city?.close();
    for (const node of nodes) await node.remove();
    redis?.stop();
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

  test('who is suspended or signs out everywhere on one is out on the other within two seconds', async () => {
    const [suspended, left] = [await city.patient(second()), await city.patient(second())];
    const ended = ({ client }: typeof left) => client.status.state === 'closed';
    const startMs = performance.now();
    await city.http.people.suspend(await city.adminToken(), suspended.userId);
    await city.http.signOut(await left.token(), 'everywhere');
    await until(() => ended(suspended) && ended(left), { timeoutMs: 2_000, what: 'both to be out' });
    expect(performance.now() - startMs).toBeLessThan(2_500);
  });

  test('who goes on or off duty on one is asked, or not, by the other', async () => {
    const [helper, marker] = [await city.volunteer(500, second()), await city.volunteer(400)];
    await helper.client.command('duty.set', { available: false });
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
});
