import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, signedInToken, type TailState } from '../client/node.ts';
import { destination } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, SQUARE } from './city.ts';
import type { TestDatabase } from './databases.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };

describe('what was measured of somebody, over HTTP', () => {
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

  /** Somebody with a phone and a token for asking. */
  const somebody = async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
    const token = signedInToken(city.http, credentials, systemClock);
    const client = new MusterClient({ url: node.url, token, device: { id: randomUUID() } });
    client.connect();
    await client.ready();
    return { userId: userId ?? '', credentials, token, client };
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

  test('somebody who walks out of a fence is told so, and so is who made it, once', async () => {
    const { http } = city;
    const walker = await city.patient();
    const dispatcher = await city.dispatcher();
    const admin = await city.adminToken();
    const fenceId = randomUUID();
    const shape = { center: SQUARE, radiusM: 150 };
    await http.geofences.set(admin, walker.userId, fenceId, { name: 'Square', shape, onEnter: false });
    const startMs = systemClock.nowMs() - 55_000;
    const at = async (eastM: number, afterMs: number) => {
      const point = destination(SQUARE, 90, eastM);
      walker.client.sendFix({ atMs: startMs + afterMs, ...point, accuracyM: 8 });
      await walker.client.flushed();
    };
    await at(0, 0);
    await until(async () => (await http.geofences.list(admin, walker.userId))[0]?.inside === true, {
      ...soon,
      what: 'where they are',
    });
    for (const [i, eastM] of [140, 160, 300, 320, 340].entries()) await at(eastM, (i + 1) * 10_000);
    const told = ({ inbox }: typeof walker) => inbox.filter(({ type }) => type.startsWith('geofence.'));
    await until(() => told(walker).length > 0 && told(dispatcher).length > 0, { ...soon, what: 'the exit' });
    for (const events of [told(walker), told(dispatcher)]) {
      expect(events).toMatchObject([
        { type: 'geofence.exited', data: { fenceId, personId: walker.userId, name: 'Square', version: 2 } },
      ]);
    }
    await http.geofences.remove(admin, walker.userId, fenceId);
    expect(await http.geofences.list(admin, walker.userId)).toEqual([]);
  });

  test('who cares for somebody follows their pulse live with every spike, until they care no more', async () => {
    const { http } = city;
    const [patient, nurse] = [await somebody(), await somebody()];
    const admin = await city.adminToken();
    await http.setGrant(admin, nurse.userId, 'professional', true);
    const nurseToken = async () => (await http.signIn(nurse.credentials)).accessToken;
    const id = await http.patients.add(await nurseToken(), {
      firstName: 'Ada',
      lastName: 'B',
      userId: patient.userId,
    });
    const states: TailState[] = [];
    const ends: string[] = [];
    const strange: string[] = [];
    nurse.client.followVitals(
      patient.userId,
      { onState: (state) => states.push(state), onEnd: (reason) => ends.push(reason) },
      ['heartRateBpm'],
    );
    const stranger = await somebody();
    stranger.client.followVitals(patient.userId, {
      onState: () => strange.push('state'),
      onEnd: (reason) => strange.push(reason),
    });
    await until(() => states.length > 0, { ...soon, what: 'the first state' });
    const atMs = systemClock.nowMs();
    for (let i = 0; i < 50; i++)
      patient.client.sendVitals({ atMs: atMs + i, heartRateBpm: i === 31 ? 187 : 70, spo2Pct: 97 });
    await patient.client.flushed();
    const told = () => states.flatMap(({ values }) => values);
    await until(() => told().reduce((sum, { samples }) => sum + samples, 0) >= 50, {
      ...soon,
      what: 'all samples',
    });
    expect(Math.max(...told().map(({ highest }) => highest))).toBe(187);
    expect(new Set(told().map(({ vital }) => vital))).toEqual(new Set(['heartRateBpm']));
    await until(() => strange.length > 0, { ...soon, what: 'the refusal' });
    expect(strange).toEqual(['not_entitled']);

    const { series } = await http.history.series(await patient.token(), patient.userId, ['heartRateBpm']);
    expect(series[0]?.points).toContainEqual(
      [atMs + 31, 187].map((n) => (n > 1_000 ? expect.any(Number) : n)),
    );

    await http.patients.leave(await nurseToken(), id, nurse.userId);
    await until(
      () => {
        patient.client.sendVitals({ atMs: systemClock.nowMs(), heartRateBpm: 66 });
        return ends.length > 0;
      },
      { timeoutMs: 15_000, what: 'the end' },
    );
    expect(ends).toEqual(['not_entitled']);
    await Promise.all([patient.client.close(), nurse.client.close(), stranger.client.close()]);
  });
});
