import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { decode, encode } from '../protocol/codec.ts';
import type { DownFrame } from '../protocol/down.ts';
import { readUp } from '../protocol/read-frame.ts';
import type { UpFrame } from '../protocol/up.ts';
import { type Encoding, SUBPROTOCOLS } from '../protocol/version.ts';
import { until } from '../testing/until.ts';
import { MusterClient } from './node.ts';
import { uuidOf, welcomeOf } from './testing/server-model.ts';

const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

/** A real server on a free port; every frame of a client is checked as the gateway would. */
async function server(encoding: Encoding, answer: (frame: UpFrame) => DownFrame | null) {
  const listening = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    path: '/v1/socket',
    handleProtocols: (offered) => (offered.has(SUBPROTOCOLS[encoding]) ? SUBPROTOCOLS[encoding] : false),
  });
  const sockets: WebSocket[] = [];
  listening.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data: Buffer, isBinary) => {
      const read = readUp(decode(isBinary ? data : data.toString(), encoding));
      if (!read.ok) throw new Error(read.detail);
      const frame = answer(read.frame);
      if (frame) socket.send(encode(frame, encoding));
    });
  });
  await new Promise((resolve) => listening.once('listening', resolve));
  releases.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.terminate();
        listening.close(resolve);
      }),
  );
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, sockets };
}

describe('in Node, over a real socket', () => {
  it.each(['msgpack', 'json'] as const)(
    'connects, commands, sends fixes and comes back, in %s',
    async (encoding) => {
      let acked = 0;
      const { url, sockets } = await server(encoding, ([kind, body]) => {
        if (kind === 'hello') return ['welcome', welcomeOf(Date.now(), acked)];
        if (kind === 'duty.set') return ['done', { id: body.id }];
        if (kind !== 'pos') return null;
        acked = body.seq + body.fixes.length - 1;
        return ['ack', { epoch: body.epoch, lane: 'telemetry', seq: acked }];
      });
      const token = async () => 'token';
      const client = new MusterClient({ url, token, encoding, device: { id: uuidOf(3) } });
      releases.unshift(() => client.close());
      client.connect();
      await client.ready();
      await client.command('duty.set', { available: true });
      for (let i = 0; i < 1_200; i++) client.sendFix({ atMs: i, lat: 48.1, lng: 11.5, speedMps: 1.5 });
      await client.flushed();
      expect(client.telemetry.ackedSeq).toBe(1_200);

      sockets[0]?.terminate();
      await until(() => sockets.length === 2, { timeoutMs: 10_000, what: 'the second connection' });
      await client.command('duty.set', { available: false });
      expect([...client.problems]).toEqual([]);
      await client.close();
      expect(client.status).toEqual({ state: 'closed', reason: 'asked' });
    },
  );

  it('waits and tries again when nobody listens, and can be closed meanwhile', async () => {
    const client = new MusterClient({ url: 'http://127.0.0.1:1', token: async () => 'token' });
    releases.unshift(() => client.close());
    client.connect();
    await until(() => client.status.state === 'waiting', { timeoutMs: 10_000, what: 'a wait' });
    await client.close();
    expect(client.status).toEqual({ state: 'closed', reason: 'asked' });
  });

  it('can be closed while it is still connecting', async () => {
    const { url } = await server('msgpack', () => null);
    const client = new MusterClient({ url, token: async () => 'token' });
    client.connect();
    await until(() => client.status.state === 'connecting', { timeoutMs: 1_000, what: 'a connection begun' });
    await client.close();
    expect(client.status).toEqual({ state: 'closed', reason: 'asked' });
  });
});
