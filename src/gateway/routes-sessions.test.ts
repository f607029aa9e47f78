import { afterEach, expect, test } from 'vitest';
import { TOKENS } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import type { Caller } from './services.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

let on: Stage | null = null;
afterEach(() => on?.close());
const begin = async () => {
  on = await stage({});
  const { origin, fake } = on;
  const ask = (method: string, path: string, body?: unknown, token?: string) =>
    fetch(origin + path, {
      method,
      headers: {
        'user-agent': 'test phone',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { ask, fake };
};

test('a session is refreshed by a token in the body, and by nothing else', async () => {
  const { ask } = await begin();
  const good = await ask('POST', '/v1/sessions/refresh', { refreshToken: 'good' });
  expect([good.status, await good.json()]).toMatchObject([200, { accessToken: 't', refreshToken: 'r' }]);
  expect(good.headers.get('cache-control')).toBe('no-store');
  expect(good.headers.get('set-cookie')).toBeNull();
  expect((await ask('POST', '/v1/sessions/refresh', { refreshToken: 'bad' })).status).toBe(401);
  for (const body of [{}, { refreshToken: '' }, { refreshToken: 'x'.repeat(257) }, { refreshToken: 7 }]) {
    expect((await ask('POST', '/v1/sessions/refresh', body)).status).toBe(400);
  }
  expect((await ask('POST', '/v1/sessions/refresh?refreshToken=good', {})).status).toBe(400);
});

test('accounts hear where somebody signs in from', async () => {
  const { ask, fake } = await begin();
  let heard: Caller | undefined;
  const { signIn } = fake.services.accounts;
  fake.services.accounts.signIn = (input, from) => {
    heard = from;
    return signIn(input, from);
  };
  await ask('POST', '/v1/sessions', { email: 'a@example.org', password: 'right' });
  expect(heard).toEqual({ address: '127.0.0.1', program: 'test phone' });
});

test.each<[string, string, string | undefined, number]>([
  ['GET', '/v1/sessions', USER, 200],
  ['GET', '/v1/sessions', undefined, 401],
  ['GET', '/v1/sessions', TOKENS.expired, 401],
  ['DELETE', `/v1/sessions/${USER}`, USER, 204],
  ['DELETE', `/v1/sessions/${OTHER}`, USER, 404],
  ['DELETE', '/v1/sessions/nothing', USER, 404],
  ['DELETE', '/v1/sessions/current', USER, 404],
  ['DELETE', `/v1/sessions/${USER}`, undefined, 401],
  ['DELETE', '/v1/sessions', USER, 204],
  ['DELETE', '/v1/sessions', undefined, 401],
  ['GET', '/v1/suspicious-activities?limit=5&type=REFRESH_TOKEN_REUSED', `${USER}+admin`, 200],
  ['GET', '/v1/suspicious-activities', `${USER}+dispatcher`, 403],
  ['GET', '/v1/suspicious-activities', undefined, 401],
  ['GET', '/v1/suspicious-activities?limit=201', `${USER}+admin`, 400],
  ['GET', '/v1/suspicious-activities?type=NONE', `${USER}+admin`, 400],
])('%s %s of %s answers %i', async (method, path, token, status) => {
  const { ask } = await begin();
  expect((await ask(method, path, undefined, token)).status).toBe(status);
});

test('a second factor is enrolled and confirmed with the password', async () => {
  const { ask } = await begin();
  const credentials = { email: 'a@example.org', password: 'right' };
  const enrolled = await ask('POST', '/v1/second-factor', credentials);
  expect([enrolled.status, await enrolled.json()]).toEqual([200, { uri: 'otpauth://totp/x' }]);
  const confirm = (body: object) => ask('POST', '/v1/second-factor/confirmation', body);
  expect((await confirm({ ...credentials, code: '123456' })).status).toBe(200);
  expect((await confirm({ ...credentials, code: '654321' })).status).toBe(401);
  expect((await confirm(credentials)).status).toBe(400);
  expect((await ask('POST', '/v1/second-factor', { ...credentials, password: 'wrong' })).status).toBe(401);
});

test('who has to wait is told for how long', async () => {
  const { ask, fake } = await begin();
  fake.services.accounts.signIn = async () => ({ ok: false, code: 'rate_limited', retryAfterMs: 7_500 });
  const answer = await ask('POST', '/v1/sessions', { email: 'a@example.org', password: 'right' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '8']);
  expect(await answer.json()).toMatchObject({ code: 'rate_limited', retryAfterMs: 7_500 });
});

test('the keys that check our tokens may be kept for a while by those who ask', async () => {
  const { ask } = await begin();
  const answer = await ask('GET', '/.well-known/jwks.json');
  expect([answer.status, await answer.json()]).toEqual([200, { keys: [] }]);
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
});
