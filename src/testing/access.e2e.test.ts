import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, signedInToken } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, SQUARE } from './city.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };

interface Disclosure {
  readonly id: string;
  readonly viewerId: string;
  readonly purpose: string;
  readonly what: string;
}

describe('a node on the record', () => {
  let database: TestDatabase;
  let node: OwnEngine;
  let city: City;

  beforeAll(async () => {
    database = await openNodeDatabase();
    const { connection } = database;
    const databaseUrl = 'connectionString' in connection ? connection.connectionString : null;
    node = await OwnEngine.start({ databaseUrl, env: process.env, onDeath: () => {} });
    city = new City(node.url);
    await city.firstAdmin(node.setupToken ?? '');
  });
  afterAll(async () => {
    await city?.close();
    await node?.remove();
    await database?.stop();
  });

  const get = async (path: string, token: string) => {
    const response = await fetch(`${node.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  };

  const account = async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
    return { userId, token: signedInToken(city.http, credentials, systemClock) };
  };

  test('who is helped sees who was shown where they are, and so does who helps', async () => {
    const near = await city.volunteer(200);
    const dispatcher = await city.dispatcher();
    const requester = await account();
    const client = new MusterClient({ url: node.url, token: requester.token, device: { id: randomUUID() } });
    client.connect();
    await client.ready();
    const { sosId = '' } = await client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'CRITICAL',
      point: SQUARE,
    });
    await near.client.command('offer.accept', await offerIn(near, sosId));
    const exact = near.follow(`sos:${sosId}`);
    await until(() => exact.snapshots.length > 0, { ...soon, what: 'the exact place' });
    let watched = false;
    dispatcher.client.watchDispatch({
      onFeed: () => {
        watched = true;
      },
      onEvent: () => {},
      onState: () => {},
    });
    await until(() => watched, { ...soon, what: 'the feed' });

    const seen = await until(
      async () => {
        const { body } = await get('/v1/me/disclosures', await requester.token());
        const found = (body as { disclosures: Disclosure[] }).disclosures;
        return (
          [near, dispatcher].every((one) => found.some(({ viewerId }) => viewerId === one.userId)) && found
        );
      },
      { ...soon, what: 'who looked' },
    );
    const told = seen.map(({ viewerId, purpose, what }) => `${viewerId} ${purpose} ${what}`);
    expect(told).toContain(`${near.userId} rescue position`);
    expect(told).toContain(`${dispatcher.userId} dispatch position`);
    const onMap = await until(
      async () => {
        const { body } = await get(`/v1/audit?subjectUserId=${near.userId}`, await city.adminToken());
        const { entries } = body as { entries: { actorId: string; purpose: string }[] };
        return entries.find(
          ({ actorId, purpose }) => actorId === dispatcher.userId && purpose === 'dispatch',
        );
      },
      { ...soon, what: 'who looked at the map' },
    );
    expect(onMap).toMatchObject({ action: 'read', subjectUserId: near.userId, subjects: 1 });
    await client.close();
  });

  test('a refusal and an act of an administrator are on the record, with the address', async () => {
    const plain = await account();
    expect((await get('/v1/audit', await plain.token())).status).toBe(403);
    const entries = await until(
      async () => {
        const { body } = await get(`/v1/audit?actorId=${plain.userId}`, await city.adminToken());
        const found = (body as { entries: unknown[] }).entries;
        return found.length > 0 && found;
      },
      { ...soon, what: 'the refusal' },
    );
    expect(entries).toEqual([
      expect.objectContaining({
        action: 'read',
        resourceKind: 'audit_log',
        outcome: 'refused',
        address: '127.0.0.1',
      }),
    ]);
  });

  test('breaking the glass is for those who may, and has its report', async () => {
    const [plain, other] = [await account(), await account()];
    const use = async (token: string, reason: string) =>
      fetch(`${node.url}/v1/break-glass`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ subjectUserId: other.userId, reason }),
      });
    const reason = 'found unconscious on the street';
    expect((await use(await plain.token(), reason)).status).toBe(403);
    expect((await use(await city.adminToken(), 'because')).status).toBe(400);
    expect((await use(await city.adminToken(), reason)).status).toBe(201);
    const { body } = await get('/v1/break-glass', await city.adminToken());
    expect(body).toMatchObject({ uses: [{ subjectUserId: other.userId, reason }] });
  });
});
