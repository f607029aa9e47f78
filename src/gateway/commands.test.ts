import { afterEach, describe, expect, test } from 'vitest';
import { inNetworks } from '../lib/networks.ts';
import { ok, refused } from '../lib/result.ts';
import { storeUnavailable } from '../testing/gateway/fake-services.ts';
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
const idOf = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

describe('a command', () => {
  test('is answered under its id, each time it is sent', async () => {
    const { signIn, fake } = await begin();
    fake.execute = async () => ok({ sosId: OTHER, status: 'PENDING' });
    const socket = await signIn(USER);
    socket.say('sos.create', sos());
    socket.say('sos.create', sos());
    await until(() => socket.all('done').length === 2, { timeoutMs: 2_000, what: 'two answers' });
    expect(socket.all('done')).toEqual(Array(2).fill({ id: COMMAND, sosId: OTHER, status: 'PENDING' }));
    expect(fake.commands.map(({ command }) => command[1].id)).toEqual([COMMAND, COMMAND]);
  });

  test('that raised an SOS is told to accounts after its answer, with the address of the client', async () => {
    const { connect, fake } = await begin({ trustedProxies: inNetworks(['127.0.0.1']) });
    fake.execute = async (_by, [kind]) =>
      kind === 'sos.create' ? ok({ sosId: OTHER, status: 'PENDING' }) : refused('sos_closed');
    const socket = await connect({ headers: { 'x-forwarded-for': '81.2.69.142' } });
    socket.say('hello', { token: USER, client: 'test' });
    await socket.heard('welcome');
    socket.say('sos.escalate', { id: idOf(7), sosId: OTHER });
    socket.say('sos.create', sos());
    await until(() => fake.notedSos.length > 0, { timeoutMs: 2_000, what: 'the note' });
    const { point } = sos();
    expect(fake.notedSos).toEqual([{ userId: USER, sosId: OTHER, address: '81.2.69.142', point }]);
  });

  test('about an alert goes to alerts, and refused says how the alert stands', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(USER);
    socket.say('alert.resolve', { id: COMMAND, alertId: OTHER });
    expect(await socket.heard('error')).toMatchObject({ id: COMMAND, code: 'not_found' });
    expect(fake.alertCommands).toEqual(['alert.resolve']);
    expect(fake.audited).toMatchObject([
      { outcome: 'refused', resourceKind: 'alert', action: 'resolve', resourceId: OTHER },
    ]);
  });

  test('that is refused says why', async () => {
    const { signIn, fake } = await begin();
    fake.execute = async () => refused('offer_filled', 'slot 1');
    const socket = await signIn(USER);
    socket.say('offer.accept', { id: COMMAND, sosId: OTHER, offerId: OTHER });
    expect(await socket.heard('error')).toMatchObject({
      id: COMMAND,
      code: 'offer_filled',
      detail: 'slot 1',
    });
  });

  test('that came too soon says when to send it again', async () => {
    const { signIn, fake } = await begin();
    fake.execute = async () => ({ ...refused('rate_limited'), retryAfterMs: 1_500 });
    const socket = await signIn(USER);
    socket.say('chat.send', { id: COMMAND, sosId: OTHER, text: 'hello' });
    expect(await socket.heard('error')).toMatchObject({
      id: COMMAND,
      code: 'rate_limited',
      retryable: true,
      retryAfterMs: 1_500,
    });
  });

  test.each([
    ['store_unavailable', storeUnavailable()],
    ['internal', new Error('row values')],
  ])('that fails is answered with %s and nothing of our insides', async (code, error) => {
    const { signIn, fake } = await begin();
    fake.execute = () => Promise.reject(error);
    const socket = await signIn(USER);
    socket.say('sos.create', sos());
    expect(await socket.heard('error')).toMatchObject({ id: COMMAND, code, retryable: true });
    expect(JSON.stringify(socket.frames)).not.toContain('row values');
    expect(await socket.isAnswered()).toBe(true);
  });

  test('duty.set goes to accounts', async () => {
    const { signIn } = await begin();
    const socket = await signIn(USER);
    socket.say('duty.set', { id: COMMAND, available: true });
    expect(await socket.heard('done')).toEqual({ id: COMMAND });
    socket.say('duty.set', { id: OTHER, available: false });
    expect(await socket.heard('error')).toMatchObject({ id: OTHER, code: 'forbidden' });
  });

  test('answered after the socket is gone is dropped without harm', async () => {
    const { signIn, fake } = await begin();
    let finish = () => {};
    fake.execute = () =>
      new Promise((resolve) => {
        finish = () => resolve(ok({}));
      });
    const socket = await signIn(USER);
    socket.say('sos.create', sos());
    await until(() => fake.commands.length === 1, { timeoutMs: 2_000, what: 'the command' });
    socket.vanish();
    await until(() => fake.presence.length === 2, { timeoutMs: 2_000, what: 'the departure' });
    finish();
    expect(await (await signIn(OTHER)).isAnswered()).toBe(true);
  });
});

describe('too many frames', () => {
  const rates = { ...everyClass({ burst: 2, perSecond: 1 }), other: { burst: 1_000, perSecond: 1_000 } };

  test('of one class are refused with a time, other classes go on', async () => {
    const { signIn, metrics } = await begin({ rates });
    const socket = await signIn(USER);
    for (let i = 1; i <= 3; i++) socket.say('duty.set', { id: idOf(i), available: true });
    const error = await socket.heard('error');
    expect(error).toMatchObject({ id: idOf(3), code: 'rate_limited', retryable: true });
    expect(error.retryAfterMs).toBeGreaterThan(500);
    expect(socket.all('done')).toHaveLength(2);
    socket.say('sub', { stream: `inbox:${USER}`, afterSeq: 0 });
    await socket.heard('subscribed');
    expect(metrics.counts.get('gateway_refused_total{rate_limited}')).toBe(1);
  });

  test('are never said of an SOS', async () => {
    const { signIn } = await begin({ rates });
    const socket = await signIn(USER);
    for (let i = 0; i < 200; i++) socket.say('sos.create', sos(idOf(i)));
    await until(() => socket.all('done').length === 200, { timeoutMs: 5_000, what: '200 answers' });
    expect(socket.all('error')).toEqual([]);
  });

  test('of telemetry are also put on hold', async () => {
    const { signIn, fake } = await begin({ rates });
    const socket = await signIn(USER);
    fake.batches.length = 0;
    const say = (seq: number) => socket.say('pos', { epoch: EPOCH, seq, sentAtMs: 1, fixes: [[1, 2, 3]] });
    for (let seq = 1; seq <= 3; seq++) say(seq);
    expect((await socket.heard('hold')).lane).toBe('telemetry');
  });

  test('of telemetry leave room for vital signs, and those for alarms', async () => {
    const { connect, metrics } = await begin({ rates });
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device });
    await socket.heard('welcome');
    const numbers = { epoch: EPOCH, seq: 1, sentAtMs: 1 };
    for (let i = 0; i < 5; i++) socket.say('pos', { ...numbers, fixes: [[1, 2, 3]] });
    for (let i = 0; i < 5; i++) socket.say('vit', { ...numbers, samples: [[1, { spo2Pct: 90 }]] });
    socket.say('alarm', { ...numbers, alarms: [[1, 'fall']] });
    await socket.heard('ack', ({ lane }) => lane === 'alarm');
    expect(socket.all('hold').map(({ lane }) => lane)).toEqual(['telemetry', 'vitals']);
    expect(metrics.counts.get('gateway_unheeded{telemetry}')).toBe(2);
  });

  test('waiting for an answer make the next command busy', async () => {
    const { signIn, fake } = await begin({ commandsInFlight: 2 });
    fake.execute = () => new Promise(() => {});
    const socket = await signIn(USER);
    for (let i = 1; i <= 3; i++) socket.say('sos.create', sos(idOf(i)));
    expect(await socket.heard('error')).toMatchObject({ id: idOf(3), code: 'busy' });
  });
});

describe('telemetry', () => {
  test('goes in under the device of the hello and comes back acknowledged', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device });
    await socket.heard('welcome');
    socket.say('pos', {
      epoch: EPOCH,
      seq: 5,
      sentAtMs: 1,
      fixes: [
        [1, 52, 13],
        [2, 52, 13],
      ],
    });
    expect(await socket.heard('ack')).toEqual({ epoch: EPOCH, lane: 'telemetry', seq: 6 });
    expect(fake.batches[0]?.from).toEqual({ userId: USER, deviceId: OTHER });
  });

  test('that says how things are now is handed in and not answered, and its battery is shown', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('hello', { token: USER, client: 'test', device });
    await socket.heard('welcome');
    const newest = {
      sentAtMs: 2,
      fix: [1, 52, 13, null, null, null, null, 41],
      vitals: [1, { spo2Pct: 97 }],
    };
    socket.say('now', newest);
    await until(() => fake.hints.length === 1, { timeoutMs: 2_000, what: 'the hint' });
    expect(fake.hints).toEqual([{ userId: USER, device, newest }]);
    expect(fake.deviceContacts.at(-1)?.batteryPct).toBe(41);
    expect(await socket.isAnswered()).toBe(true);
    expect(socket.all('error')).toEqual([]);
  });

  test('of a socket without a device is refused', async () => {
    const { signIn } = await begin();
    const socket = await signIn(USER);
    socket.say('pos', { epoch: EPOCH, seq: 1, sentAtMs: 1, fixes: [[1, 52, 13]] });
    expect((await socket.heard('error')).code).toBe('bad_request');
  });
});
