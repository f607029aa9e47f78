import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handOffOverHttp } from './hand-off-http.ts';

const REQUEST = { handOffId: '00000000-0000-7000-8000-000000000001', description: 'on the third floor' };
let server: Server;
let port: number;
let asked: { headers: IncomingHttpHeaders; body: string }[] = [];
let answer: { status: number; body: string } | null = null;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ headers: request.headers, body });
    if (answer)
      response.writeHead(answer.status, { location: `http://127.0.0.1:${port}/x` }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const receiver = (at = port, timeoutMs = 5_000) =>
  handOffOverHttp({
    url: `http://127.0.0.1:${at}/v1/incidents`,
    headers: { authorization: 'Bearer secret' },
    timeoutMs,
  });

test('a hand-off goes out with its credentials and its id, and comes back as a reference', async () => {
  answer = { status: 201, body: '{"reference":" E-7 ","more":1}' };
  asked = [];
  expect(receiver().service).toBe(`127.0.0.1:${port}`);
  expect(await receiver().tell(REQUEST)).toEqual({ reference: 'E-7' });
  expect(asked[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'idempotency-key': REQUEST.handOffId,
    'content-type': 'application/json',
  });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual(REQUEST);
});

test.each([
  ['says no', { status: 503, body: '{"reference":"E-7"}' }, 'HAND_OFF_HTTP_503'],
  ['sends elsewhere', { status: 307, body: '{"reference":"E-7"}' }, 'HAND_OFF_REDIRECT'],
  ['says yes without a reference', { status: 200, body: '{}' }, 'HAND_OFF_NO_REFERENCE'],
  ['says something that is no JSON', { status: 200, body: 'OK' }, 'HAND_OFF_NO_REFERENCE'],
  ['says too much', { status: 200, body: `{"reference":"${'x'.repeat(20_000)}"}` }, 'HAND_OFF_NO_REFERENCE'],
  ['does not answer', null, 'HAND_OFF_TIMEOUT'],
])('a service that %s has not taken it, and only a code says why', async (_what, said, code) => {
  answer = said;
  asked = [];
  const withinMs = said ? undefined : 100;
  await expect(receiver(port, withinMs).tell(REQUEST)).rejects.toMatchObject({ code, message: code });
  expect(asked).toHaveLength(1);
});

test('nobody at the other end is a code, too', async () => {
  await expect(receiver(1).tell(REQUEST)).rejects.toMatchObject({
    code: expect.stringMatching(/^HAND_OFF_(ECONNREFUSED|UNREACHABLE)$/),
  });
});
