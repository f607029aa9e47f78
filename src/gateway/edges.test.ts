import { afterEach, describe, expect, test } from 'vitest';
import { inNetworks } from '../lib/networks.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import type { GatewayConfig } from './config.ts';

const PAGE = 'https://map.example.org';

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

describe('a page of a listed origin', () => {
  const preflight = (origin: string) =>
    fetch(`${on.origin}/v1/volunteers`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });

  test('may ask and read, without credentials of the browser', async () => {
    await begin({ allowedOrigins: [PAGE] });
    const allowed = await preflight(PAGE);
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key, if-match, if-none-exist',
      vary: 'origin',
    });
    expect(allowed.headers.has('access-control-allow-credentials')).toBe(false);
    const answer = await fetch(`${on.origin}/v1/volunteers`, { headers: { origin: PAGE } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('vary')).toBe('origin');
  });

  test.each([
    'https://map.example.org:8443',
    'http://map.example.org',
    'https://map.example.org.evil.example',
    'null',
  ])('is not one of %s', async (origin) => {
    await begin({ allowedOrigins: [PAGE] });
    const refused = await preflight(origin);
    expect(refused.status).toBe(404);
    expect(refused.headers.has('access-control-allow-origin')).toBe(false);
    const answer = await fetch(`${on.origin}/v1/volunteers`, { headers: { origin } });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('an answer', () => {
  test('asks browsers to insist on TLS only when it came over TLS', async () => {
    await begin({ trustedProxies: inNetworks(['127.0.0.1']) });
    const hsts = async (headers: Record<string, string>) =>
      (await fetch(`${on.origin}/healthz`, { headers })).headers.get('strict-transport-security');
    expect(await hsts({})).toBeNull();
    expect(await hsts({ 'x-forwarded-proto': 'http' })).toBeNull();
    expect(await hsts({ 'x-forwarded-proto': 'https' })).toBe('max-age=31536000');
  });

  test('believes nobody but a proxy of ours that it came over TLS', async () => {
    await begin();
    const answer = await fetch(`${on.origin}/healthz`, { headers: { 'x-forwarded-proto': 'https' } });
    expect(answer.headers.has('strict-transport-security')).toBe(false);
  });

  test('does not say by what program it was given', async () => {
    await begin();
    const { headers } = await fetch(`${on.origin}/healthz`);
    expect([...headers.keys()].filter((name) => /uwebsockets|server|powered/i.test(name))).toEqual([]);
  });
});
