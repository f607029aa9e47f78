import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, signedInToken } from '../client/node.ts';
import { destination } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { migrate } from '../store/migrate.ts';
import { City, SQUARE } from './city.ts';
import { openTestDatabase, type TestDatabase } from './databases.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 10_000 };

describe('what was measured of somebody, over HTTP', () => {
  let database: TestDatabase;
  let node: OwnEngine;
  let city: City;

  beforeAll(async () => {
    database = await openTestDatabase('postgres', { prepare: (c) => migrate(c, silentLogger) });
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

  /** Somebody with a phone and a token for asking. */
  const somebody = async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
    const token = signedInToken(city.http, credentials, systemClock);
    const client = new MusterClient({ url: node.url, token, device: { id: randomUUID() } });
    client.connect();
    await client.ready();
    return { userId: userId ?? '', token, client };
  };

  test('a walk comes out as GPX, GeoJSON, CSV, track and trip as it went in; a dispatcher who asks is on record', async () => {
    const { http } = city;
    const walker = await somebody();
    const nowMs = systemClock.nowMs();
    const went = Array.from({ length: 120 }, (_, i) => destination(SQUARE, 30, i * 15));
    went.forEach((point, i) => {
      walker.client.sendFix({ atMs: nowMs - (120 - i) * 10_000, ...point, altitudeM: 12 });
    });
    await walker.client.flushed();
    const range = { from: nowMs - 3_600_000, to: nowMs + 3_600_000 };
    const token = await walker.token();

    const gpx = await http.history.positionsGpx(token, walker.userId, range);
    const points = [...gpx.matchAll(/<trkpt lat="([-\d.]+)" lon="([-\d.]+)"><ele>12<\/ele>/g)];
    expect(points).toHaveLength(120);
    points.forEach(([, lat, lng], i) => {
      expect(Number(lat)).toBeCloseTo(went[i]?.lat ?? 0, 6);
      expect(Number(lng)).toBeCloseTo(went[i]?.lng ?? 0, 6);
    });
    const { features } = JSON.parse(await http.history.positionsGeoJson(token, walker.userId, range));
    expect(features).toHaveLength(1);
    expect(features[0].geometry.coordinates).toHaveLength(120);
    expect((await http.history.positionsCsv(token, walker.userId, range)).trim().split('\r\n')).toHaveLength(
      121,
    );
    const { points: track } = await http.history.track(token, walker.userId, { ...range, points: 10 });
    expect(track).toHaveLength(10);
    const { parts } = await http.history.trips(token, walker.userId, range);
    const [trip] = parts;
    expect(parts.length).toBe(1);
    expect(trip?.kind === 'trip' && Math.abs(trip.distanceM - 119 * 15)).toBeLessThan(2);

    // A stranger is told that there is nobody, a dispatcher sees, and the walker learns that they did.
    const stranger = await somebody();
    const strange = http.history.track(await stranger.token(), walker.userId, range);
    await expect(strange).rejects.toMatchObject({ code: 'not_found' });
    const byDispatcher = await http.history.track(await city.adminToken(), walker.userId, range);
    expect(byDispatcher.points).toHaveLength(120);
    const seen = await until(
      async () => {
        const disclosures = await http.me.disclosures(await walker.token());
        return disclosures.length > 0 && disclosures;
      },
      { ...soon, what: 'the disclosure' },
    );
    expect(seen.map(({ what, purpose }) => `${what} ${purpose}`)).toEqual(['position dispatch']);
    await Promise.all([walker.client.close(), stranger.client.close()]);
  });
});
