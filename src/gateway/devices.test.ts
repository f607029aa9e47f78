import { afterEach, describe, expect, test } from 'vitest';
import { DEVICE_MAY } from '../protocol/device-may.ts';
import type { UpKind } from '../protocol/up.ts';
import { DEVICE } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';

const ID = '00000000-0000-4000-8000-0000000000c1';
const OTHER = '00000000-0000-4000-8000-000000000002';
const command = { id: ID, sosId: ID };
const BODIES: Partial<Record<UpKind, unknown>> = {
  'sos.create': { id: ID, emergencyType: 'MEDICAL', priority: 'CRITICAL', point: { lat: 1, lng: 2 } },
  'sos.cancel': { ...command, reason: 'x' },
  'sos.start': command,
  'sos.resolve': command,
  'sos.withdraw': command,
  'sos.escalate': command,
  'offer.accept': { ...command, offerId: ID },
  'offer.decline': { ...command, offerId: ID },
  'chat.send': { ...command, text: 'x' },
  'duty.set': { id: ID, available: true },
};

let on: Stage;
afterEach(() => on.close());
const begin = async () => {
  on = await stage();
  return on;
};
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const [, , secret = ''] = DEVICE.credential.split(':');

describe('a socket opened by the credential of a device', () => {
  test.each(Object.entries(BODIES))('may send %s or not, as the table says', async (kind, body) => {
    const { signIn, fake } = await begin();
    const socket = await signIn(DEVICE.credential);
    socket.say(kind, body);
    if (DEVICE_MAY[kind as UpKind]) {
      await socket.heard('done');
      expect(fake.commands).toHaveLength(1);
    } else {
      expect(await socket.heard('error')).toMatchObject({ code: 'forbidden', id: ID });
      expect(fake.commands).toEqual([]);
    }
  });

  test('may send what a device measures, alarms too', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    const device = { id: DEVICE.id, epoch: ID };
    socket.say('hello', { token: DEVICE.credential, client: 'watch', device });
    await socket.heard('welcome');
    const numbers = { epoch: ID, seq: 1, sentAtMs: 1 };
    socket.say('pos', { ...numbers, fixes: [[1, 2, 3]] });
    socket.say('vit', { ...numbers, samples: [[1, { spo2Pct: 90 }]] });
    socket.say('alarm', { ...numbers, alarms: [[1, 'fall', 2, 3]] });
    await until(() => socket.all('ack').length === 3, { timeoutMs: 2_000, what: 'three answers' });
    // Alarms go before what is measured all the time.
    expect(fake.batches.map(({ frame: [kind] }) => kind).sort()).toEqual(['alarm', 'pos', 'vit']);
  });

  test('has no grants, and no feed', async () => {
    const { signIn, feed } = await begin();
    const socket = await signIn(DEVICE.credential);
    expect(socket.all('welcome')[0]).toMatchObject({ userId: DEVICE.userId, grants: [] });
    socket.say('watch', { feed: 'dispatch' });
    expect((await socket.heard('error')).code).toBe('forbidden');
    expect(feed.watchers).toBe(0);
  });

  test('gains by an access token of the same person, and still ends with its device', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(DEVICE.credential);
    socket.say('renew', { token: `${OTHER}+dispatcher` });
    expect((await socket.heard('error')).code).toBe('forbidden');
    socket.say('renew', { token: `${DEVICE.userId}+dispatcher` });
    expect((await socket.heard('renewed')).grants).toEqual(['dispatcher']);
    socket.say('watch', { feed: 'dispatch' });
    await socket.heard('feed');
    fake.standing.tell({ kind: 'revoked', userId: DEVICE.userId, deviceId: DEVICE.id });
    expect(await socket.closedWith()).toBe(4003);
  });

  test('keeps a socket open whose access token runs out, with what a device may', async () => {
    const { signIn, feed } = await begin();
    const socket = await signIn(`${DEVICE.userId}+dispatcher`);
    socket.say('watch', { feed: 'dispatch' });
    await socket.heard('feed');
    socket.say('renew', { token: DEVICE.credential });
    expect((await socket.heard('renewed')).grants).toEqual([]);
    await until(() => feed.watchers === 0, { timeoutMs: 2_000, what: 'the end of the feed' });
    socket.say('sos.create', BODIES['sos.create']);
    await socket.heard('done');
  });

  test('gains nothing by a grant that its person is given', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(DEVICE.credential);
    fake.standing.tell({
      kind: 'standing',
      userId: DEVICE.userId,
      grants: ['dispatcher'],
      suspended: false,
    });
    socket.say('watch', { feed: 'dispatch' });
    expect((await socket.heard('error')).code).toBe('forbidden');
  });

  test('is noted when it is heard, with the battery of its newest fix', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(DEVICE.credential);
    await socket.isAnswered();
    const fixes = [
      [1, 52, 13, 5, null, null, null, 90],
      [2, 52, 13, 5, null, null, null, 89],
    ];
    socket.say('pos', { epoch: ID, seq: 1, sentAtMs: 3, fixes });
    await until(() => fake.deviceContacts.length === 2, { timeoutMs: 2_000, what: 'both contacts' });
    const { id: deviceId, userId } = DEVICE;
    expect(fake.deviceContacts).toEqual([
      { userId, deviceId, batteryPct: undefined },
      { userId, deviceId, batteryPct: 89 },
    ]);
  });
});

describe('over HTTP', () => {
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${on.origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test('a code is given to whoever is signed in and pairs a device of anybody who has it', async () => {
    await begin();
    expect((await send('POST', '/v1/devices/codes')).status).toBe(401);
    const bearer = { authorization: `Bearer ${DEVICE.userId}` };
    const given = await send('POST', '/v1/devices/codes', undefined, bearer);
    expect([given.status, await given.json()]).toEqual([201, { code: 'ABCD2345', expiresAtMs: 1 }]);
    const device = { name: 'Watch', kind: 'watch', canSound: false };
    const paired = await send('POST', '/v1/devices', { ...device, code: 'ABCD2345' });
    expect([paired.status, (await paired.json()).credential]).toEqual([201, DEVICE.credential]);
    expect((await send('POST', '/v1/devices', { ...device, code: 'WRONG' })).status).toBe(404);
    expect((await send('POST', '/v1/devices', { ...device, code: 'X', kind: 'bomb' })).status).toBe(400);
  });

  test('devices are listed and revoked by their person, never by their own credential', async () => {
    await begin();
    const byDevice = { authorization: `Bearer ${DEVICE.credential}` };
    const byPerson = { authorization: `Bearer ${DEVICE.userId}` };
    expect((await send('GET', '/v1/devices', undefined, byDevice)).status).toBe(401);
    expect(await (await send('GET', '/v1/devices', undefined, byPerson)).json()).toEqual({ devices: [] });
    expect((await send('DELETE', `/v1/devices/${DEVICE.id}`, undefined, byPerson)).status).toBe(204);
    expect((await send('DELETE', '/v1/devices/x', undefined, byPerson)).status).toBe(404);
  });

  test('a revocation is on record, about whom it was', async () => {
    const { fake } = await begin();
    const headers = { authorization: `Bearer ${OTHER}+admin` };
    expect((await send('DELETE', `/v1/devices/${DEVICE.id}`, undefined, headers)).status).toBe(204);
    expect(fake.audited).toMatchObject([
      {
        actorId: OTHER,
        action: 'revoke',
        resourceKind: 'devices',
        resourceId: DEVICE.id,
        subjectUserId: DEVICE.userId,
        outcome: 'allowed',
      },
    ]);
  });

  test('a device proves itself by its id and secret as user and password', async () => {
    const { fake } = await begin();
    const put = (headers: Record<string, string>) =>
      send('PUT', '/v1/devices/self/capabilities', { wouldNotRing: 'muted' }, headers);
    expect((await put(basic(DEVICE.id, secret))).status).toBe(204);
    expect(fake.deviceContacts).toHaveLength(1);
    for (const headers of [
      {},
      basic(DEVICE.id, 'wrong'),
      basic('', ''),
      { authorization: 'Basic !!!!' },
      { authorization: `Basic ${Buffer.from([0xff, 0x3a]).toString('base64')}` },
      { authorization: `Bearer ${DEVICE.userId}` },
    ]) {
      const refused = await put(headers as Record<string, string>);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('Basic realm=');
    }
  });
});
