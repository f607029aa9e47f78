import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seemsSane } from '../../testing/telemetry/sane-message.ts';
import { readOsmAnd } from './osmand.ts';

const NOW = 1_750_000_000_000;
const NOTHING = new Uint8Array();
const byQuery = (query: string) => readOsmAnd({ query: new URLSearchParams(query), body: NOTHING }, NOW);
const byBody = (body: unknown, query = '') => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readOsmAnd({ query: new URLSearchParams(query), body: Buffer.from(text) }, NOW);
};

/** One fix in all shapes, each as its client sends it. */
const SPEED_KNOTS = 10 * 1.943844;
const FORM = `id=abc&lat=47.5&lon=8.5&timestamp=1749999990&accuracy=7&altitude=410&speed=${SPEED_KNOTS}&bearing=90&batt=80`;
const FLAT = {
  id: 'abc',
  lat: 47.5,
  lon: 8.5,
  timestamp: 1_749_999_990,
  accuracy: 7,
  altitude: 410,
  speed: SPEED_KNOTS,
  bearing: 90,
  batt: 80,
};
const LOCATION = {
  timestamp: '2025-06-15T15:06:30.000Z',
  coords: { latitude: 47.5, longitude: 8.5, accuracy: 7, speed: 10, heading: 90, altitude: 410 },
  is_moving: false,
  odometer: 0,
  event: 'motionchange',
  battery: { level: 0.8, is_charging: false },
  activity: { type: 'still' },
  extras: {},
};
const EXPECTED = {
  atMs: 1_749_999_990_000,
  lat: 47.5,
  lng: 8.5,
  accuracyM: 7,
  altitudeM: 410,
  headingDeg: 90,
  isMock: false,
  messageId: null,
};

describe('a fix', () => {
  test.each([
    ['parameters of the address', byQuery(FORM), false],
    ['a form', byBody(FORM), false],
    ['a nested JSON object', byBody({ device_id: 'abc', location: LOCATION }), true],
    ['a batch in one JSON object', byBody({ device_id: 'abc', location: [LOCATION] }), true],
    ['a flat JSON array', byBody([FLAT]), true],
    ['a flat JSON object', byBody(FLAT), true],
    ['parameters that hold the id and a body that holds the rest', byBody(FLAT, 'id=abc'), true],
  ])('is the same in %s', (_shape, { messages, deviceId, isJson }, expectJson) => {
    expect(messages).toHaveLength(1);
    expect(messages?.[0]?.fix).toMatchObject(EXPECTED);
    expect(messages?.[0]?.fix?.speedMps).toBeCloseTo(10, 4);
    expect(messages?.[0]?.fix?.batteryPct).toBeCloseTo(80, 9);
    expect([deviceId, isJson]).toEqual(['abc', expectJson]);
  });

  const parameters = 'lat=1&lon=2';
  test.each([
    ['epoch seconds', 'timestamp=1749999990', 1_749_999_990_000],
    ['epoch seconds with a fraction', 'timestamp=1749999990.5', 1_749_999_990_500],
    ['epoch milliseconds', 'timestamp=1749999990123', 1_749_999_990_123],
    ['the first number that is milliseconds', 'timestamp=2147483647', 2_147_483_647],
    ['ISO of UTC', 'timestamp=2025-06-15T15:06:30.5Z', 1_749_999_990_500],
    ['ISO with an offset', `timestamp=${encodeURIComponent('2025-06-15T17:06:30+02:00')}`, 1_749_999_990_000],
    ['ISO with an offset that nobody escaped', 'timestamp=2025-06-15T17:06:30+02:00', 1_749_999_990_000],
    ['ISO west of it', 'timestamp=2025-06-15T08:06:30-0700', 1_749_999_990_000],
    ['a date and a time, of UTC', 'timestamp=2025-06-15 15:06:30', 1_749_999_990_000],
    ['nothing, which means now', '', NOW],
  ])('may state its time as %s', (_what, timestamp, atMs) => {
    expect(byQuery(`${parameters}&${timestamp}`).messages?.[0]?.fix?.atMs).toBe(atMs);
  });

  test.each([
    ['an accuracy of 0 is not known', 'accuracy=0', { accuracyM: null }],
    ['a speed below zero is not known', 'speed=-1', { speedMps: null }],
    ['a heading below zero is not known', 'heading=-1', { headingDeg: null }],
    ['a battery below zero is not known', 'batt=-1', { batteryPct: null }],
    ['a malformed speed is not known', 'speed=fast', { speedMps: null }],
    ['a made-up position says so', 'mock=true', { isMock: true }],
    ['a knot is 1852 m an hour', 'speed=1', { speedMps: 1852 / 3600 }],
    ['the heading may be called so', 'heading=45', { headingDeg: 45 }],
    ['a name that comes twice counts once', 'batt=50&batt=90', { batteryPct: 50 }],
    ['what nobody knows is left out', 'cell=262,1,2,3&wifi=aa-bb,-50&__proto__=1&x=y', { lat: 1 }],
  ])('%s', (_what, more, expected) => {
    expect(byQuery(`${parameters}&${more}`).messages?.[0]?.fix).toMatchObject(expected);
  });

  test.each([
    [
      '-1 is not known, of speed and heading',
      { speed: -1, heading: -1 },
      { speedMps: null, headingDeg: null },
    ],
    ['accuracy 0 is not known', { accuracy: 0 }, { accuracyM: null }],
    ['members may be missing', { accuracy: undefined, altitude: undefined }, { altitudeM: null, lat: 47.5 }],
    ['speed is in m/s', { speed: 3 }, { speedMps: 3 }],
  ])('in nested JSON: %s', (_what, coords, expected) => {
    const location = { ...LOCATION, coords: { ...LOCATION.coords, ...coords } };
    expect(byBody({ device_id: 'a', location }).messages?.[0]?.fix).toMatchObject(expected);
  });

  test.each([
    [-1, null],
    [1, 100],
    [0, 0],
    [87, 87],
    [120, null],
  ])('in nested JSON has a battery of %d that is %d percent', (level, batteryPct) => {
    const location = { ...LOCATION, battery: { level } };
    expect(byBody({ device_id: 'a', location }).messages?.[0]?.fix?.batteryPct).toBe(batteryPct);
  });

  test('may stand in one parameter', () => {
    expect(byQuery('location=47.5,8.5').messages?.[0]?.fix).toMatchObject({ lat: 47.5, lng: 8.5 });
    expect(byQuery('location=47.5').messages?.[0]).toMatchObject({ fix: null, without: 'invalid' });
  });

  test.each([
    ['a latitude beyond the pole', 'lat=91&lon=1', 'lat, lon: no place on earth'],
    ['half a place', 'lat=1', 'lat, lon: no place on earth'],
    ['a place that is no number', 'lat=NaN&lon=Infinity', 'lat, lon: no place on earth'],
    ['a time that is none', 'lat=1&lon=1&timestamp=2025-13-45T99:00:00Z', 'timestamp: no time'],
    ['no fix, as the device says itself', 'lat=1&lon=1&valid=false', 'valid: the device has no fix'],
  ])('with %s is invalid, and says why', (_what, query, problem) => {
    expect(byQuery(query).messages?.[0]).toMatchObject({ fix: null, without: 'invalid', problem });
  });

  test('without a position is a sign of life', () => {
    expect(byQuery('id=a&batt=40').messages?.[0]).toMatchObject({ without: 'ignored-type', batteryPct: 40 });
  });
});

describe('a call for help', () => {
  test.each([
    ['parameters', byQuery('lat=1&lon=2&alarm=sos')],
    ['parameters without a place', byQuery('id=a&alarm=SOS')],
    ['a form, among others', byBody('lat=1&lon=2&alarm=lowBattery,sos')],
    ['flat JSON', byBody([{ ...FLAT, alarm: 'sos' }])],
    ['nested JSON', byBody({ device_id: 'a', location: { ...LOCATION, alarm: 'sos' } })],
    [
      'the extras of nested JSON',
      byBody({ device_id: 'a', location: { ...LOCATION, extras: { alarm: 'sos' } } }),
    ],
    ['a fix that the device itself doubts', byQuery('lat=1&lon=2&alarm=sos&valid=false')],
    ['a fix whose time can not be read', byQuery('lat=1&lon=2&alarm=sos&timestamp=soon')],
  ])('is heard in %s', (_shape, { messages }) => {
    expect(messages?.[0]?.isSos).toBe(true);
  });

  test('of the location goes before that of its extras', () => {
    const location = { ...LOCATION, alarm: 'movement', extras: { alarm: 'sos' } };
    expect(byBody({ device_id: 'a', location }).messages?.[0]?.isSos).toBe(false);
  });

  test('is no other alarm', () => {
    expect(byQuery('lat=1&lon=2&alarm=sosAcknowledged').messages?.[0]?.isSos).toBe(false);
  });
});

describe('many fixes in one request', () => {
  test('are all of them read', () => {
    const location = [0, 1, 2].map((i) => ({
      ...LOCATION,
      uuid: `u${i}`,
      coords: { ...LOCATION.coords, latitude: i },
    }));
    const { messages } = byBody({ device_id: 'a', location });
    expect(messages?.map(({ fix }) => [fix?.lat, fix?.messageId])).toEqual([
      [0, 'u0'],
      [1, 'u1'],
      [2, 'u2'],
    ]);
  });

  test('are of the device that the first names, or not used', () => {
    const { deviceId, messages } = byBody([FLAT, { ...FLAT, id: 'other' }, { lat: 1, lon: 2 }, 7]);
    expect(deviceId).toBe('abc');
    expect(messages?.map(({ without }) => without)).toEqual([null, 'invalid', null, 'invalid']);
  });
});

test.each([
  ['half of JSON', '{"device_id":"a","location":{', true],
  ['half of a list', '[1,', true],
])('%s can not be read, whatever its sender is called', (_what, body, isJson) => {
  expect(byBody(body, 'id=abc')).toEqual({
    messages: null,
    problem: 'body: not JSON',
    deviceId: 'abc',
    isJson,
  });
});

describe('whatever comes in', () => {
  const field = fc.oneof(
    fc.anything(),
    fc.double(),
    fc.string(),
    fc.constantFrom(-1, 0, '1e999', 'NaN', '2025-01-01T00:00Z'),
  );
  const names = [
    'id',
    'lat',
    'lon',
    'location',
    'timestamp',
    'speed',
    'accuracy',
    'batt',
    'altitude',
    'alarm',
  ];
  const nestedNames = ['timestamp', 'coords', 'battery', 'extras', 'uuid'];
  const object = (keys: string[]) => fc.dictionary(fc.constantFrom(...keys), field, { maxKeys: 8 });

  test('as JSON is read without throwing and never as what is no number', () => {
    const coords = object(['latitude', 'longitude', 'speed', 'accuracy', 'heading', 'altitude']);
    const location = fc.oneof(
      object(nestedNames),
      fc.record({ coords, timestamp: field, battery: object(['level']) }),
    );
    const body = fc.oneof(
      object(names),
      fc.array(object(names)),
      fc.record({ location }),
      fc.record({ location: fc.array(location) }),
    );
    fc.assert(
      fc.property(body, (sent) => seemsSane(byBody(JSON.stringify(sent).replaceAll('"1e999"', '1e999')))),
      { numRuns: 2_000 },
    );
  });

  test('as parameters or bytes is read without throwing', () => {
    const value = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('-1', '1e9', '٣', '0x10'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (sent) =>
        seemsSane(byQuery(new URLSearchParams(sent).toString())),
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) =>
        seemsSane(readOsmAnd({ query: new URLSearchParams(), body }, NOW)),
      ),
    );
  });
});
