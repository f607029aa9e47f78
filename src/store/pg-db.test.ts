import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { StoreUnavailable, sql } from './db.ts';
import { openDb } from './pg-db.ts';

const message = (kind: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const STOPPED = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(onSocket);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const NOTHING = Buffer.alloc(0);
/** Parsed, bound, no rows, done. */
const BEGUN = Buffer.concat([
  ...['1', '2', 'n'].map((kind) => message(kind, NOTHING)),
  message('C', Buffer.from('BEGIN\0')),
  READY,
]);

/** A server that lets everybody in and answers each statement after so long, or never. */
async function slowServer(answerAfterMs: number | null) {
  const heard: string[] = [];
  const port = await listen((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat([AUTHENTICATED, READY]));
      socket.on('data', (bytes) => {
        const [statement] =
          /begin|commit|rollback|select 1|insert into x/.exec(bytes.toString('latin1')) ?? [];
        if (statement === undefined) return;
        heard.push(statement);
        if (answerAfterMs !== null) setTimeout(() => socket.write(BEGUN), answerAfterMs);
      });
    });
  });
  return { port, heard };
}

const LIMIT_MS = 800;
/** For a busy machine; without the limit it would take twice as long, or for ever. */
const SLACK_MS = 600;

const open = (port: number, options: Partial<Parameters<typeof openDb>[0]> = {}) =>
  openDb({
    connection: { host: '127.0.0.1', port, user: 'u', database: 'd' },
    label: 'test',
    poolSize: 1,
    prepare: true,
    connectTimeoutMs: 600,
    queryTimeoutMs: LIMIT_MS,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
    ...options,
  });

const tookMs = async (call: Promise<unknown>) => {
  const startMs = performance.now();
  await expect(call).rejects.toThrow(StoreUnavailable);
  return performance.now() - startMs;
};

test('nobody waits longer than for one answer, with what the connection was waited for', async () => {
  const { port } = await slowServer(null);
  const db = open(port, { connectTimeoutMs: LIMIT_MS - 10 });
  const one = sql('test_one', 'select 1');
  const took = await Promise.all([tookMs(db.query(one)), tookMs(db.query(one)), tookMs(db.query(one))]);
  expect(Math.max(...took)).toBeLessThan(LIMIT_MS + SLACK_MS);
  await db.close();
});

test('while a node starts a slow answer is waited for, and no longer once it has started', async () => {
  const { port } = await slowServer(LIMIT_MS + 200);
  let isStarting = true;
  const db = open(port, { isStarting: () => isStarting });
  const one = sql('test_one', 'select 1');
  await db.query(one);
  isStarting = false;
  expect(await tookMs(db.query(one))).toBeLessThan(LIMIT_MS + SLACK_MS);
  await db.close();
});

test('a transaction of an SOS has that time as a whole, however many statements it has', async () => {
  const { port, heard } = await slowServer(150);
  const db = open(port, { isWholeTimed: true });
  const many = db.transaction(async (tx) => {
    for (let n = 0; n < 20; n++) await tx.query(sql('test_one', 'select 1'));
  });
  expect(await tookMs(many)).toBeLessThan(LIMIT_MS + SLACK_MS);
  expect(heard).not.toContain('commit');
  await db.close();
});

test('a write by itself is committed once it was answered, so that one which was given up is undone', async () => {
  const [good, deaf] = [await slowServer(0), await slowServer(null)];
  const put = sql('test_put', 'insert into x values (1)');
  const db = open(good.port);
  // The server of this test calls every answer a begin.
  await expect(db.query(put)).rejects.toThrow('nothing of it was kept');
  expect(good.heard.slice(0, 3)).toEqual(['begin', 'insert into x', 'commit']);
  const away = open(deaf.port);
  await tookMs(away.query(put));
  expect(deaf.heard).toEqual(['begin']);
  await Promise.all([db.close(), away.close()]);
});

test.each([
  ['whose disk is full and which lets nobody in', 'SFATAL\0VFATAL\0CXX000\0Mcould not write init file\0\0'],
  ['whose disk can not be read', 'SERROR\0VERROR\0C58030\0Mcould not read block\0\0'],
])('a server %s is away', async (_, words) => {
  const port = await listen((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(message('E', Buffer.from(words))));
  });
  const db = open(port);
  await expect(db.query(sql('test_one', 'select 1'))).rejects.toThrow(StoreUnavailable);
  await db.close();
});

test('a server that is stopped in the breath in which it let us in is away, and stops no node', async () => {
  const port = await listen((socket) => {
    socket.on('error', () => {});
    // In one piece, so that the end comes before anybody who asked for the connection has it.
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, STOPPED])));
  });
  const db = openDb({
    connection: { host: '127.0.0.1', port, user: 'u', database: 'd' },
    label: 'test',
    poolSize: 1,
    prepare: false,
    connectTimeoutMs: 2_000,
    queryTimeoutMs: 2_000,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  await expect(db.query(sql('test_one', 'select 1'))).rejects.toThrow(StoreUnavailable);
  await db.close();
});
