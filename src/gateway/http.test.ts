import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ERRORS } from '../protocol/errors.ts';
import { NODE_ID, storeUnavailable, TOKENS } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';

const USER = '00000000-0000-4000-8000-000000000001';

let on: Stage | null = null;
afterEach(() => on?.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  const { origin } = on;
  const ask = (method: string, path: string, body?: unknown, token?: string) =>
    fetch(origin + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { ...on, ask };
};

const person = { email: 'a@example.org', password: 'long enough', name: 'A' };
const admin = `${USER}+admin`;

describe('accounts over HTTP', () => {
  test('are registered, with the errors of the table', async () => {
    const { ask } = await begin();
    const created = await ask('POST', '/v1/accounts', { ...person, volunteer: { skills: ['CPR'] } });
    expect([created.status, await created.json()]).toEqual([201, { userId: NODE_ID }]);
    const taken = await ask('POST', '/v1/accounts', { ...person, email: 'taken@example.org' });
    expect([taken.status, await taken.json()]).toMatchObject([409, { code: 'email_taken', id: null }]);
  });

  test('are signed in to, and set up once', async () => {
    const { ask } = await begin();
    const credentials = { email: person.email, password: 'right' };
    expect((await ask('POST', '/v1/sessions', credentials)).status).toBe(200);
    expect((await ask('POST', '/v1/sessions', { ...credentials, password: 'wrong' })).status).toBe(401);
    expect((await ask('POST', '/v1/setup', { ...person, setupToken: 'once' })).status).toBe(201);
    expect((await ask('POST', '/v1/setup', { ...person, setupToken: 'again' })).status).toBe(401);
  });

  test.each([
    ['a field too many', { ...person, admin: true }],
    ['a prototype', `{"email":"a@example.org","password":"x","name":"A","__proto__":{"admin":true},"x":1}`],
    ['no e-mail address', { ...person, email: 'nobody' }],
    ['an unknown skill', { ...person, volunteer: { skills: ['MAGIC'] } }],
    ['a password that is too short', { ...person, password: '7 chars' }],
    ['a password of great length', { ...person, password: 'x'.repeat(129) }],
    ['no object', '[]'],
    ['no JSON', '{"email":'],
    ['nothing', undefined],
  ])('with %s are refused by the field', async (_what, body) => {
    const { ask } = await begin();
    const answer = await ask('POST', '/v1/accounts', body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'bad_request' }]);
  });

  test('are for those who may', async () => {
    const { ask } = await begin();
    const grant = `/v1/users/${USER}/grants/dispatcher`;
    const cases: [string, string, string | undefined, number][] = [
      ['GET', '/v1/volunteers?verified=false&limit=10', admin, 200],
      ['GET', '/v1/volunteers', USER, 403],
      ['GET', '/v1/volunteers', undefined, 401],
      ['GET', '/v1/volunteers', TOKENS.expired, 401],
      ['GET', '/v1/volunteers?limit=100000', admin, 400],
      ['POST', `/v1/volunteers/${USER}/verification`, admin, 204],
      ['POST', `/v1/volunteers/${USER}/verification`, USER, 403],
      ['POST', '/v1/volunteers/nobody/verification', admin, 404],
      ['PUT', grant, admin, 204],
      ['DELETE', grant, admin, 204],
      ['DELETE', grant, USER, 403],
      ['PUT', `/v1/users/${USER}/grants/king`, admin, 404],
      ['GET', '/v1/dispatch/policy', `${USER}+dispatcher`, 200],
      ['GET', '/v1/dispatch/policy', `${USER}+volunteer`, 403],
    ];
    for (const [method, path, token, status] of cases) {
      expect([method, path, token, (await ask(method, path, undefined, token)).status]).toEqual([
        method,
        path,
        token,
        status,
      ]);
    }
    const set = await ask('PUT', '/v1/dispatch/policy', { waves: [] }, admin);
    expect(await set.json()).toEqual({ version: 2 });
  });

  test('that fail inside say nothing of it', async () => {
    const { ask, fake } = await begin();
    const away = await ask('GET', '/v1/volunteers', undefined, TOKENS.storeAway);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    fake.services.accounts.register = () => Promise.reject(storeUnavailable());
    const text = await (await ask('POST', '/v1/accounts', person)).text();
    expect(JSON.parse(text)).toMatchObject({
      code: 'store_unavailable',
      number: ERRORS.store_unavailable.number,
    });
    fake.services.accounts.register = () => {
      throw new TypeError('row values in a stack');
    };
    const broken = await ask('POST', '/v1/accounts', person);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toMatch(/row values|stack|\.ts/);
  });
});

describe('a request', () => {
  test('larger than the limit is refused before it is read', async () => {
    const { ask } = await begin();
    const answer = await ask('POST', '/v1/accounts', 'x'.repeat(65 * 1024)).catch(() => null);
    // Our answer can be overtaken by the end of the connection; what matters is that it is not read on.
    if (answer) expect(answer.status).toBe(413);
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });

  test('of another content type is refused', async () => {
    const { origin } = await begin();
    const answer = await fetch(`${origin}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ email: person.email, password: 'right' }),
    });
    expect(answer.status).toBe(400);
  });

  test('that is given up half-way harms nobody', async () => {
    const { gateway, ask, fake } = await begin();
    let finish = () => {};
    fake.services.accounts.register = () =>
      new Promise((resolve) => {
        finish = () => resolve({ ok: true, value: { userId: USER } });
      });
    const body = JSON.stringify(person);
    const socket = connectTcp(gateway.port, '127.0.0.1');
    socket.write(
      `POST /v1/accounts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const half = connectTcp(gateway.port, '127.0.0.1');
    half.write('POST /v1/accounts HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{');
    expect((await ask('GET', '/healthz')).status).toBe(200);
    socket.destroy();
    half.destroy();
    await until(() => socket.closed && half.closed, { timeoutMs: 2_000, what: 'both to be gone' });
    expect((await ask('GET', '/healthz')).status).toBe(200);
    finish();
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });

  test('for nothing that exists is not found, by any method', async () => {
    const { ask } = await begin();
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      expect((await ask(method, '/v1/nothing')).status).toBe(404);
    }
    expect((await ask('GET', '/v1/socket')).status).toBe(404);
  });
});

test('health, readiness and metrics are told', async () => {
  const { ask, fake, gateway } = await begin({ drainMs: 20 });
  expect(await (await ask('GET', '/healthz')).json()).toMatchObject({ status: 'ok', nodeId: NODE_ID });
  expect((await ask('GET', '/readyz')).status).toBe(200);
  fake.notReady = 'The store does not answer.';
  const notReady = await ask('GET', '/readyz');
  expect([notReady.status, await notReady.json()]).toMatchObject([503, { reason: fake.notReady }]);
  expect(await (await ask('GET', '/metrics')).text()).toBe('up 1\n');
  await gateway.drain();
});

describe('the pages', () => {
  test('come with a strict policy; assets may be kept, pages may not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-pages-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>a</title>');
    await writeFile(join(folder, 'assets', 'main-abc123.js'), 'export {};');
    await writeFile(join(folder, 'assets', 'secret.pem'), 'no');
    await writeFile(join(folder, 'secret.txt'), 'no');
    const { ask } = await begin({ pagesFolder: folder });
    const page = await ask('GET', '/');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const script = await ask('GET', '/assets/main-abc123.js');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    for (const path of [
      '/assets/secret.pem',
      '/secret.txt',
      '/assets/../secret.txt',
      '/assets/%2e%2e/secret.txt',
      '/setup',
    ]) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 404]);
    }
    await rm(folder, { recursive: true });
  });

  test('and every other answer carry the security headers', async () => {
    const { ask } = await begin();
    for (const path of ['/healthz', '/v1/volunteers', '/nothing']) {
      const { headers } = await ask('GET', path);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});
