import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { inNetworks } from '../lib/networks.ts';
import { SUBPROTOCOLS } from '../protocol/version.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';
import { ListenError } from './server.ts';

const USER = '00000000-0000-4000-8000-000000000001';

let on: Stage | null = null;
afterEach(() => on?.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

/** The status of a handshake with these headers, 101 when it was let in. */
function handshake(
  port: number,
  headers: Record<string, string | string[]>,
  path = '/v1/socket',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': SUBPROTOCOLS.json,
        ...headers,
      },
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the origin of a handshake', () => {
  const allowedOrigins = ['https://map.example.org'];

  test('may be absent, ours, or listed', async () => {
    const { gateway } = await begin({ allowedOrigins });
    const host = `127.0.0.1:${gateway.port}`;
    for (const headers of [{}, { origin: `http://${host}` }, { origin: `https://${host}` }]) {
      expect(await handshake(gateway.port, headers)).toBe(101);
    }
    expect(await handshake(gateway.port, { origin: 'https://map.example.org' })).toBe(101);
  });

  test('may be nothing else, however alike', async () => {
    const { gateway, metrics } = await begin({ allowedOrigins });
    const { port } = gateway;
    const strangers: (string | string[])[] = [
      'null',
      'https://evil.example',
      'http://map.example.org',
      'https://map.example.org:8443',
      'https://map.example.org.evil.example',
      'https://evil.example/https://map.example.org',
      'https://MAP.example.org',
      'https://map.example.org/',
      'https://xn--mp-xka.example.org',
      'https://sub.map.example.org',
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port}.evil.example`,
      'file://',
      '',
      ['https://map.example.org', 'https://evil.example'],
      ['https://evil.example', 'https://map.example.org'],
    ];
    for (const origin of strangers) {
      expect([origin, await handshake(port, { origin })]).toEqual([origin, 403]);
    }
    expect(metrics.counts.get('gateway_handshakes_refused_total{origin}')).toBe(strangers.length);
  });
});

describe('a handshake', () => {
  test.each(['', 'muster.v2.json', 'chat', 'muster.v1.jsonx'])(
    'for the subprotocol "%s" is refused',
    async (name) => {
      const { gateway } = await begin();
      expect(await handshake(gateway.port, { 'sec-websocket-protocol': name })).toBe(400);
    },
  );

  test('gets the first subprotocol that both know', async () => {
    const { gateway } = await begin();
    const offered = `unknown, ${SUBPROTOCOLS.json}, ${SUBPROTOCOLS.msgpack}`;
    expect(await handshake(gateway.port, { 'sec-websocket-protocol': offered })).toBe(101);
  });

  test('is answered however many come at once, also when it is urgent or its sender has gone', async () => {
    const { gateway } = await begin({ strangersPerAddress: 1_000 });
    const gone = Array.from({ length: 50 }, () => connect(gateway.port, '127.0.0.1'));
    for (const socket of gone) socket.once('connect', () => socket.destroy());
    const many = Array.from({ length: 200 }, (_, i) =>
      handshake(gateway.port, {}, i % 2 ? '/v1/socket?urgent=1' : '/v1/socket'),
    );
    expect(new Set(await Promise.all(many))).toEqual(new Set([101]));
  });

  test('leaves no place taken when its sender has gone before the answer', async () => {
    const places = 3;
    const { gateway } = await begin({ strangersPerAddress: places });
    const asking = [
      'GET /v1/socket HTTP/1.1',
      'host: 127.0.0.1',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      `sec-websocket-protocol: ${SUBPROTOCOLS.json}`,
    ];
    const gone = Array.from({ length: 300 }, async () => {
      const socket = connect(gateway.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`${asking.join('\r\n')}\r\n\r\n`, () => socket.destroy());
      await once(socket, 'close');
    });
    await Promise.all(gone);
    const everybodyIsIn = async () =>
      (await Promise.all(Array.from({ length: places }, () => handshake(gateway.port, {})))).every(
        (status) => status === 101,
      );
    await until(everybodyIsIn, { timeoutMs: 5_000, what: 'all places to be free' });
  });

  test('is refused while too many of one address have not signed in, and let in again after', async () => {
    const { connect, gateway, signIn } = await begin({ strangersPerAddress: 2 });
    const first = await connect();
    await connect();
    expect(await handshake(gateway.port, {})).toBe(503);
    first.say('hello', { token: USER, client: 'test' });
    await first.heard('welcome');
    expect(await (await signIn(USER)).isAnswered()).toBe(true);
  });

  test('is refused when the node is full', async () => {
    const { gateway, signIn } = await begin({ sockets: 2 });
    await signIn(USER);
    await signIn(USER);
    expect(await handshake(gateway.port, {})).toBe(503);
  });

  test('behind a trusted proxy counts for the client, and nobody else can claim an address', async () => {
    const { connect, gateway } = await begin({
      strangersPerAddress: 1,
      trustedProxies: inNetworks(['127.0.0.1']),
    });
    await connect({ headers: { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' } });
    expect(await handshake(gateway.port, { 'x-forwarded-for': '9.9.9.9, 2.2.2.2' })).toBe(503);
    expect(await handshake(gateway.port, { 'x-forwarded-for': '2.2.2.2, 3.3.3.3' })).toBe(101);
  });

  test('behind a proxy that adds a line below the client’s own counts by the line of the proxy', async () => {
    const { connect, gateway } = await begin({
      strangersPerAddress: 1,
      trustedProxies: inNetworks(['127.0.0.1']),
    });
    await connect({ headers: { 'x-forwarded-for': '2.2.2.2' } });
    expect(await handshake(gateway.port, { 'x-forwarded-for': ['9.9.9.9', '2.2.2.2'] })).toBe(503);
    expect(await handshake(gateway.port, { 'x-forwarded-for': ['2.2.2.2', '3.3.3.3'] })).toBe(101);
  });
});

test('a port that is taken is said in one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await until(() => other.listening, { timeoutMs: 2_000, what: 'the other program' });
  const { port } = other.address() as { port: number };
  await expect(stage({ port })).rejects.toThrow(ListenError);
  await expect(stage({ port })).rejects.toThrow(/^Port \d+ on 127\.0\.0\.1 can't be had: [^.]+\.$/);
  other.close();
});

describe('drain', () => {
  test('tells everybody when to come back, ends them with 1012 and lets nobody new in', async () => {
    const { gateway, signIn } = await begin({ drainMs: 200, returnWithinMs: 1_000 });
    const sockets = await Promise.all(Array.from({ length: 30 }, () => signIn(USER)));
    const startedMs = performance.now();
    const drained = gateway.drain();
    // Whom the kernel has let in already is told to try another node; after that nobody is let in.
    expect(String(await handshake(gateway.port, {}))).toBe('503');
    await drained;
    await expect(handshake(gateway.port, {})).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const codes = await Promise.all(sockets.map((socket) => socket.closedWith()));
    expect(new Set(codes)).toEqual(new Set([1012]));
    const waits = sockets.map((socket) => socket.all('bye')[0]?.retryAfterMs);
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect(waits.every((wait) => typeof wait === 'number' && wait >= 0 && wait <= 1_000)).toBe(true);
  });

  test('answers whoever was let in before it and says only now what they want', async () => {
    const { gateway } = await begin();
    const late = connect(gateway.port, '127.0.0.1');
    let heard = '';
    late.on('data', (bytes) => {
      heard += bytes.toString();
    });
    await once(late, 'connect');
    const ended = gateway.drain().then(() => gateway.close());
    const isClosed = () =>
      handshake(gateway.port, {}).then(
        () => false,
        () => true,
      );
    await until(isClosed, { timeoutMs: 10_000, what: 'nobody to be let in any more' });
    late.write('GET /healthz HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n');
    await once(late, 'close');
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    await ended;
  });

  test('answers what is under way before the socket ends', async () => {
    const { gateway, signIn, fake } = await begin({ drainMs: 400 });
    let finish = () => {};
    fake.execute = () =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true, value: { status: 'PENDING' } });
      });
    // The first slice ends before the second, which this socket is in.
    await signIn(USER);
    const socket = await signIn(USER);
    socket.say('offer.accept', { id: USER, sosId: USER, offerId: USER });
    await until(() => fake.commands.length === 1, { timeoutMs: 2_000, what: 'the command' });
    const drained = gateway.drain();
    finish();
    expect(await socket.heard('done')).toEqual({ id: USER, status: 'PENDING' });
    await drained;
    expect(await socket.closedWith()).toBe(1012);
  });
});
