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

describe('an SOS looked back at, over HTTP', () => {
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

  const requesterOf = async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await city.http.register({ ...credentials, name: 'Somebody' });
    const token = signedInToken(city.http, credentials, systemClock);
    const client = new MusterClient({ url: node.url, token, device: { id: randomUUID() } });
    client.connect();
    await client.ready();
    return { userId: userId ?? '', token, client };
  };

  test('its requester reads who was shown its place and as what: whoever came, and dispatchers, not whoever was only asked', async () => {
    const { http } = city;
    const [comes, asked] = [await city.volunteer(200), await city.volunteer(250)];
    const dispatcher = await city.dispatcher();
    const requester = await requesterOf();
    const { sosId = '' } = await requester.client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'CRITICAL',
      point: SQUARE,
    });
    await offerIn(asked, sosId);
    const refused = asked.follow(`sos:${sosId}`);
    await until(() => refused.ended.length > 0, { ...soon, what: 'the refusal' });
    await comes.client.command('offer.accept', await offerIn(comes, sosId));
    const exact = comes.follow(`sos:${sosId}`);
    await until(() => exact.snapshots.length > 0, { ...soon, what: 'the exact place' });
    dispatcher.client.watchDispatch({ onFeed: () => {}, onEvent: () => {}, onState: () => {} });

    const token = await requester.token();
    const seen = await until(
      async () => {
        const found = await http.sos.disclosures(token, sosId);
        return (
          [comes, dispatcher].every((one) => found.some(({ viewerId }) => viewerId === one.userId)) && found
        );
      },
      { ...soon, what: 'who looked' },
    );
    expect(new Set(seen.map(({ viewerId, as, role }) => `${viewerId} ${as} ${role}`))).toEqual(
      new Set([`${comes.userId} holder PRIMARY`, `${dispatcher.userId} dispatcher null`]),
    );
    expect(seen.map(({ viewerId }) => viewerId)).not.toContain(asked.userId);
    // Who watches is not told who else does.
    const byDispatcher = http.sos.disclosures(await city.adminToken(), sosId);
    await expect(byDispatcher).rejects.toMatchObject({ code: 'sos_not_found' });
    await requester.client.close();
  });

  test('its lists, its timeline, its files and its figures are for those whom they are for', async () => {
    const { http } = city;
    const comes = await city.volunteer(100);
    const requester = await requesterOf();
    const { sosId = '' } = await requester.client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: SQUARE,
      description: 'chest pain',
    });
    const admin = await city.adminToken();
    const [token, open] = [await requester.token(), await http.sos.list(admin)];
    expect(open.sos).toContainEqual(
      expect.objectContaining({ sosId, requesterName: 'Somebody', point: SQUARE, isDrill: false }),
    );
    await expect(http.sos.list(token)).rejects.toMatchObject({ code: 'forbidden' });

    await comes.client.command('offer.accept', await offerIn(comes, sosId));
    await comes.client.command('sos.start', { sosId });
    const startedBy = systemClock.nowMs();
    await until(async () => (await http.sos.view(token, sosId)).status === 'IN_PROGRESS', {
      ...soon,
      what: 'the start',
    });
    await comes.client.command('sos.resolve', { sosId });
    expect((await http.sos.view(token, sosId)).status).toBe('RESOLVED');
    const { events } = await http.sos.timeline(token, sosId);
    const started = events.find(({ type }) => type === 'sos.started')?.atMs ?? startedBy;
    expect(await http.sos.view(token, sosId, started)).toMatchObject({
      status: 'IN_PROGRESS',
      acceptedBy: comes.userId,
    });
    expect((await http.sos.mine(token)).sos).toMatchObject([
      { sosId, helpers: [{ userId: comes.userId, name: 'Somebody', role: 'PRIMARY' }] },
    ]);
    expect((await http.sos.raisedBy(admin, requester.userId)).sos).toHaveLength(1);
    expect((await http.sos.heldBy(admin, comes.userId)).sos).toMatchObject([{ sosId, endedBy: 'resolved' }]);

    const read = (file: string, by: string) =>
      fetch(`${node.url}/v1/sos/${sosId}/${file}`, { headers: { authorization: `Bearer ${by}` } });
    const csv = await read('timeline.csv', token);
    expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="sos-${sosId}-timeline.csv"`);
    expect(await csv.text()).toContain(',sos.resolved,');
    expect(JSON.parse(await http.sos.geoJson(admin, sosId)).features[0].properties).toMatchObject({ sosId });
    expect(await http.sos.gpx(admin, sosId)).toContain('<trk><name>Somebody</name>');
    for (const file of ['map.geojson', 'tracks.gpx']) expect((await read(file, token)).status).toBe(403);
    await until(
      async () => {
        const kept = await http.access.audit(admin, { subjectUserId: requester.userId });
        return kept.some(({ action, resourceId }) => action === 'export' && resourceId === sosId);
      },
      { ...soon, what: 'the export on record' },
    );

    const today = new Date(startedBy).toISOString().slice(0, 10);
    const days = { from: new Date(startedBy - 86_400_000).toISOString().slice(0, 10), to: today };
    const { phases } = await http.sos.phases(admin, days);
    expect(phases.find(({ priority, phase }) => priority === 'HIGH' && phase === 'arrived')).toMatchObject({
      raised: 1,
      reached: 1,
    });
    const asCsv = await fetch(`${node.url}/v1/reports/phases?from=${days.from}&to=${days.to}&format=csv`, {
      headers: { authorization: `Bearer ${admin}` },
    });
    expect((await asCsv.text()).split('\r\n')[0]).toBe(
      'emergencyType,priority,phase,raised,reached,p50Ms,p90Ms,stepP50Ms,stepP90Ms',
    );
    await expect(http.sos.phases(token, days)).rejects.toMatchObject({ code: 'forbidden' });
    const { volunteers } = await http.sos.volunteerReport(admin);
    expect(volunteers.find(({ userId }) => userId === comes.userId)).toMatchObject({ held: 1, resolved: 1 });
    expect(await http.sos.statistics(token)).toMatchObject({ userId: requester.userId, held: 0 });
    await until(
      async () =>
        (await http.sos.nearest(admin, { point: SQUARE })).some(({ userId }) => userId === comes.userId),
      { ...soon, what: 'the volunteer to be free again' },
    );
    await requester.client.close();
  });
});
