import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, SQUARE, shown } from './city.ts';
import { engines, type TestDatabase } from './databases.ts';
import { embeddedDataDir, openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 15_000 };
const around = (deg: number) => {
  const { lat, lng } = SQUARE;
  const ring = [
    [lng - deg, lat - deg],
    [lng + deg, lat - deg],
    [lng + deg, lat + deg],
    [lng - deg, lat + deg],
    [lng - deg, lat - deg],
  ];
  return { type: 'Polygon' as const, coordinates: [ring as [number, number][]] };
};

describe.each(engines)('what dispatchers do besides single SOS, with %s', (engine) => {
  let database: TestDatabase | undefined;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
  let node: OwnEngine;
  let city: City;
  let rescue: Server;
  const folder = mkdtempSync(join(tmpdir(), 'muster-area-'));
  const handedOff: Record<string, unknown>[] = [];

  beforeAll(async () => {
    if (engine === 'postgres') database = await openNodeDatabase();
    rescue = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      handedOff.push(JSON.parse(body));
      // The first time it is too busy.
      if (handedOff.length === 1) response.writeHead(503).end();
      else response.writeHead(201).end('{"reference":"R-1"}');
    }).listen(0, '127.0.0.1');
    await once(rescue, 'listening');
    const placesFile = join(folder, 'places.csv');
    writeFileSync(
      placesFile,
      `name,address,latitude,longitude\nCity Hall,1 Main Street,${SQUARE.lat},${SQUARE.lng}\n`,
    );
    embedded = engine === 'pglite' ? await embeddedDataDir() : undefined;
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
      ...(embedded && { dataDir: embedded.dataDir }),
      env: {
        ...process.env,
        MUSTER_PLACES_FILE: placesFile,
        MUSTER_HANDOFF_URL: `http://127.0.0.1:${(rescue.address() as AddressInfo).port}/incidents`,
      },
      onDeath: () => {},
    });
    city = new City(node.url);
    await city.firstAdmin(node.setupToken ?? '');
  });
  afterAll(async () => {
    await city?.close();
    await node?.remove();
    rescue?.close();
    await database?.stop();
    await embedded?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a broadcast reaches the inboxes of those in the area, comes back as receipts, and ends', async () => {
    const [inside, outside] = [await city.volunteer(200), await city.volunteer(8_000)];
    const token = await city.adminToken();
    const message = 'The bridge is closed';
    const order = { id: randomUUID(), area: around(0.01), severity: 'SEVERE' as const, message };
    const { broadcastId } = await city.http.area.broadcast(token, {
      ...order,
      untilMs: systemClock.nowMs() + 600_000,
    });
    const heard = await until(() => inside.inbox.find(({ type }) => type === 'broadcast.sent'), {
      ...soon,
      what: 'the broadcast',
    });
    expect(heard.actorId).toBe(null);
    expect(heard.data).toMatchObject({ broadcastId, severity: 'SEVERE', text: message });
    expect(inside.client.broadcastReceived(broadcastId, false)).toBe(true);
    inside.client.broadcastReceived(broadcastId, true);
    outside.client.broadcastReceived(broadcastId, true);
    await until(async () => (await city.http.area.broadcastOf(token, broadcastId)).seen === 1, {
      ...soon,
      what: 'the receipts',
    });
    expect(await city.http.area.broadcasts(token)).toMatchObject([
      { broadcastId, state: 'sent', recipients: 1, told: 1, delivered: 1, seen: 1 },
    ]);
    await city.http.area.endBroadcast(token, broadcastId);
    await until(() => inside.inbox.some(({ type }) => type === 'broadcast.ended'), {
      ...soon,
      what: 'the end',
    });
    expect(outside.inbox.filter(({ type }) => type.startsWith('broadcast.'))).toEqual([]);
  });

  test('none of it is for people who are no dispatchers', async () => {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    await city.http.register({ ...credentials, name: 'Plain' });
    const { accessToken: token } = await city.http.signIn(credentials);
    const order = { id: randomUUID(), area: around(0.01), severity: 'MINOR' as const, message: 'Hello' };
    const { area } = city.http;
    const asked = [
      () => area.broadcast(token, { ...order, untilMs: systemClock.nowMs() + 60_000 }),
      () => area.broadcasts(token),
      () => area.beginShift(token),
      () => area.shifts(token),
      () => area.places(token, 'city hall'),
      () => area.waitingHandOffs(token),
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('a caller says where they are: it is looked up, and the SOS is raised there', async () => {
    const [place] = await city.http.area.places(await city.adminToken(), 'main street city hal');
    expect(place).toMatchObject({ name: 'City Hall', point: SQUARE });
    const dispatcher = await city.dispatcher();
    const { sosId = '' } = await dispatcher.client.command('sos.raise', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: place?.point ?? { lat: 0, lng: 0 },
      addressText: `${place?.name}, ${place?.address}`,
      callbackNumber: '+14155550100',
    });
    const seen = dispatcher.follow(`sos:${sosId}`);
    await until(() => seen.snapshots.length > 0, { ...soon, what: 'the SOS' });
    expect(seen.snapshots[0]?.view).toMatchObject({ addressText: 'City Hall, 1 Main Street', point: SQUARE });
    await dispatcher.client.command('sos.cancel', { sosId });
  });

  test('a shift that is handed over leaves its open SOS to the next dispatcher, who is told', async () => {
    const first = await city.dispatcher();
    const second = await city.patient();
    const token = await city.adminToken();
    await city.http.setGrant(token, second.userId, 'dispatcher', true);
    await city.http.area.beginShift(token);
    expect(await city.http.area.shifts(token)).toMatchObject([{ userId: first.userId, endedAtMs: null }]);
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'LOW',
      point: { lat: 10, lng: 10 },
    });
    await first.client.command('sos.take_over', { sosId });
    await expect(city.http.area.endShift(token)).rejects.toMatchObject({ code: 'owns_open_sos' });
    const done = await city.http.area.handOver(token, {
      id: randomUUID(),
      toId: second.userId,
      note: 'call the family back',
    });
    expect(done).toMatchObject({ shift: { handedSos: [sosId], handedTo: second.userId }, notHandedOver: [] });
    const heard = await until(() => second.inbox.find(({ type }) => type === 'shift.handed_over'), {
      ...soon,
      what: 'the hand-over',
    });
    expect(heard.data).toMatchObject({ note: 'call the family back', sosIds: [sosId] });
    await patient.client.command('sos.cancel', { sosId });
  });

  test('an SOS that nobody comes for is told outside, and called confirmed once that has answered', async () => {
    const token = await city.adminToken();
    const policy = (await city.http.policy(token)).body as { base: object };
    const ladder = [
      { step: 'dispatchers', afterMs: 0 },
      { step: 'hand_off', afterMs: 0 },
    ];
    await city.http.setPolicy(token, { ...policy, base: { ...policy.base, ladder, retryMs: 5_000 } });
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', {
      emergencyType: 'FIRE',
      priority: 'CRITICAL',
      point: { lat: -20, lng: 30 },
      description: 'smoke everywhere',
    });
    const seen = patient.follow(`sos:${sosId}`);
    const atTheDesk = (await city.dispatcher()).follow(`sos:${sosId}`);
    await shown(seen, atTheDesk);
    const confirmedIn = ({ events }: typeof seen) =>
      until(() => events.find(({ type }) => type === 'sos.handed_off'), {
        timeoutMs: 40_000,
        what: 'the confirmation',
      });
    expect(await confirmedIn(seen)).toMatchObject({ actorId: null, data: { state: 'confirmed' } });
    expect((await confirmedIn(atTheDesk)).data).toMatchObject({ state: 'confirmed', reference: 'R-1' });
    expect(handedOff.length).toBeGreaterThanOrEqual(2);
    expect(new Set(handedOff.map(({ handOffId }) => handOffId)).size).toBe(1);
    expect(handedOff[0]).toMatchObject({
      sosId,
      description: 'smoke everywhere',
      point: { lat: -20, lng: 30 },
    });
    expect(await city.http.area.waitingHandOffs(token)).toEqual([]);
    expect([...patient.client.problems]).toEqual([]);
  });
});
