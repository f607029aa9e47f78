import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MusterClient } from '../client/node.ts';
import { must } from '../lib/assert.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, SQUARE } from './city.ts';
import { embeddedDataDir } from './node-database.ts';
import { until } from './until.ts';

const atOnce = { timeoutMs: 1_000 };
const soon = { timeoutMs: 30_000 };
const raise = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: SQUARE } as const;

let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
let node: OwnEngine;
let city: City;
const clients: MusterClient[] = [];

beforeAll(async () => {
  embedded = await embeddedDataDir();
  const { dataDir } = embedded;
  node = await OwnEngine.start({ databaseUrl: null, dataDir, env: process.env, onDeath: () => {} });
  city = new City(node.url);
  await city.firstAdmin(node.setupToken ?? '');
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await city?.close();
  await node?.remove();
  await embedded?.remove();
});

const somebody = async () => {
  const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
  const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
  return { userId: must(userId, 'an account at once'), credentials };
};

const connect = (token: () => Promise<string>): MusterClient => {
  const client = new MusterClient({ url: node.url, token });
  clients.push(client);
  client.connect();
  return client;
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
  const { code } = await city.http.pairingCode(accessToken);
  const paired = await city.http.pairDevice({ code, name: 'Phone', kind: 'phone', canPush: true });
  expect(paired.userId).toBe(userId);
  const phone = connect(async () => paired.credential);
  expect((await phone.ready()).grants).toEqual([]);
  const { sosId = '' } = await phone.command('sos.create', raise);
  expect(sosId).not.toBe('');
  await expect(phone.command('duty.set', { available: true })).rejects.toMatchObject({ code: 'forbidden' });
  const listed = await city.http.devices(accessToken);
  expect(listed).toMatchObject([{ id: paired.deviceId, name: 'Phone', canPush: true }]);
  await city.http.revokeDevice(accessToken, paired.deviceId);
  await until(() => phone.status.state === 'closed', { ...atOnce, what: 'the end of its socket' });
  expect(phone.status).toEqual({ state: 'closed', reason: 'token_invalid' });
});
