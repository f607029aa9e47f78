import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LatLng } from '../geo/lat-lng.ts';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { inNetworks } from '../lib/networks.ts';
import { type AlarmDoor, AppAlarms } from '../telemetry/apps/alarms.ts';
import { openAppDoor } from '../telemetry/apps/app-door.ts';
import type { Coming } from '../telemetry/apps/friends.ts';
import { UnnumberedIngest } from '../telemetry/apps/unnumbered.ts';
import { DEFAULT_RULES } from '../telemetry/positions/pipeline.ts';
import { DEVICE, storeUnavailable } from './gateway/fake-services.ts';
import { CountingMetrics, type Stage, stage } from './gateway/stage.ts';
import { MemoryUnnumberedStore } from './telemetry/memory-unnumbered-store.ts';

/** What the protocols of `docs/apps.md` ask for, request by request: the answer is what an unmodified app reads. */
const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;
const NOW_S = NOW_MS / 1_000;
const HERE = { lat: 47.5, lon: 8.5 };
const SECRET = DEVICE.credential.split(':').at(-1) ?? '';
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const KNOWN = basic(DEVICE.id, SECRET);
const ID = `id=${DEVICE.trackerId}`;

let on: Stage;
let store: MemoryUnnumberedStore;
let coming: Coming[];
let opened: { id: string; point: LatLng; description: string }[];
let hasOpen: boolean;
let failure: Error | null;
let metrics: CountingMetrics;
let lastSeen: (LatLng & { receivedAtMs: number }) | null;

beforeEach(async () => {
  store = new MemoryUnnumberedStore();
  [coming, opened, hasOpen, failure, lastSeen] = [[], [], false, null, null];
  metrics = new CountingMetrics();
  on = await stage();
  const ingest = new UnnumberedIngest({
    store,
    live: { moved: () => {} },
    clock: new ManualClock(),
    metrics,
    rules: DEFAULT_RULES,
    settings: { waitingMax: 50 },
  });
  const door: AlarmDoor = {
    hasOpenSos: () => hasOpen,
    open: async (_from, sos) => {
      if (failure) throw failure;
      if (!opened.some(({ id }) => id === sos.id)) opened.push(sos);
      return 'sos-1';
    },
  };
  const alarms = new AppAlarms({
    door,
    lastSeen: async () => lastSeen,
    ageMs: (from, atMs, receivedAtMs) => ingest.ageMs(from, atMs, receivedAtMs),
    log: silentLogger,
    metrics,
  });
  on.fake.apps = openAppDoor({
    ingest,
    alarms,
    coming: async () => coming,
    health: async () => ({ days: [], lastFixAtMs: null, lastError: null }),
  });
});
afterEach(() => on.close());

type Body = string | Uint8Array | object;
const bytesOf = (body: Body) =>
  typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);

const ownTracks = (body: Body, headers: Record<string, string> = {}) =>
  fetch(`${on.origin}/v1/apps/owntracks`, {
    method: 'POST',
    headers: { authorization: KNOWN, 'content-type': 'application/json', ...headers },
    body: bytesOf(body) as string,
  });
const osmAnd = (query: string) => fetch(`${on.origin}/v1/apps/osmand?${query}`);
const osmAndBody = (body: Body, headers: Record<string, string> = {}, query = '') =>
  fetch(`${on.origin}/v1/apps/osmand${query}`, { method: 'POST', headers, body: bytesOf(body) as string });
const resultOf = (response: Response) => response.headers.get('x-ingest-result');
const said = async (response: Response) => [response.status, resultOf(response), await response.text()];

const location = (more: object = {}) => ({ _type: 'location', tid: 'ad', tst: NOW_S, ...HERE, ...more });
const TRACCAR = {
  device_id: DEVICE.trackerId,
  location: {
    timestamp: new Date(NOW_MS).toISOString(),
    coords: { latitude: 47.5, longitude: 8.5, accuracy: 0, speed: -1, heading: -1, altitude: 410 },
    is_moving: false,
    battery: { level: 0.5, is_charging: false },
    activity: { type: 'still' },
    extras: {},
  },
};

describe('OwnTracks over HTTP', () => {
  test.each<[string, Body, string]>([
    ['a fix', location(), 'accepted'],
    ['a fix of ten minutes ago', location({ tst: NOW_S - 600 }), 'late'],
    ['a fix of tomorrow', location({ tst: NOW_S + 86_400 }), 'future'],
    ['a fix nowhere on earth', location({ lat: 91 }), 'invalid'],
    ['a fix whose time is in words', location({ tst: 'now' }), 'invalid'],
    ['a fix without its time', location({ tst: undefined }), 'accepted'],
    ['a fix with a picture of 500 kB', location({ image: 'A'.repeat(500_000), imagename: 'x' }), 'accepted'],
    ['a picture beyond the cap', location({ image: 'A'.repeat(1_500_000) }), 'rejected'],
    [
      'a region that was entered',
      { ...location(), _type: 'transition', event: 'enter', wtst: 1 },
      'accepted',
    ],
    [
      'a region, without a place',
      { _type: 'transition', event: 'leave', wtst: 1, tst: NOW_S },
      'ignored-type',
    ],
    [
      'a waypoint, its numbers as texts',
      { _type: 'waypoint', desc: 'x', ...HERE, rad: '50', tst: '1385997757' },
      'ignored-type',
    ],
    ['waypoints', { _type: 'waypoints', waypoints: [] }, 'ignored-type'],
    ['a last will with a textual time', { _type: 'lwt', tst: '1440363922' }, 'ignored-type'],
    ['its status', { _type: 'status', android: {} }, 'ignored-type'],
    ['a card', { _type: 'card', name: 'Jane', face: 'iVBORw0KGgo=' }, 'ignored-type'],
    ['what is encrypted', { _type: 'encrypted', data: 'aGVsbG8=' }, 'ignored-type'],
    ['a type of next year', { _type: 'telepathy' }, 'ignored-type'],
    ['nothing at all: a friend was deleted', '', 'ignored-type'],
    ['no JSON', 'tst=1', 'rejected'],
    ['half a message', '{"_type":"location","lat":47', 'rejected'],
    ['a list', [location()], 'rejected'],
    ['no type', { ...HERE, tst: NOW_S }, 'rejected'],
    ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0x7d]), 'rejected'],
  ])('%s of a known device is answered 200 with a list', async (_what, body, result) => {
    const response = await ownTracks(body);
    expect(await said(response)).toEqual([200, result, '[]']);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['application/json; charset=utf-8', 'application/x-www-form-urlencoded', 'text/plain', ''])(
    'the type of the body may be said to be "%s"',
    async (type) => {
      expect(await said(await ownTracks(location(), { 'content-type': type }))).toEqual([
        200,
        'accepted',
        '[]',
      ]);
    },
  );

  test('a message that comes again is a duplicate, by its id or by its time and place', async () => {
    expect(resultOf(await ownTracks(location({ _id: 'a1' })))).toBe('accepted');
    expect(resultOf(await ownTracks(location({ _id: 'a1', lat: 47.6 })))).toBe('duplicate');
    expect(resultOf(await ownTracks(location({ tst: NOW_S + 2 })))).toBe('accepted');
    expect(resultOf(await ownTracks(location({ tst: NOW_S + 2 })))).toBe('duplicate');
  });

  test('a ping at the same place is told apart by its time', async () => {
    await ownTracks(location());
    expect(resultOf(await ownTracks(location({ t: 'p', tst: NOW_S + 1 })))).toBe('accepted');
  });

  test('a fix that is older than what is known is stale, and one that nobody can have reached impossible', async () => {
    await ownTracks(location());
    expect(resultOf(await ownTracks(location({ tst: NOW_S - 30, lat: 47.501 })))).toBe('stale');
    expect(resultOf(await ownTracks(location({ tst: NOW_S + 1, lat: 52 })))).toBe('impossible');
  });

  test('units are those of the app: km/h, metres, percent; 0 and -1 are not known', async () => {
    await ownTracks(location({ vel: 36, acc: 0, cog: -1, alt: 12, batt: 40 }));
    expect(store.positions[0]?.value.fix).toMatchObject({
      speedMps: 10,
      accuracyM: null,
      headingDeg: null,
      altitudeM: 12,
      batteryPct: 40,
    });
    expect(on.fake.deviceContacts.at(-1)).toMatchObject({ deviceId: DEVICE.id, batteryPct: 40 });
  });

  test('the name of a network goes nowhere', async () => {
    await ownTracks(location({ SSID: 'home-of-ada', BSSID: '00:11:22:33:44:55' }));
    expect(JSON.stringify([store.positions, store.troubles])).not.toMatch(/home-of-ada|00:11/);
  });

  test.each([
    ['no credentials', ''],
    ['a wrong secret', basic(DEVICE.id, 'wrong')],
    ['another device', basic('00000000-0000-7000-8000-0000000000ff', SECRET)],
    ['a person’s token', `Bearer ${DEVICE.userId}`],
  ])('%s is answered 401 with how to show some, and is on record', async (_what, authorization) => {
    const response = await ownTracks(location(), { authorization });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="muster device", charset="UTF-8"',
    ]);
    expect(await response.json()).toMatchObject({ code: 'not_authenticated' });
    expect(on.fake.unknownCallers).toMatchObject([{ door: 'post /v1/apps/owntracks' }]);
    expect(store.positions).toEqual([]);
  });

  test('while the store is away the answer is 503 and when to come again, and the message comes again', async () => {
    store.failure = storeUnavailable();
    const response = await ownTracks(location());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    store.failure = null;
    expect(resultOf(await ownTracks(location()))).toBe('accepted');
  });

  test('those who come are friends on the map, with a card and a place, until they are released', async () => {
    const [ada, bo] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];
    coming = [
      {
        sosId: 's',
        responderId: ada,
        name: 'Ada Lovelace',
        at: { lat: 47.51, lng: 8.51, atMs: NOW_MS - 3_000 },
      },
      { sosId: 's', responderId: bo, name: 'Alan Lee', at: null },
    ];
    const friends = (await (await ownTracks(location())).json()) as Record<string, unknown>[];
    const topic = friends[0]?.topic;
    expect(friends).toEqual([
      { _type: 'card', tid: 'AL', topic, name: 'Ada Lovelace' },
      { _type: 'location', tid: 'AL', topic, lat: 47.51, lon: 8.51, tst: NOW_S - 3 },
      { _type: 'card', tid: 'A1', topic: friends[2]?.topic, name: 'Alan Lee' },
    ]);
    expect(topic).toMatch(/^owntracks\/help\/[0-9a-f]{8}$/);
    expect(JSON.stringify(friends)).not.toMatch(/00000000-0000/);
    const again = (await (await ownTracks('')).json()) as Record<string, unknown>[];
    expect(again[0]?.topic).toBe(topic);
    coming = [];
    expect(await (await ownTracks('')).text()).toBe('[]');
  });

  test('a point of interest called SOS opens a call for help at its place, once', async () => {
    const call = location({ poi: 'SOS', t: 'u' });
    expect(resultOf(await ownTracks(call))).toBe('accepted');
    await ownTracks(call);
    expect(opened).toMatchObject([{ point: { lat: 47.5, lng: 8.5 } }]);
    expect(on.fake.notedSos.map(({ sosId, userId }) => [sosId, userId])).toContainEqual([
      'sos-1',
      DEVICE.userId,
    ]);
  });
});

describe('OsmAnd, Traccar Client and their kin', () => {
  const at = `${ID}&lat=47.5&lon=8.5&timestamp=${NOW_S}`;
  test.each<[string, () => Promise<Response>, string]>([
    ['parameters of a GET', () => osmAnd(at), 'accepted'],
    ['parameters of a POST without a body', () => osmAndBody('', {}, `?${at}`), 'accepted'],
    ['a form', () => osmAndBody(at, { 'content-type': 'application/x-www-form-urlencoded' }), 'accepted'],
    ['a form that says nothing of its type', () => osmAndBody(at), 'accepted'],
    ['nested JSON', () => osmAndBody(TRACCAR, { 'content-type': 'application/json' }), 'accepted'],
    [
      'nested JSON with a charset',
      () => osmAndBody(TRACCAR, { 'content-type': 'application/json; charset=utf-8' }),
      'accepted',
    ],
    [
      'nested JSON that says it is a form',
      () => osmAndBody(TRACCAR, { 'content-type': 'application/x-www-form-urlencoded' }),
      'accepted',
    ],
    [
      'a flat JSON array',
      () => osmAndBody([{ id: DEVICE.trackerId, ...HERE, timestamp: NOW_S }]),
      'accepted',
    ],
    ['the id as it was typed', () => osmAnd(at.replace('ABCD2345', 'abcd 2345 ')), 'accepted'],
    ['deviceid for id', () => osmAnd(at.replace('id=', 'deviceid=')), 'accepted'],
    ['milliseconds', () => osmAnd(`${ID}&lat=47.5&lon=8.5&timestamp=${NOW_MS}`), 'accepted'],
    [
      'a time of ISO',
      () => osmAnd(`${ID}&lat=47.5&lon=8.5&timestamp=${new Date(NOW_MS).toISOString()}`),
      'accepted',
    ],
    ['no time', () => osmAnd(`${ID}&lat=47.5&lon=8.5`), 'accepted'],
    ['both coordinates in one', () => osmAnd(`${ID}&location=47.5,8.5`), 'accepted'],
    ['a malformed coordinate', () => osmAnd(`${ID}&lat=x&lon=8.5`), 'invalid'],
    ['a malformed time', () => osmAnd(`${at.replace(/timestamp=.*/, 'timestamp=soon')}`), 'invalid'],
    ['a fix that is none, as the device says', () => osmAnd(`${at}&valid=0`), 'invalid'],
    ['a malformed speed', () => osmAnd(`${at}&speed=fast`), 'accepted'],
    ['a made-up place', () => osmAnd(`${at}&mock=true`), 'late'],
    ['no place', () => osmAnd(`${ID}&batt=20`), 'ignored-type'],
    ['half of JSON', () => osmAndBody('{"device_id":"', {}, `?${ID}`), 'rejected'],
  ])('%s of a known device is answered 200 with nothing', async (_what, send, result) => {
    const response = await send();
    expect(await said(response)).toEqual([200, result, '']);
  });

  test('speed is in knots in the one shape and in m/s in the other, and batteries of 100 or of 1', async () => {
    await osmAnd(`${at}&speed=${10 * 1.943844}&batt=87&accuracy=0&bearing=45`);
    const { coords, ...rest } = TRACCAR.location;
    const later = new Date(NOW_MS + 1_000).toISOString();
    const nested = { ...rest, timestamp: later, coords: { ...coords, speed: 3 } };
    await osmAndBody({ ...TRACCAR, location: nested });
    const [first, second] = store.positions.map(({ value }) => value.fix);
    expect(first).toMatchObject({ batteryPct: 87, accuracyM: null, headingDeg: 45 });
    expect(first?.speedMps).toBeCloseTo(10, 4);
    expect(second).toMatchObject({ batteryPct: 50, accuracyM: null, headingDeg: null, speedMps: 3 });
  });

  test('a batch is taken whole, with how many of each', async () => {
    const { location: one } = TRACCAR;
    const at = (s: number) => ({ ...one, timestamp: new Date(NOW_MS + s * 1_000).toISOString() });
    const response = await osmAndBody({ ...TRACCAR, location: [at(-600), at(-1), at(-1), at(0)] });
    expect(await said(response)).toEqual([200, 'accepted', '']);
    expect(response.headers.get('x-ingest-counts')).toBe('late=1, accepted=2, duplicate=1');
  });

  test.each<[string, () => Promise<Response>, number, string]>([
    [
      'an unknown id in parameters is 400',
      () => osmAnd(at.replace(DEVICE.trackerId, 'A'.repeat(24))),
      400,
      'bad_request',
    ],
    ['no id in parameters is 400', () => osmAnd('lat=1&lon=2'), 400, 'bad_request'],
    [
      'an unknown id in JSON is 404',
      () => osmAndBody({ ...TRACCAR, device_id: '48241179' }),
      404,
      'not_found',
    ],
    ['no id in JSON is 404', () => osmAndBody({ location: TRACCAR.location }), 404, 'not_found'],
    [
      'bad credentials are 401, whatever the id',
      () => osmAndBody(at, { authorization: basic(DEVICE.id, 'x') }),
      401,
      'not_authenticated',
    ],
  ])('%s, and is on record', async (_what, send, status, code) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(on.fake.unknownCallers).toHaveLength(1);
    expect(store.positions).toEqual([]);
  });

  test('credentials in a header are as good as the id', async () => {
    const headers = { authorization: KNOWN };
    expect(await said(await osmAndBody('lat=47.5&lon=8.5', headers))).toEqual([200, 'accepted', '']);
  });

  test('while the store is away the answer is 503 and when to come again', async () => {
    store.failure = storeUnavailable();
    const response = await osmAnd(at);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('while too much waits the answer is 503, and no 4xx, which would cost the app its fix', async () => {
    const many = Array.from({ length: 60 }, () => ({ id: DEVICE.trackerId, ...HERE }));
    const response = await osmAndBody(many);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('an alarm', () => {
  const call = `${ID}&lat=47.5&lon=8.5&timestamp=${NOW_S}&alarm=sos`;

  test('opens a call for help in every shape', async () => {
    const { location: one } = TRACCAR;
    const later = (s: number) => ({ ...one, timestamp: new Date(NOW_MS + s * 1_000).toISOString() });
    await osmAnd(call);
    await osmAndBody(call.replace(String(NOW_S), String(NOW_S + 1)));
    await osmAndBody({ ...TRACCAR, location: { ...later(2), alarm: 'sos' } });
    await osmAndBody({ ...TRACCAR, location: { ...later(3), extras: { alarm: 'sos' } } });
    expect(opened).toHaveLength(4);
  });

  test('that is sent again is the same call, and none while one is open', async () => {
    await osmAnd(call);
    await osmAnd(call);
    expect(opened).toHaveLength(1);
    hasOpen = true;
    await osmAnd(call.replace(String(NOW_S), String(NOW_S + 30)));
    expect(opened).toHaveLength(1);
    expect(metrics.counts.get('telemetry_app_alarms{already_open}')).toBe(1);
  });

  test('is heard with a place that the device doubts, and with a time that nobody can read', async () => {
    await osmAnd(`${ID}&lat=47.5&lon=8.5&valid=false&alarm=sos`);
    await osmAnd(`${ID}&lat=47.5&lon=8.5&timestamp=soon&alarm=sos`);
    expect(opened).toHaveLength(2);
  });

  test('without a place is where the person was last, and says so; where nobody knows it is counted', async () => {
    expect(await said(await osmAnd(`${ID}&alarm=sos`))).toEqual([200, 'ignored-type', '']);
    expect([opened, metrics.counts.get('telemetry_app_alarms{no_place}')]).toEqual([[], 1]);
    lastSeen = { lat: 47.1, lng: 8.1, receivedAtMs: NOW_MS - 720_000 };
    await osmAnd(`${ID}&alarm=sos`);
    expect(opened).toMatchObject([
      { point: { lat: 47.1, lng: 8.1 }, description: expect.stringMatching(/last seen here 12 min before/) },
    ]);
  });

  test('of more than an hour ago opens nothing, is counted and stands with the device', async () => {
    await osmAnd(`${ID}&lat=47.5&lon=8.5&timestamp=${NOW_S}`);
    const late = call.replace(String(NOW_S), String(NOW_S - 3_700));
    expect(await said(await osmAnd(late))).toEqual([200, 'stale', '']);
    expect([opened, metrics.counts.get('telemetry_app_alarms{too_old}')]).toEqual([[], 1]);
    expect(store.refused.map(({ reason }) => reason)).toContain('sos-too-late');
    await osmAnd(call.replace(String(NOW_S), String(NOW_S - 3_500)));
    expect(opened).toHaveLength(1);
  });

  test('of a device whose clock nobody knows is heard, whatever it says of its age', async () => {
    await osmAnd(call.replace(String(NOW_S), '1000000000'));
    expect(opened).toHaveLength(1);
  });

  test('that could not be opened now is answered 503, so that the app sends it again', async () => {
    failure = storeUnavailable();
    expect((await osmAnd(call)).status).toBe(503);
    failure = null;
    expect((await osmAnd(call)).status).toBe(200);
    expect(opened).toHaveLength(1);
  });

  test('is opened even while there is no room for positions', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({
      id: DEVICE.trackerId,
      ...HERE,
      ...(i === 0 ? { alarm: 'sos' } : {}),
    }));
    expect((await osmAndBody(many)).status).toBe(503);
    expect(opened).toHaveLength(1);
  });
});

describe('whatever a known device sends', () => {
  test('is answered 200, or 503 when it can come again', async () => {
    const scrap = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.webQueryParameters().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(scrap, async (body) => {
        for (const path of ['owntracks', 'osmand']) {
          const response = await fetch(`${on.origin}/v1/apps/${path}`, {
            method: 'POST',
            headers: { authorization: KNOWN },
            body: new Uint8Array(body),
          });
          await response.arrayBuffer();
          expect([200, 503]).toContain(response.status);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('an address that has no share left', () => {
  const none = { burst: 1, perSecond: 0.001 };
  const from = (query: string) =>
    fetch(`${on.origin}/v1/apps/osmand?${query}`, { headers: { 'x-forwarded-for': '192.0.2.1' } });

  test('is answered 503, and may still call for help', async () => {
    const { apps } = on.fake;
    on.close();
    on = await stage({
      trustedProxies: inNetworks(['127.0.0.1']),
      addressRates: { credentials: none, request: none, urgent: { burst: 2, perSecond: 0.001 } },
    });
    on.fake.apps = apps;
    const at = `${ID}&lat=47.5&lon=8.5`;
    expect((await from(at)).status).toBe(200);
    const refused = await from(at);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await from(`${at}&alarm=sos`)).status).toBe(200);
    expect(opened).toHaveLength(1);
  });
});
