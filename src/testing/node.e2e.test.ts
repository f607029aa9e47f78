import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { MusterError } from '../client/node.ts';
import { policyWith, wavesOf } from '../dispatch/testing/policy.ts';
import { destination } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, SQUARE, shown } from './city.ts';
import { engines, type TestDatabase } from './databases.ts';
import { embeddedDataDir, openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const raise = {
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point: SQUARE,
  description: 'not breathing',
} as const;
const soon = { timeoutMs: 30_000 };
const YEAR_MS = 365 * 86_400_000;

describe.each(engines)('a node with %s, from the street to the store', (engine) => {
  let database: TestDatabase | undefined;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
  let node: OwnEngine;
  let city: City;

  beforeAll(async () => {
    if (engine === 'postgres') {
      database = await openNodeDatabase();
    }
    embedded = engine === 'pglite' ? await embeddedDataDir() : undefined;
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
      ...(embedded && { dataDir: embedded.dataDir }),
      env: process.env,
      onDeath: () => {},
    });
    city = new City(node.url);
  });
  afterAll(async () => {
    await city?.close();
    await node?.remove();
    await database?.stop();
    await embedded?.remove();
  });

  test('the one-time link makes the first administrator, once', async () => {
    const setupToken = node.setupToken ?? '';
    expect(setupToken).not.toBe('');
    const admin = await city.firstAdmin(setupToken);
    expect(admin.grants).toEqual(expect.arrayContaining(['admin', 'dispatcher']));
    const again = city.http.setup({
      setupToken,
      email: 'other@example.org',
      password: randomUUID(),
      name: 'Other',
    });
    await expect(again).rejects.toMatchObject({ code: expect.stringMatching(/setup_done|token_invalid/) });
  });

  test('somebody calls for help, the nearest comes, everybody sees their part of it live', async () => {
    const [near, far] = [await city.volunteer(250), await city.volunteer(400)];
    const dispatcher = await city.dispatcher();
    const feed: string[] = [];
    dispatcher.client.watchDispatch({
      onFeed: () => feed.push('feed'),
      onEvent: (event) => feed.push(event.type),
      onState: () => {},
    });
    await until(() => feed.includes('feed'), { ...soon, what: 'the feed' });
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', raise);
    const seen = patient.follow(`sos:${sosId}`);
    await shown(seen);

    const offer = await offerIn(near, sosId);
    const early = near.follow(`sos:${sosId}`);
    await until(() => early.ended.length > 0, { ...soon, what: 'refusal before acceptance' });
    expect(early.snapshots).toEqual([]);
    expect(JSON.stringify(near.inbox)).not.toContain(String(SQUARE.lat));

    await near.client.command('offer.accept', offer);
    const exact = near.follow(`sos:${sosId}`);
    await until(() => exact.snapshots.length > 0, { ...soon, what: 'the exact place after acceptance' });
    expect(exact.snapshots[0]?.view).toMatchObject({ point: SQUARE, requesterName: 'Somebody' });
    // More than one is wanted: who comes second supports.
    expect(await far.client.command('offer.accept', await offerIn(far, sosId))).toMatchObject({
      as: 'SUPPORT',
    });

    const chat = patient.follow(`chat:${sosId}`);
    // Whoever begins to follow later has it in what they begin with.
    await until(() => chat.snapshots.length > 0, { ...soon, what: 'the chat' });
    await near.client.command('sos.start', { sosId });
    await near.client.command('chat.send', { sosId, text: 'two minutes away' });
    await until(() => chat.events.length > 0, { ...soon, what: 'the chat message' });
    await near.client.command('sos.resolve', { sosId });
    await until(() => seen.events.some((e) => e.type === 'sos.resolved'), { ...soon, what: 'the end' });
    await until(() => exact.ended.length > 0, { ...soon, what: "the end of the holder's view" });

    const numbers = seen.events.map((event) => event.seq);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
    await until(() => feed.includes('sos.resolved'), { ...soon, what: 'the end on the feed' });
    expect([...dispatcher.client.problems]).toEqual([]);
    expect(feed).toEqual(
      expect.arrayContaining(['sos.created', 'sos.wave_sent', 'sos.accepted', 'sos.started', 'sos.resolved']),
    );
  });

  test('bad input is told with a code, the socket stays open, and nobody else notices', async () => {
    const patient = await city.patient();
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}/v1/socket`, ['muster.v1.json']);
    const frames: [string, { code?: string; detail?: string }][] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once('open', resolve));
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    await city.http.register({ ...credentials, name: 'Fuzzer' });
    const { accessToken } = await city.http.signIn(credentials);
    const say = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    say(['hello', { token: accessToken, client: 'fuzzer' }]);
    await until(() => frames.some(([kind]) => kind === 'welcome'), { ...soon, what: 'welcome' });
    const id = randomUUID();
    const bad: [frame: unknown, code: string][] = [
      [['no.such', {}], 'unknown_kind'],
      [['sos.create', { id, ...raise, point: { lat: 91, lng: 0 } }], 'bad_frame'],
      [['sos.create', { id, ...raise, point: { lat: null, lng: 0 } }], 'bad_frame'],
      [['sos.create', { id, ...raise, surprise: 1 }], 'bad_frame'],
      [['chat.send', { id, sosId: randomUUID(), text: 'hello' }], 'sos_not_found'],
      [{ not: 'an array' }, 'bad_frame'],
      [[], 'bad_frame'],
    ];
    for (const [frame] of bad) say(frame);
    const errors = () => frames.filter(([kind]) => kind === 'error').map(([, body]) => body.code);
    await until(() => errors().length === bad.length, { ...soon, what: 'an answer to each' });
    expect(errors().sort()).toEqual(bad.map(([, code]) => code).sort());
    expect(socket.readyState).toBe(WebSocket.OPEN);
    say('{"not": "json');
    await until(() => socket.readyState === WebSocket.CLOSED, {
      ...soon,
      what: 'the end of an undecodable socket',
    });
    expect(patient.client.status.state).toBe('open');
  });

  test('an expired or forged token is refused with its own code', async () => {
    await expect(city.http.policy('not.a.token')).rejects.toMatchObject({ code: 'token_invalid' });
    await expect(city.http.policy(await plainToken())).rejects.toMatchObject({ code: 'forbidden' });
    async function plainToken() {
      const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
      await city.http.register({ ...credentials, name: 'Plain' });
      return (await city.http.signIn(credentials)).accessToken;
    }
  });

  test('after kill -9 everything that was acknowledged is there, and everybody goes on where they were', async () => {
    const [near, patient] = [await city.volunteer(150), await city.patient()];
    const { sosId = '' } = await patient.client.command('sos.create', raise);
    const seen = patient.follow(`sos:${sosId}`);
    await shown(seen);
    await near.client.command('offer.accept', await offerIn(near, sosId));
    await until(() => seen.events.some((e) => e.type === 'sos.accepted'), { ...soon, what: 'acceptance' });
    await node.crash();
    near.client.sendFix({ atMs: systemClock.nowMs(), ...SQUARE });
    const started = near.client.command('sos.start', { sosId });
    await node.restart();
    expect((await started).status).toBe('IN_PROGRESS');
    await near.client.flushed();
    await near.client.command('sos.resolve', { sosId });
    await until(() => seen.events.some((e) => e.type === 'sos.resolved'), {
      timeoutMs: 30_000,
      what: 'the end, resumed',
    });
    const numbers = seen.events.map((event) => event.seq);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
    expect(seen.ended).toEqual([]);
  });

  test('killed between two waves, it sends the next one, once', async () => {
    const around = { lat: 48.2082, lng: 16.3738 };
    const one = { waveTimerMs: 4_000, offerTtlMs: 600_000, retryMs: 2_000 };
    await city.http.setPolicy(await city.adminToken(), policyWith({ ...wavesOf(1), ...one }));
    const asked = [
      await city.volunteer(100, { around }),
      await city.volunteer(200, { around }),
      await city.volunteer(300, { around }),
    ];
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', { ...raise, point: around });
    const seen = patient.follow(`sos:${sosId}`);
    const waves = () => seen.events.flatMap((e) => (e.type === 'sos.wave_sent' ? [e.data.wave] : []));
    const offers = () =>
      asked.map(({ inbox }) => inbox.filter((e) => e.type === 'offer.sent' && e.data.sosId === sosId).length);
    await until(() => offers()[0] === 1 && seen.snapshots.length > 0, { ...soon, what: 'the first wave' });
    await node.crash();
    await node.restart();
    // As phones do: what was heard of a position shortly before the end need not be in what matching reads.
    for (const [i, { client }] of asked.entries()) {
      client.sendFix({ atMs: systemClock.nowMs(), ...destination(around, 90, 100 * (i + 1)) });
    }
    await until(() => waves().includes(3), { timeoutMs: 60_000, what: 'two more waves' });
    await until(() => offers().every((count) => count > 0), { ...soon, what: 'their offers' });
    const nearest = asked[0] as (typeof asked)[number];
    await nearest.client.command('offer.accept', await offerIn(nearest, sosId));
    await until(() => seen.events.some((e) => e.type === 'sos.accepted'), { ...soon, what: 'acceptance' });
    // The first one is in the snapshot that the requester began with.
    expect(waves()).toEqual([2, 3]);
    expect(offers()).toEqual([1, 1, 1]);
    const numbers = seen.events.map((event) => event.seq);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  }, 180_000);

  test.each([
    ['ten years behind', -10],
    ['ten years ahead', 10],
  ])('devices with clocks %s call for help, and come', async (_, years) => {
    let walkedMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + years * YEAR_MS + walkedMs };
    const around = { lat: 52.5208, lng: 13.4094 + years / 10 };
    const [patient, near] = [await city.patient({ clock }), await city.volunteer(200, { clock, around })];
    const { sosId = '' } = await patient.client.command('sos.create', { ...raise, point: around });
    const seen = patient.follow(`sos:${sosId}`);
    await shown(seen);
    expect(await near.client.command('offer.accept', await offerIn(near, sosId))).toMatchObject({
      as: 'PRIMARY',
    });
    walkedMs = 120_000;
    near.client.sendFix({ atMs: clock.nowMs(), ...around });
    await until(() => seen.events.some((e) => e.type === 'sos.arrived'), {
      ...soon,
      what: 'arrival by position',
    });
    await near.client.command('sos.start', { sosId });
    await near.client.command('sos.resolve', { sosId });
    await until(() => seen.events.some((e) => e.type === 'sos.resolved'), { ...soon, what: 'the end' });
    for (const { atMs } of seen.events) expect(Math.abs(atMs - systemClock.nowMs())).toBeLessThan(600_000);
    expect([...near.client.telemetry.refused]).toEqual([]);
  });

  test('told to stop, it says when to come back and ends within ten seconds', async () => {
    const patient = await city.patient();
    const startedMs = performance.now();
    await node.stop();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const waiting = await until(() => patient.statuses.find(({ state }) => state === 'waiting'), {
      ...soon,
      what: 'a client that waits',
    });
    expect(waiting).toMatchObject({ reason: 'restart' });
    const failed = patient.client.command('sos.create', raise, { timeoutMs: 300 });
    await expect(failed).rejects.toBeInstanceOf(MusterError);
  });
});
