import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEnv, toConfig } from '../config.ts';
import { RedisBus } from '../fanout/redis/redis-bus.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { EngineHealth } from '../lib/engine-health.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { redisAddressOf } from '../lib/redis-address.ts';
import { Releasers } from '../lib/releasers.ts';
import { documentStore, handOffReceiverOf, notifiersOf } from '../node-outside.ts';
import { poster } from '../notify/push/post.ts';
import { nominatim } from '../places/nominatim.ts';
import { sql } from '../store/db.ts';
import { openDb } from '../store/pg-db.ts';
import { until } from './until.ts';

const LIMIT_MS = 3_000;
/** For a busy machine. What has no limit, or adds two up, takes longer. */
const SLACK_MS = 1_900;

let server: Server;
const sockets = new Set<Socket>();
beforeAll(async () => {
  // As a process that hangs: the system lets everybody in, and nobody is answered.
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A node's parts with everything outside at this address, and all else as nobody has set it. */
function siteAt(port: number) {
  const env = {
    MUSTER_S3_URL: `http://127.0.0.1:${port}/documents`,
    MUSTER_S3_ACCESS_KEY_ID: 'key',
    MUSTER_S3_SECRET_ACCESS_KEY: 'secret',
    MUSTER_SMTP_URL: `smtp://127.0.0.1:${port}`,
    MUSTER_SMS_URL: `http://127.0.0.1:${port}/sms`,
    MUSTER_HANDOFF_URL: `http://127.0.0.1:${port}/sos`,
  };
  const configured = toConfig(readEnv(env));
  if (!configured.ok) throw new Error(configured.problems.join());
  const log = silentLogger;
  const engines = new EngineHealth({ clock: systemClock, log, metrics: noMetrics });
  return { config: configured.config, clock: systemClock, log, engines, releasers: new Releasers() };
}

test('every call outside ends within three seconds when the other side hangs, and says which engine is away', async () => {
  const { port } = server.address() as AddressInfo;
  const site = siteAt(port);
  const outside = { clock: systemClock, log: silentLogger, metrics: noMetrics };
  const { storeTimeoutMs: queryTimeoutMs, geocoderTimeoutMs } = site.config;
  const db = openDb({
    ...outside,
    connection: { host: '127.0.0.1', port, user: 'u', database: 'd' },
    label: 'test',
    poolSize: 2,
    prepare: true,
    connectTimeoutMs: 2_000,
    queryTimeoutMs,
  });
  const bus = new RedisBus({
    ...outside,
    address: must(redisAddressOf(`redis://127.0.0.1:${port}`), 'an address'),
    prefix: 'test',
    carries: 'events',
    nodeId: 'a',
    onGap: () => {},
  });
  const documents = documentStore(site);
  const { email, sms } = await notifiersOf(site);
  const service = await handOffReceiverOf(site);
  const places = nominatim({ ...outside, url: `http://127.0.0.1:${port}`, timeoutMs: geocoderTimeoutMs });
  const post = poster({ timeoutMs: LIMIT_MS, origins: [`http://127.0.0.1:${port}`], atOnce: 1 });
  const message = { id: 'm', recipient: 'a@example.org', subject: 's', body: 'b' };
  const one = sql('test_one', 'select 1');
  const calls: Record<string, () => Promise<unknown>> = {
    'a read of the database': () => db.query(one),
    'a write to the database': () => db.query(sql('test_put', 'insert into x values (1)')),
    'a transaction': () => db.transaction((tx) => tx.query(one)),
    'a call that waits for a connection': () => db.query(one),
    'telling by Redis': () => bus.push(1, null, { put: [], drop: [] }),
    'reading from Redis': () => bus.readRows(1),
    'a lease in Redis': () => bus.beat(1_000),
    'handing in a document': () => documents.put('ab', new Uint8Array(1_000)),
    'opening a document': () => documents.get('ab'),
    'removing a document': () => documents.remove('ab'),
    'a mail': async () => must(email, 'mail').send(message),
    'an SMS': async () => must(sms, 'SMS').send({ ...message, recipient: '+15550100' }),
    'a hand-off': async () => must(service, 'a service').tell({ handOffId: 'h' } as never),
    'a search of places': () => places.search('square', 1),
    'a push': () => post(`http://127.0.0.1:${port}/push`, {}, new Uint8Array(10)),
  };
  const ended = await Promise.all(
    Object.entries(calls).map(async ([what, call]) => {
      const startMs = performance.now();
      const wasAnswered = await call().then(
        (answer) => answer !== false && (answer as { ok?: boolean }).ok !== false,
        () => false,
      );
      return { what, wasAnswered, isLate: performance.now() - startMs > LIMIT_MS + SLACK_MS };
    }),
  );
  expect(ended.filter(({ wasAnswered, isLate }) => wasAnswered || isLate)).toEqual([]);
  const isSaid = () => site.engines.away.map(({ engine }) => engine).join() === 'objects,mail';
  await until(isSaid, { timeoutMs: 5_000, what: 'what is away' });
  post.close();
  await Promise.all([db.close(), bus.stop(), site.releasers.releaseAll()]);
});
