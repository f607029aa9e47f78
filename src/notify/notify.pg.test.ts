import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { type Logger, silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { ATTEMPTS_MAX, deliveriesJob } from './job.ts';
import { deliveryWriter } from './pg.ts';
import { smsOverHttp } from './sms-http.ts';
import { smtp } from './smtp.ts';
import type { Notifiers, OutgoingMessage } from './types.ts';

const ALL = sql(
  'test_deliveries',
  'select channel, recipient, body, state, attempts, last_error from journal.deliveries order by id',
);
const DUE_NOW = sql('test_due_now', "update journal.deliveries set due_at = now() where state = 'pending'");
const OVER_NOW = sql('test_over_now', 'update journal.deliveries set expires_at = now()');
const EMPTY = sql('test_no_deliveries', 'delete from journal.deliveries');

describe.each(engines)('deliveries on %s', (engine) => {
  const random = seededRandom(20_261_121);
  const write = deliveryWriter(uuidV7Maker(() => Date.now(), random));
  let store: { db: Db; stop(): Promise<void> };
  let db: Db;
  let warnings: string[];
  const log: Logger = { ...silentLogger, warn: (fields) => void warnings.push(JSON.stringify(fields)) };

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });
  afterAll(() => store?.stop());
  beforeEach(async () => {
    warnings = [];
    await db.query(EMPTY);
  });

  const mail = (body: string) =>
    db.transaction((tx) =>
      write(tx, {
        userId: null,
        channel: 'email',
        recipient: 'sari@example.org',
        subject: 'S',
        body,
        lifeMs: 60_000,
      }),
    );

  const run = (notifiers: Notifiers, job = deliveriesJob(notifiers, random)) =>
    job.run({ db, clock: systemClock, log, metrics: noMetrics, signal: new AbortController().signal });

  test('are sent once, and then nothing of them is kept but that they were', async () => {
    const sent: OutgoingMessage[] = [];
    const email = { send: async (message: OutgoingMessage) => void sent.push(message) };
    await mail('a token');
    await run({ email });
    await run({ email });
    expect(sent).toMatchObject([{ recipient: 'sari@example.org', subject: 'S', body: 'a token' }]);
    const kept = { recipient: null, body: null, state: 'sent', attempts: 1 };
    expect(await db.query(ALL)).toMatchObject([kept]);
  });

  test('of a transaction that was rolled back are never sent', async () => {
    const sent: unknown[] = [];
    const broken = db.transaction(async (tx) => {
      const about = { userId: null, channel: 'email' as const, recipient: 'a@b', subject: '', body: 'x' };
      await write(tx, { ...about, lifeMs: 1_000 });
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    await run({ email: { send: async (message) => void sent.push(message) } });
    expect(sent).toEqual([]);
  });

  test('that are not taken are tried again later, and given up after the last time', async () => {
    let tries = 0;
    const email = {
      send: async () => {
        tries += 1;
        throw Object.assign(new Error('550 sari@example.org unknown'), { code: 'EENVELOPE' });
      },
    };
    await mail('a token');
    await run({ email });
    await run({ email });
    expect(tries).toBe(1);
    for (let i = 0; i < ATTEMPTS_MAX + 3; i++) {
      await db.query(DUE_NOW);
      await run({ email });
    }
    expect(tries).toBe(ATTEMPTS_MAX);
    expect(await db.query(ALL)).toMatchObject([{ state: 'dead', last_error: 'EENVELOPE', body: null }]);
    expect(warnings.join()).not.toContain('sari');
  });

  test('by SMS that a busy provider puts off are tried again, and kept by a code', async () => {
    let status = 429;
    const server = createHttpServer((_request, response) => response.writeHead(status).end('+4179 123456'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const body = '{"to":"{to}","text":"{text}"}';
    const options = { headers: {}, format: 'json', body, from: 'Muster', timeoutMs: 5_000 } as const;
    const sms = smsOverHttp({ ...options, url: `http://127.0.0.1:${port}` });
    const words = { subject: '', body: '123456', lifeMs: 60_000 };
    await db.transaction((tx) => write(tx, { userId: null, channel: 'sms', recipient: '+4179', ...words }));
    await run({ sms });
    expect(await db.query(ALL)).toMatchObject([{ state: 'pending', last_error: 'SMS_HTTP_429' }]);
    status = 503;
    await db.query(DUE_NOW);
    await run({ sms });
    expect(await db.query(ALL)).toMatchObject([{ state: 'pending', last_error: 'SMS_HTTP_503' }]);
    status = 200;
    await db.query(DUE_NOW);
    await run({ sms });
    expect(await db.query(ALL)).toMatchObject([{ state: 'sent', attempts: 3, body: null, recipient: null }]);
    expect(warnings.join()).not.toMatch(/123456|4179/);
    server.close();
  });

  test('without anything that sends them wait, and the operator is told once', async () => {
    const job = deliveriesJob({}, random);
    await mail('a token');
    await run({}, job);
    await run({}, job);
    expect(warnings).toEqual([JSON.stringify({ channel: 'email', waiting: 1 })]);
    expect(await db.query(ALL)).toMatchObject([{ state: 'pending', attempts: 0 }]);
  });

  test('that nobody needs any more are given up unsent', async () => {
    const sent: unknown[] = [];
    await mail('a token');
    await db.query(OVER_NOW);
    await run({ email: { send: async (message) => void sent.push(message) } });
    expect(sent).toEqual([]);
    expect(await db.query(ALL)).toMatchObject([{ state: 'dead', last_error: 'expired', body: null }]);
  });
});

describe('mail over SMTP', () => {
  let server: Server;
  let heard = '';
  beforeEach(async () => {
    heard = '';
    server = createServer((socket) => {
      let inData = false;
      socket.write('220 test\r\n');
      socket.on('data', (chunk) => {
        const text = chunk.toString();
        heard += text;
        if (inData) {
          if (!heard.includes('\r\n.\r\n')) return;
          inData = false;
          socket.write('250 taken\r\n');
        } else if (/^DATA/i.test(text)) {
          inData = true;
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(text)) socket.end('221 bye\r\n');
        else socket.write('250 fine\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());

  test('says who it is from, whom it is to and what it is about', async () => {
    const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const mailer = smtp({ url, from: 'Muster <muster@example.org>', timeoutMs: 5_000 });
    await mailer.send({ id: 'id-1', recipient: 'sari@example.org', subject: 'Your code', body: '123456' });
    mailer.close();
    expect(heard).toMatch(/MAIL FROM:<muster@example\.org>/);
    expect(heard).toMatch(/RCPT TO:<sari@example\.org>/);
    expect(heard).toMatch(/Subject: Your code/);
    expect(heard).toMatch(/Message-ID: <id-1@muster>/i);
    expect(heard).toMatch(/123456/);
  });
});
