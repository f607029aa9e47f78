import { afterEach, describe, expect, test } from 'vitest';
import { inNetworks } from '../lib/networks.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import type { GatewayConfig } from './config.ts';
import { PERSON_RATES } from './door-limits.ts';
import { everyClass } from './limits.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const ID = '00000000-0000-4000-8000-0000000000c1';
const few = { burst: 2, perSecond: 0.01 };
const many = { burst: 1_000, perSecond: 1_000 };
const SOS = { id: ID, emergencyType: 'MEDICAL', priority: 'CRITICAL', point: { lat: 1, lng: 2 } };

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage({ trustedProxies: inNetworks(['127.0.0.1']), ...config });
  return on;
};
const from = (address: string, path: string, init: RequestInit = {}) =>
  fetch(`${on.origin}${path}`, { ...init, headers: { ...init.headers, 'x-forwarded-for': address } });

describe('an address', () => {
  test('that asks too much over HTTP has to wait, and no other', async () => {
    const { exceeded } = await begin({ addressRates: { credentials: many, request: few, urgent: many } });
    const ask = (address: string) => from(address, '/v1/volunteers');
    expect((await ask('192.0.2.1')).status).toBe(401);
    expect((await ask('192.0.2.1')).status).toBe(401);
    const refused = await ask('192.0.2.1');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
    await ask('192.0.2.1');
    expect((await ask('192.0.2.2')).status).toBe(401);
    expect(exceeded).toEqual([{ userId: null, address: '192.0.2.1', what: 'get /v1/volunteers' }]);
  });

  test('of IPv6 is the network that one subscriber has, or each request would come from another', async () => {
    const { connect } = await begin({
      addressRates: { credentials: few, request: few, urgent: many },
      strangersPerAddress: 1,
    });
    const status = async (address: string) => (await from(address, '/v1/volunteers')).status;
    expect([await status('2001:db8:1:2::1'), await status('2001:db8:1:2::2')]).toEqual([401, 401]);
    expect(await status('2001:db8:1:2:ffff::3')).toBe(429);
    expect(await status('2001:db8:1:3::1')).toBe(401);
    const open = (address: string) => connect({ headers: { 'x-forwarded-for': address } });
    await open('2001:db8:1:2::1');
    await expect(open('2001:db8:1:2::2')).rejects.toThrow('503');
  });

  test('that tries many passwords or codes has to wait sooner', async () => {
    await begin({ addressRates: { credentials: few, request: many, urgent: many } });
    const tryIt = async (path: string) =>
      (
        await from('192.0.2.1', path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        })
      ).status;
    expect([await tryIt('/v1/sessions'), await tryIt('/v1/devices')]).toEqual([400, 400]);
    expect([await tryIt('/v1/sessions'), await tryIt('/v1/setup')]).toEqual([429, 429]);
    expect((await from('192.0.2.1', '/v1/volunteers')).status).toBe(401);
  });

  test('of this machine itself is not limited', async () => {
    await begin({
      addressRates: { credentials: few, request: few, urgent: many },
      trustedProxies: () => false,
    });
    for (let i = 0; i < 5; i++) expect((await fetch(`${on.origin}/v1/volunteers`)).status).toBe(401);
  });
});

describe('a person', () => {
  test('has one share over all their sockets, and is told how long to wait', async () => {
    const { signIn, exceeded } = await begin({ personRates: { ...PERSON_RATES, stream: few } });
    const [phone, page, other] = [await signIn(USER), await signIn(USER), await signIn(OTHER)];
    const sub = { stream: `inbox:${USER}`, afterSeq: 0 };
    for (const socket of [phone, page]) {
      socket.say('sub', sub);
      await socket.heard('subscribed');
    }
    phone.say('sub', sub);
    const refused = await phone.heard('error');
    expect(refused).toMatchObject({ code: 'rate_limited', detail: 'stream' });
    expect(refused.retryAfterMs).toBeGreaterThan(10_000);
    other.say('sub', sub);
    await other.heard('subscribed');
    expect(exceeded).toEqual([{ userId: USER, address: null, what: 'stream' }]);
  });

  test('who has used up every share can still call for help', async () => {
    const { signIn, fake } = await begin({
      personRates: { ...everyClass(few), request: few },
    });
    const socket = await signIn(USER);
    for (let i = 0; i < 20; i++) {
      socket.say('chat.send', { id: ID, sosId: ID, text: 'x' });
      socket.say('hb', { sentAtMs: i });
      socket.say('sub', { stream: `inbox:${USER}`, afterSeq: 0 });
    }
    await socket.heard('error', ({ code }) => code === 'rate_limited');
    socket.say('sos.create', { ...SOS, id: OTHER });
    await socket.heard('done', ({ id }) => id === OTHER);
    expect(fake.commands.map(({ command: [kind] }) => kind)).toContain('sos.create');
  });

  test('has a share over HTTP too', async () => {
    await begin({ personRates: { ...PERSON_RATES, request: few } });
    const ask = async (userId: string) =>
      (await from('192.0.2.1', '/v1/devices', { headers: { authorization: `Bearer ${userId}` } })).status;
    expect([await ask(USER), await ask(USER), await ask(USER), await ask(OTHER)]).toEqual([
      200, 200, 429, 200,
    ]);
  });
});
