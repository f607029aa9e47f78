import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedInToken } from '../client/node.ts';
import { destination, type LatLng } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, type Somebody, SQUARE } from './city.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };

describe('a phone with an app that was not made for Muster', () => {
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

  const person = async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Ada' });
    return { userId: userId ?? '', token: await signedInToken(city.http, credentials, systemClock)() };
  };
  const nowS = () => Math.floor(Date.now() / 1_000);
  const ownTracksOf = async (token: string) => {
    const { deviceId, secret } = await city.http.apps.pair(token, { app: 'owntracks', name: 'Phone' });
    const authorization = `Basic ${Buffer.from(`${deviceId}:${secret}`).toString('base64')}`;
    const post = async (body: object) => {
      const response = await fetch(`${node.url}/v1/apps/owntracks`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        result: response.headers.get('x-ingest-result'),
        friends: (await response.json()) as Record<string, unknown>[],
      };
    };
    let tst = nowS() - 50;
    const at = ({ lat, lng }: LatLng, more: object = {}) =>
      post({ _type: 'location', tid: 'ad', tst: ++tst, lat, lon: lng, ...more });
    return { deviceId, at };
  };
  const sosOf = async (helper: Somebody) =>
    until(() => helper.inbox.find(({ type }) => type === 'offer.sent')?.data as { sosId: string }, {
      ...soon,
      what: 'an offer',
    });

  test('calls for help, sees who comes on its map, and sees them no longer once they are released', async () => {
    const here = destination(SQUARE, 0, 20_000);
    const helper = await city.volunteer(300, { around: here });
    const ada = await person();
    const phone = await ownTracksOf(ada.token);
    expect(await phone.at(here)).toEqual({ status: 200, result: 'accepted', friends: [] });

    const press = { poi: 'SOS', _id: 'press-1', tst: nowS() - 48 };
    expect(await phone.at(here, press)).toMatchObject({ status: 200 });
    const { sosId } = await sosOf(helper);
    await phone.at(here, press);
    const open = await city.http.sos.mine(ada.token);
    expect(open.sos).toMatchObject([{ sosId, status: 'PENDING', priority: 'CRITICAL' }]);
    expect((await phone.at(here)).friends).toEqual([]);

    await helper.client.command('offer.accept', await offerIn(helper, sosId));
    const friends = await until(
      async () => {
        const answer = await phone.at(here);
        return answer.friends.length > 0 && answer.friends;
      },
      { ...soon, what: 'the friend' },
    );
    const place = destination(here, 90, 300);
    expect(friends).toEqual([
      { _type: 'card', tid: expect.any(String), topic: expect.any(String), name: expect.any(String) },
      {
        _type: 'location',
        tid: friends[0]?.tid,
        topic: friends[0]?.topic,
        lat: expect.closeTo(place.lat, 4),
        lon: expect.closeTo(place.lng, 4),
        tst: expect.any(Number),
      },
    ]);
    const helperToken = await helper.token();
    const seen = await until(
      async () => {
        const all = await city.http.me.disclosures(helperToken);
        return all.find(({ viewerId }) => viewerId === ada.userId);
      },
      { ...soon, what: 'the sight on record' },
    );
    expect(seen).toMatchObject({ purpose: 'rescue', what: 'position' });

    await helper.client.command('sos.withdraw', { sosId });
    expect((await phone.at(here)).friends).toEqual([]);

    const health = await city.http.apps.health(ada.token, phone.deviceId);
    expect(health.days[0]?.accepted).toBeGreaterThan(0);
    expect(health.days[0]?.refused.duplicate).toBe(1);
    expect(health.lastContactAtMs === null || health.lastContactAtMs > 0).toBe(true);
  });

  test('presses the SOS button of Traccar Client, and somebody near is asked', async () => {
    const here = destination(SQUARE, 0, 60_000);
    const helper = await city.volunteer(300, { around: here });
    const { token } = await person();
    const { trackerId } = await city.http.apps.pair(token, {
      app: 'osmand',
      name: 'Tracker',
      kind: 'tracker',
    });
    const response = await fetch(`${node.url}/v1/apps/osmand`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `id=${trackerId}&lat=${here.lat}&lon=${here.lng}&timestamp=${nowS()}&alarm=sos&batt=37`,
    });
    expect([response.status, response.headers.get('x-ingest-result'), await response.text()]).toEqual([
      200,
      'accepted',
      '',
    ]);
    const { sosId } = await sosOf(helper);
    expect((await city.http.sos.mine(token)).sos).toMatchObject([{ sosId, emergencyType: 'MEDICAL' }]);
  });

  test('that is revoked is nobody', async () => {
    const { token } = await person();
    const phone = await ownTracksOf(token);
    expect((await phone.at(SQUARE)).status).toBe(200);
    await city.http.revokeDevice(token, phone.deviceId);
    expect((await phone.at(SQUARE)).status).toBe(401);
  });
});
