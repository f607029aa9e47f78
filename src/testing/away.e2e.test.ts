import { afterAll, beforeAll, expect, test } from 'vitest';
import { MusterClient } from '../client/node.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, type Somebody, SQUARE } from './city.ts';
import { DarkLine } from './dark-line.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { RedisProcess } from './redis/server.ts';
import { figuresOf } from './storm/statements.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };
/** Shorter than three seconds, so that this takes less time. */
const STORE_TIMEOUT_MS = 1_500;

/** What waits for none of both, on a busy machine. */
const QUICK_MS = 5_000;

let database: TestDatabase;
let redis: RedisProcess;
let line: DarkLine;
let node: OwnEngine;
let city: City;
/** What dispatchers are told on their feed, whenever it changes. */
const told: string[] = [];
const logged: { msg: string; engine: string; awayMs?: number }[] = [];
let watching: MusterClient;
let helper: Somebody;

beforeAll(async () => {
  [database, redis] = await Promise.all([openNodeDatabase(), RedisProcess.start()]);
  const { connection } = database;
  const direct = new URL('connectionString' in connection ? connection.connectionString : '');
  line = await DarkLine.to(Number(direct.port));
  const through = new URL(direct);
  through.port = new URL(line.url).port;
  node = await OwnEngine.start({
    databaseUrl: through.href,
    env: {
      ...process.env,
      REDIS_URL: redis.url,
      MUSTER_MIGRATION_DATABASE_URL: direct.href,
      MUSTER_STORE_TIMEOUT_MS: String(STORE_TIMEOUT_MS),
    },
    onDeath: () => {},
    onLine: (written) => {
      if (written.includes('"engine"')) logged.push(JSON.parse(written));
    },
  });
  city = new City(node.url);
  await city.firstAdmin(node.setupToken ?? '');
  helper = await city.volunteer(200);
  watching = new MusterClient({
    url: node.url,
    token: () => city.adminToken(),
    onDegraded: (missing) => told.push(missing.join()),
  });
  watching.connect();
  await watching.ready();
  const seen: string[] = [];
  watching.watchDispatch({ onFeed: () => seen.push('feed'), onEvent: () => {}, onState: () => {} });
  await until(() => seen.length > 0, { ...soon, what: 'the feed' });
});
afterAll(async () => {
  redis?.thaw();
  await watching?.close();
  await city?.close();
  await node?.remove();
  line?.close();
  redis?.stop();
  await database?.stop();
});

const ready = async () => {
  const answer = await fetch(`${node.url}/readyz`);
  const { degraded } = (await answer.json()) as { degraded: { engine: string }[] };
  return { status: answer.status, away: degraded.map(({ engine }) => engine) };
};
const isTold = (what: string) =>
  until(() => told.at(-1) === what, { ...soon, what: `"${what}" on the feed` });

test('with a Redis that hangs an SOS goes its way, and both switches are said', async () => {
  redis.freeze();
  const patient = await city.patient();
  const startMs = performance.now();
  const { sosId = '' } = await patient.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: SQUARE,
  });
  await helper.client.command('offer.accept', await offerIn(helper, sosId));
  await patient.client.command('sos.cancel', { sosId });
  // None of these steps has waited for Redis.
  expect(performance.now() - startMs).toBeLessThan(QUICK_MS);
  await isTold('redis');
  expect(await ready()).toEqual({ status: 200, away: ['redis'] });
  redis.thaw();
  await isTold('');
});

test('with the database hanging too every call ends, sockets stay, and all is taken back when it goes on', async () => {
  const caller = await city.patient();
  redis.freeze();
  line.goDark();
  await until(() => told.at(-1) === 'store,redis', { ...soon, what: 'both to be away' });
  const startMs = performance.now();
  const token = await city.adminToken();
  const asked = await fetch(`${node.url}/v1/volunteers`, { headers: { authorization: `Bearer ${token}` } });
  expect([asked.status, performance.now() - startMs < QUICK_MS]).toEqual([503, true]);
  expect((await ready()).away).toEqual(['store', 'redis']);
  expect([watching.status.state, helper.client.status.state]).toEqual(['open', 'open']);
  // Whoever has a socket calls for help, and whoever is near hears of it.
  const callMs = performance.now();
  const call = { emergencyType: 'MEDICAL', priority: 'HIGH', point: SQUARE } as const;
  const { sosId: alone = '' } = await caller.client.command('sos.create', call);
  expect(performance.now() - callMs).toBeLessThan(QUICK_MS);
  await offerIn(helper, alone);
  line.light();
  redis.thaw();
  await isTold('');
  expect(await ready()).toEqual({ status: 200, away: [] });
  const [kept] = await city.http.sos.mine(await caller.token()).then(({ sos }) => sos);
  expect(kept?.sosId).toBe(alone);
  const patient = await city.patient();
  const { sosId = '' } = await patient.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: SQUARE,
  });
  await offerIn(helper, sosId);
});

test('each switch was logged once, with how long it lasted, and counted', async () => {
  const { counter } = await figuresOf(node.url);
  for (const engine of ['redis', 'store']) {
    const switches = logged.filter((entry) => entry.engine === engine);
    const times = switches.length / 2;
    expect(times).toBeGreaterThanOrEqual(1);
    // Away and back in turns, and back at the end.
    expect(switches.map(({ awayMs }) => awayMs !== undefined)).toEqual(
      Array.from({ length: 2 * times }, (_, i) => i % 2 === 1),
    );
    expect(counter('engine_away_total').get(`engine="${engine}"`)).toBe(times);
  }
});
