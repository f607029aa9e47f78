import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { ok } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const DEVICE = '00000000-0000-4000-8000-0000000000de';
const SOS = 'sos:00000000-0000-4000-8000-0000000000aa';

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

describe('what is decided about somebody reaches their open sockets at once', () => {
  test('a suspension closes them all with its reason, and nobody else’s', async () => {
    const { signIn, fake } = await begin();
    const [phone, tablet, other] = [
      await signIn(USER),
      await signIn(USER, { encoding: 'json' }),
      await signIn(OTHER),
    ];
    fake.standing.tell({ kind: 'standing', userId: USER, grants: [], suspended: true });
    for (const socket of [phone, tablet]) {
      expect(await socket.closedWith()).toBe(4003);
      expect(socket.closed?.reason).toBe('account_suspended');
      expect(socket.all('error').map(({ code }) => code)).toEqual(['account_suspended']);
      expect(socket.all('bye')).toEqual([{ closeCode: 4003, retryAfterMs: null }]);
    }
    expect(await other.isAnswered()).toBe(true);
  });

  test('a sign-out everywhere closes them all', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(USER);
    fake.standing.tell({ kind: 'revoked', userId: USER });
    expect(await socket.closedWith()).toBe(4003);
    expect(socket.closed?.reason).toBe('token_invalid');
  });

  test('a revoked device or sign-in closes only the sockets that came by it', async () => {
    const { signIn, fake } = await begin();
    const verify = fake.services.accounts.verifyToken;
    fake.services.accounts.verifyToken = async (token) => {
      const verified = await verify(USER);
      if (!verified.ok) return verified;
      if (token === 'by device') return ok({ ...verified.value, deviceId: DEVICE });
      return ok({ ...verified.value, sessionId: OTHER });
    };
    const [byDevice, bySession] = [await signIn('by device'), await signIn('by session')];
    fake.standing.tell({ kind: 'revoked', userId: USER, deviceId: DEVICE });
    expect(await byDevice.closedWith()).toBe(4003);
    expect(await bySession.isAnswered()).toBe(true);
    fake.standing.tell({ kind: 'revoked', userId: USER, sessionId: OTHER });
    expect(await bySession.closedWith()).toBe(4003);
  });

  test('a lost dispatcher grant ends the feed and what it opened, and the socket stays', async () => {
    const { signIn, fake, feed } = await begin();
    fake.mayRead = (viewer, stream) => viewer.isDispatcher || stream.startsWith('inbox:');
    const socket = await signIn(`${USER}+dispatcher+volunteer`);
    socket.say('watch', { feed: 'dispatch' });
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    socket.say('sub', { stream: `inbox:${USER}`, afterSeq: 0 });
    await socket.heard('feed');
    await socket.heard('subscribed', ({ stream }) => stream.startsWith('inbox:'));
    fake.standing.tell({ kind: 'standing', userId: USER, grants: ['volunteer'], suspended: false });
    expect(await socket.heard('unsubscribed')).toEqual({ stream: SOS, reason: 'not_entitled' });
    expect((await socket.heard('error')).code).toBe('forbidden');
    expect((await socket.heard('renewed')).grants).toEqual(['volunteer']);
    expect(feed.watchers).toBe(0);
    expect(await socket.isAnswered()).toBe(true);
    expect(socket.all('unsubscribed')).toHaveLength(1);
  });

  test('a new grant counts at once', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(USER);
    socket.say('watch', { feed: 'dispatch' });
    expect((await socket.heard('error')).code).toBe('forbidden');
    fake.standing.tell({ kind: 'standing', userId: USER, grants: ['dispatcher'], suspended: false });
    socket.say('watch', { feed: 'dispatch' });
    expect((await socket.heard('feed')).sos).toEqual([]);
  });

  test('also while their token is being looked at', async () => {
    const { connect, fake } = await begin();
    const verify = fake.services.accounts.verifyToken;
    let looks = 0;
    fake.services.accounts.verifyToken = async (token) => {
      const verified = await verify(token);
      if (++looks > 1) return { ok: false, code: 'token_invalid' };
      fake.standing.tell({ kind: 'standing', userId: USER, grants: [], suspended: true });
      return verified;
    };
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test' });
    expect(await socket.closedWith()).toBe(4003);
    expect(socket.all('welcome')).toEqual([]);
  });

  test('also while the welcome is being written', async () => {
    const { connect, fake } = await begin();
    fake.ackedSeqs = async () => {
      fake.standing.tell({ kind: 'standing', userId: USER, grants: [], suspended: true });
      return { telemetry: 1, vitals: 1, alarm: 1 };
    };
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device: { id: DEVICE, epoch: DEVICE } });
    expect(await socket.closedWith()).toBe(4003);
    expect([socket.all('welcome'), fake.presence]).toEqual([[], []]);
  });
});

describe('renewing', () => {
  test('puts a fresh token in the place of the old one, and streams go on', async () => {
    const { signIn, fake, hub } = await begin();
    fake.tokenLivesMs = 1_500;
    const socket = await signIn(USER);
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    await socket.heard('subscribed');
    const [welcome] = socket.all('welcome');
    fake.tokenLivesMs = 600_000;
    socket.say('renew', { token: `${USER}+volunteer` });
    const renewed = await socket.heard('renewed');
    expect(renewed.grants).toEqual(['volunteer']);
    const oldEndMs = welcome?.tokenExpiresAtMs ?? 0;
    expect(renewed.tokenExpiresAtMs).toBeGreaterThan(oldEndMs);
    await until(() => systemClock.nowMs() > oldEndMs + 100, {
      timeoutMs: 5_000,
      what: 'the end of the old token',
    });
    hub.publish(fake.log.append(SOS, { responderId: USER }));
    await socket.heard('event');
    expect(await socket.isAnswered()).toBe(true);
  });

  test.each([
    [OTHER, 'forbidden'],
    ['broken', 'token_invalid'],
    ['expired', 'token_expired'],
    ['store-away', 'store_unavailable'],
  ])('with the token %s is refused, and the old one counts on', async (token, code) => {
    const { signIn, fake } = await begin();
    const socket = await signIn(USER);
    socket.say('renew', { token });
    expect(await socket.heard('error')).toMatchObject({ code, detail: expect.stringMatching(/^renew: /) });
    socket.say('duty.set', { id: OTHER, available: true });
    await socket.heard('done');
    expect(fake.presence).toEqual([`+${USER}`]);
  });
});
