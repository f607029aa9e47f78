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

let server: Server;
afterEach(() => server.close());

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

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
