import { afterEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../protocol/limits.ts';
import { NODE_ID, storeUnavailable, TOKENS } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';
import { everyClass } from './limits.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const COMMAND = '00000000-0000-4000-8000-0000000000c1';
const EPOCH = '00000000-0000-4000-8000-0000000000e1';
const device = { id: OTHER, epoch: EPOCH };
const sos = (id = COMMAND) => ({
  id,
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point: { lat: 52.5, lng: 13.4 },
});

const plenty = { burst: 100_000, perSecond: 100_000 };
const BOUNDLESS = everyClass(plenty);

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

describe('a device', () => {
  test('is asked what its clock shows, and its answer is measured and handed on', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device });
    const { sentAtMs } = await socket.heard('hb');
    socket.say('hb', { sentAtMs: 5_000, echoMs: sentAtMs });
    socket.say('hb', { sentAtMs: 6_000, echoMs: sentAtMs });
    socket.say('hb', { sentAtMs: 7_000, echoMs: 1 });
    expect(await socket.isAnswered()).toBe(true);
    expect(fake.clocks).toEqual([
      {
        device: { userId: USER, deviceId: device.id },
        deviceAtMs: 5_000,
        askedAtMs: sentAtMs,
        roundTripMs: expect.any(Number),
      },
    ]);
    expect(fake.clocks[0]?.roundTripMs).toBeGreaterThanOrEqual(0);
  });
});

describe('hello', () => {
  test.each(['msgpack', 'json'] as const)('over %s is answered with welcome', async (encoding) => {
    const { connect, fake } = await begin();
    const socket = await connect({ encoding });
    socket.say('hello', { token: `${USER}+volunteer`, client: 'test', device });
    const welcome = await socket.heard('welcome');
    expect(welcome).toMatchObject({
      userId: USER,
      grants: ['volunteer'],
      nodeId: NODE_ID,
      limits: LIMITS,
      telemetryAckedSeq: 7,
      ackedSeqs: { vitals: 3, alarm: 1 },
    });
    expect(await socket.isAnswered()).toBe(true);
    expect([socket.misfits, fake.presence]).toEqual([[], [`+${USER}`]]);
  });

  test('that does not come in time is the end', async () => {
    const { connect } = await begin({ limits: { ...LIMITS, firstFrameMs: 50 } });
    const socket = await connect();
    expect(await socket.closedWith()).toBe(4009);
    expect(socket.all('error')[0]?.code).toBe('not_authenticated');
    expect(socket.all('bye')).toEqual([{ closeCode: 4009, retryAfterMs: expect.any(Number) }]);
  });

  test.each([
    [TOKENS.broken, 'token_invalid', 4003, null],
    [TOKENS.expired, 'token_expired', 4001, 0],
  ])('with a token that is %s is refused', async (token, code, closeCode, retryAfterMs) => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('hello', { token, client: 'test' });
    expect(await socket.closedWith()).toBe(closeCode);
    expect(socket.all('error')[0]?.code).toBe(code);
    expect(socket.all('bye')).toEqual([{ closeCode, retryAfterMs }]);
    expect(fake.presence).toEqual([]);
  });

  test('while the store is away asks to come back', async () => {
    const { connect } = await begin();
    const socket = await connect();
    socket.say('hello', { token: TOKENS.storeAway, client: 'test' });
    expect(await socket.closedWith()).toBe(1013);
    expect(socket.all('error')[0]).toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(JSON.stringify(socket.frames)).not.toContain('row values');
  });

  test('succeeds when only the telemetry cursor can not be read', async () => {
    const { connect, fake } = await begin();
    fake.ackedSeqs = async () => Promise.reject(storeUnavailable());
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device });
    expect((await socket.heard('welcome')).telemetryAckedSeq).toBeNull();
  });

  test('must come first', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('sos.create', sos());
    expect(await socket.closedWith()).toBe(1008);
    expect(socket.all('error')[0]).toMatchObject({ code: 'not_authenticated', id: COMMAND });
    expect(fake.commands).toEqual([]);
  });

  test('comes only once', async () => {
    const { signIn } = await begin();
    const socket = await signIn(USER);
    socket.say('hello', { token: OTHER, client: 'test' });
    expect((await socket.heard('error')).code).toBe('already_authenticated');
    expect(await socket.isAnswered()).toBe(true);
  });

  test('larger than a stranger may send is refused', async () => {
    const { connect } = await begin();
    const socket = await connect({ encoding: 'json' });
    socket.sayRaw(`["hello",{"token":"${'x'.repeat(LIMITS.firstFrameBytes)}","client":""}]`);
    expect(await socket.closedWith()).toBe(1009);
    expect(socket.all('error')[0]?.code).toBe('too_large');
  });
});

describe('a session', () => {
  test('ends when its token does', async () => {
    const { connect, fake } = await begin();
    fake.tokenLivesMs = 150;
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test' });
    expect(await socket.closedWith()).toBe(4001);
    expect(socket.all('welcome')).toHaveLength(1);
    expect(socket.all('bye')).toEqual([{ closeCode: 4001, retryAfterMs: 0 }]);
    await until(() => fake.presence.length === 2, { timeoutMs: 2_000, what: 'the departure' });
    expect(fake.presence).toEqual([`+${USER}`, `-${USER}`]);
  });

  test('ends after silence, but not while heartbeats come', async () => {
    const { signIn } = await begin({ limits: { ...LIMITS, silenceMs: 300 }, rates: BOUNDLESS });
    const [silent, alive] = [await signIn(USER), await signIn(OTHER)];
    while (!silent.closed) await alive.isAnswered();
    expect(silent.closed.code).toBe(4009);
    expect(alive.closed).toBeNull();
  });

  test('hears from us when nothing else is said', async () => {
    const { signIn } = await begin({ limits: { ...LIMITS, heartbeatMs: 50 } });
    const socket = await signIn(USER);
    const { echoMs } = await socket.heard('hb');
    expect(echoMs).toBeUndefined();
  });

  test('that we can not serve ends alone', async () => {
    const { connect, signIn, fake } = await begin();
    const { connected } = fake.services.presence;
    fake.services.presence.connected = () => {
      throw new Error('row values');
    };
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test' });
    expect(await socket.closedWith()).toBe(1013);
    expect(socket.all('error')[0]?.code).toBe('internal');
    fake.services.presence.connected = connected;
    expect(await (await signIn(OTHER)).isAnswered()).toBe(true);
  });

  test('that hangs up is gone from presence', async () => {
    const { signIn, fake } = await begin();
    (await signIn(USER)).hangUp();
    await until(() => fake.presence.length === 2, { timeoutMs: 2_000, what: 'the departure' });
    expect(fake.presence).toEqual([`+${USER}`, `-${USER}`]);
  });
});
