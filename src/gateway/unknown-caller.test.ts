import { afterEach, expect, test } from 'vitest';
import { ROUTES } from '../access/doors.ts';
import { NODE_ID, TOKENS } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import { GATEWAY_DEFAULTS } from './config.ts';

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Parameters<typeof stage>[0] = {}) => {
  on = await stage(config);
  return on;
};
const LOCAL = '127.0.0.1';
const atSocket = (code: string) => ({
  address: LOCAL,
  action: 'enter',
  resourceKind: 'door',
  door: 'socket',
  code,
});

test('every guarded route puts on record that somebody came without a token, and with a bad one', async () => {
  const { fake, origin } = await begin();
  for (const [route, door] of Object.entries(ROUTES)) {
    if (typeof door === 'string') continue;
    const [method = '', pattern = ''] = route.split(' ');
    const path = pattern.replaceAll(/:\w+/g, NODE_ID);
    const hasBody = method === 'post' || method === 'put' || method === 'patch';
    for (const token of [null, TOKENS.broken]) {
      fake.unknownCallers.length = 0;
      const response = await fetch(`${origin}${path}`, {
        method: method === 'del' ? 'DELETE' : method.toUpperCase(),
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
        },
        ...(hasBody ? { body: '{}' } : {}),
      });
      expect([route, response.status]).toEqual([route, 401]);
      const { action, resource: resourceKind } = door;
      const code = token === null ? 'not_authenticated' : 'token_invalid';
      expect(fake.unknownCallers).toEqual([{ address: LOCAL, action, resourceKind, door: route, code }]);
    }
  }
});

test('a device with a wrong secret, a wrong password and a used refresh token are on record too', async () => {
  const { fake, origin } = await begin();
  const send = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const authorization = `Basic ${Buffer.from(`${NODE_ID}:wrong`).toString('base64')}`;
  await send('PUT', '/v1/devices/self/capabilities', { canPush: true }, { authorization });
  await send('POST', '/v1/sessions', { email: 'a@example.org', password: 'wrong wrong' });
  await send('POST', '/v1/sessions/refresh', { refreshToken: 'used' });
  expect(fake.unknownCallers.map(({ door, code }) => `${door}: ${code}`)).toEqual([
    'put /v1/devices/self/capabilities: not_authenticated',
    'post /v1/sessions: credentials_wrong',
    'post /v1/sessions/refresh: token_invalid',
  ]);
  expect(JSON.stringify(fake.unknownCallers)).not.toMatch(/wrong wrong|used|example/);
});

test('nobody is put on record who is known, or whose token could not be looked at', async () => {
  const { fake, origin } = await begin();
  const ask = (token: string) =>
    fetch(`${origin}/v1/audit`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask(NODE_ID)).status).toBe(403);
  expect((await ask(TOKENS.storeAway)).status).toBe(503);
  expect(fake.unknownCallers).toEqual([]);
});

test.each([
  ['a bad token in the first frame', 'hello', { token: TOKENS.broken, client: 'test' }, 'token_invalid'],
  [
    'an expired token in the first frame',
    'hello',
    { token: TOKENS.expired, client: 'test' },
    'token_expired',
  ],
  ['a command before any token', 'duty.set', { id: NODE_ID, available: true }, 'not_authenticated'],
])('a socket is on record with %s', async (_what, kind, body, code) => {
  const { fake, connect } = await begin();
  const socket = await connect();
  socket.say(kind, body);
  await socket.heard('error');
  expect(fake.unknownCallers).toEqual([atSocket(code)]);
});

test('a socket that never says who it is, and one that renews with the token of somebody else, are on record', async () => {
  const { limits } = GATEWAY_DEFAULTS;
  const { fake, connect, signIn } = await begin({ limits: { ...limits, firstFrameMs: 50 } });
  await connect();
  await until(() => fake.unknownCallers.length === 1, { timeoutMs: 5_000, what: 'the silent one on record' });
  const socket = await signIn(NODE_ID);
  socket.say('renew', { token: '00000000-0000-4000-8000-000000000002' });
  await socket.heard('error');
  expect(fake.unknownCallers).toEqual([atSocket('not_authenticated'), atSocket('forbidden')]);
});
