import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MusterClient } from '../client/node.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, SQUARE } from './city.ts';
import { until } from './until.ts';

const atOnce = { timeoutMs: 1_000 };
const soon = { timeoutMs: 10_000 };
const raise = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: SQUARE } as const;

let node: OwnEngine;
let city: City;
const clients: MusterClient[] = [];

beforeAll(async () => {
  node = await OwnEngine.start({ databaseUrl: null, env: process.env, onDeath: () => {} });
  city = new City(node.url);
  await city.firstAdmin(node.setupToken ?? '');
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await city?.close();
  await node?.remove();
});

const somebody = async () => {
  const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
  const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
  return { userId, credentials };
};

const connect = (token: () => Promise<string>): MusterClient => {
  const client = new MusterClient({ url: node.url, token });
  clients.push(client);
  client.connect();
  return client;
};

const send = async (method: string, path: string, token: string | null, body?: unknown) => {
  const response = await fetch(`${node.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
};

test('the dispatcher grant counts on an open socket within a second, given and taken', async () => {
  const { userId, credentials } = await somebody();
  const admin = await city.adminToken();
  await city.http.setGrant(admin, userId, 'dispatcher', true);
  const { accessToken } = await city.http.signIn(credentials);
  const client = connect(async () => accessToken);
  const raised = await city.patient();
  const { sosId = '' } = await raised.client.command('sos.create', raise);
  let feeds = 0;
  let known = false;
  const ended: string[] = [];
  client.watchDispatch({
    onFeed: () => {
      feeds += 1;
    },
    onEvent: () => {},
    onState: () => {},
  });
  client.subscribe(`sos:${sosId}`, {
    onEvent: () => {},
    onSnapshot: () => {
      known = true;
    },
    onEnd: (reason) => ended.push(reason),
  });
  await until(() => feeds > 0 && known, { ...soon, what: 'the feed and the SOS' });
  await city.http.setGrant(admin, userId, 'dispatcher', false);
  await until(() => ended.length > 0, { ...atOnce, what: 'the end of what the grant opened' });
  expect(ended).toEqual(['not_entitled']);
  expect(client.status.state).toBe('open');
});

test('a paired device calls for help when nothing else is left, and hears nothing more once revoked', async () => {
  const { userId, credentials } = await somebody();
  const { accessToken } = await city.http.signIn(credentials);
  const { body: given } = await send('POST', '/v1/devices/codes', accessToken);
  const { status, body: paired } = await send('POST', '/v1/devices', null, {
    code: given.code,
    name: 'Phone',
    kind: 'phone',
    canPush: true,
  });
  expect([status, paired.userId]).toEqual([201, userId]);
  const phone = connect(async () => paired.credential);
  expect((await phone.ready()).grants).toEqual([]);
  const { sosId = '' } = await phone.command('sos.create', raise);
  expect(sosId).not.toBe('');
  await expect(phone.command('duty.set', { available: true })).rejects.toMatchObject({ code: 'forbidden' });
  const listed = await send('GET', '/v1/devices', accessToken);
  expect(listed.body.devices).toMatchObject([{ id: paired.deviceId, name: 'Phone', canPush: true }]);
  expect((await send('DELETE', `/v1/devices/${paired.deviceId}`, accessToken)).status).toBe(204);
  await until(() => phone.status.state === 'closed', { ...atOnce, what: 'the end of its socket' });
  expect(phone.status).toEqual({ state: 'closed', reason: 'token_invalid' });
});
