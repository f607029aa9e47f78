import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { seemsSane } from '../../testing/telemetry/sane-message.ts';
import { readOwnTracks } from './owntracks.ts';

const NOW = 1_750_000_000_000;
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const read = (value: unknown) => readOwnTracks(bytes(value), NOW);
const only = (value: unknown) => read(value).messages?.[0];
const HERE = { _type: 'location', lat: 48.85833, lon: 2.29513, tst: 1_497_476_456, tid: 'JJ' };

describe('an OwnTracks location', () => {
  test('is read with its units: seconds, km/h, percent', () => {
    const sent = {
      ...HERE,
      acc: 12,
      alt: 35,
      vel: 36,
      cog: 118,
      batt: 87,
      bs: 1,
      t: 'u',
      conn: 'm',
      created_at: 1_497_476_460,
      _id: 'a1b2c3d4',
      SSID: 'home',
      BSSID: '00:11:22:33:44:55',
    };
    expect(only(sent)).toEqual({
      type: 'location',
      without: null,
      problem: null,
      atMs: 1_497_476_456_000,
      place: { lat: 48.85833, lng: 2.29513 },
      isSos: false,
      batteryPct: 87,
      messageId: 'a1b2c3d4',
      fix: {
        atMs: 1_497_476_456_000,
        lat: 48.85833,
        lng: 2.29513,
        accuracyM: 12,
        speedMps: 10,
        headingDeg: 118,
        altitudeM: 35,
        batteryPct: 87,
        messageId: 'a1b2c3d4',
        isMock: false,
      },
    });
  });

  test.each([
    ['an accuracy of 0 is not known', { acc: 0 }, { accuracyM: null }],
    ['a speed of -1 is not known', { vel: -1 }, { speedMps: null }],
    ['a course of -1 is not known', { cog: -1 }, { headingDeg: null }],
    ['a battery of -1 is not known', { batt: -1 }, { batteryPct: null }],
    ['an accuracy beyond all measure stays inaccurate', { acc: 2_000_000 }, { accuracyM: 100_000 }],
    ['a speed that nothing has is not known', { vel: 99_999 }, { speedMps: null }],
    ['numbers may come as texts', { lat: '48.5', tst: '1497476456' }, { lat: 48.5, atMs: 1_497_476_456_000 }],
    ['a text that is no number is not known', { acc: 'good', vel: '1e', cog: {} }, { accuracyM: null }],
    [
      'what was left out is not known',
      {},
      { accuracyM: null, speedMps: null, headingDeg: null, altitudeM: null },
    ],
    ['a payload without its time means now', { tst: undefined }, { atMs: NOW }],
  ])('%s', (_what, sent, expected) => {
    expect(only({ ...HERE, ...sent })?.fix).toMatchObject(expected);
  });

  test.each([
    ['a latitude beyond the pole', { lat: 90.1 }, 'lat, lon: no place on earth'],
    ['no longitude', { lon: null }, 'lat, lon: no place on earth'],
    ['a time in words', { tst: 'yesterday' }, 'tst: no time'],
    ['a time before 1970', { tst: -5 }, 'tst: no time'],
    ['a time beyond all calendars', { tst: 1e300 }, 'tst: no time'],
  ])('with %s is invalid, and says why', (_what, sent, problem) => {
    expect(only({ ...HERE, ...sent })).toMatchObject({ fix: null, without: 'invalid', problem });
  });

  test.each(['SOS', 'sos', ' Sos! '])('whose point of interest is called "%s" is a call for help', (poi) => {
    expect(only({ ...HERE, poi })).toMatchObject({ isSos: true, place: { lat: 48.85833 } });
  });

  test.each([['sossusvlei'], [''], [{ toString: 'sos' }]])('whose point of interest is %j is none', (poi) => {
    expect(only({ ...HERE, poi })?.isSos).toBe(false);
  });

  test('calls for help even when its time can not be read', () => {
    expect(only({ ...HERE, tst: 'x', poi: 'SOS' })).toMatchObject({ fix: null, isSos: true, atMs: null });
  });
});

describe('an OwnTracks message', () => {
  test('of no length at all is legal and says nothing', () => {
    expect(read('')).toEqual({ messages: [], problem: null });
  });

  test('of a region that was entered is a fix where that happened, and need not say where', () => {
    const entered = { _type: 'transition', event: 'enter', wtst: 1, tst: 1_433_342_520, acc: 65, tid: 'jp' };
    expect(only({ ...entered, lat: 2.2, lon: 1.1 })?.fix).toMatchObject({
      lat: 2.2,
      lng: 1.1,
      accuracyM: 65,
    });
    expect(only(entered)).toMatchObject({ fix: null, without: 'ignored-type', type: 'transition' });
  });

  test.each(['waypoint', 'waypoints', 'lwt', 'status', 'card', 'steps', 'cmd', 'beacon', 'request'])(
    'of type %s is known and has no position of the device, whatever it holds',
    (_type) => {
      const sent = { ...HERE, _type, tst: '1440363922', rad: '50' };
      expect(only(sent)).toMatchObject({
        type: _type,
        fix: null,
        without: 'ignored-type',
        atMs: 1_440_363_922_000,
      });
    },
  );

  test('that is encrypted is ignored, with a word on what to do', () => {
    expect(only({ _type: 'encrypted', data: 'aGVsbG8=' })).toMatchObject({
      without: 'ignored-type',
      problem: expect.stringMatching(/clear the key/),
    });
  });

  test('of a type that nobody knows goes by no name of its own', () => {
    expect(only({ _type: '<script>', lat: 1, lon: 1, tst: 1 })).toMatchObject({ type: 'other', fix: null });
  });

  test.each([
    ['text', 'hello', 'body: not JSON'],
    ['half of a message', '{"_type":"location","lat":', 'body: not JSON'],
    ['a list', [HERE], 'body: no JSON object'],
    ['null', null, 'body: no JSON object'],
    ['an object without a type', { lat: 1, lon: 1 }, '_type: is missing'],
    ['an object whose type is a number', { _type: 7 }, '_type: is missing'],
  ])('that is %s can not be read', (_what, sent, problem) => {
    expect(read(sent)).toEqual({ messages: null, problem });
  });

  test('in bytes that are no text can not be read', () => {
    expect(readOwnTracks(new Uint8Array([0x7b, 0xff, 0x7d]), NOW).messages).toBeNull();
  });
});

const file = new URL('../shared/data/vectors/owntracks_booklet_payloads.json', packageRoot);
const vectors = existsSync(file) ? readFileSync(file, 'utf8') : undefined;

describe.skipIf(vectors === undefined)('the booklet’s own payloads (skipped without ../shared/data)', () => {
  const { cases } = JSON.parse(vectors ?? '{"cases":[]}') as { cases: { payload: { _type: string } }[] };

  test('are all of a known type; locations and transitions are fixes, and nothing else is', () => {
    expect(cases).toHaveLength(24);
    for (const { payload } of cases) {
      const message = only(payload);
      const isFix = ['location', 'transition'].includes(payload._type);
      expect([payload._type, message?.type, message?.fix !== null]).toEqual([
        payload._type,
        payload._type,
        isFix,
      ]);
    }
  });
});

describe('whatever comes in', () => {
  const field = fc.oneof(fc.anything(), fc.double(), fc.string(), fc.constantFrom(-1, 0, '1e999', 'NaN'));
  const location = fc.record(
    {
      lat: field,
      lon: field,
      tst: field,
      acc: field,
      vel: field,
      cog: field,
      alt: field,
      batt: field,
      _id: field,
    },
    { requiredKeys: [] },
  );

  test('as a location is read without throwing and never as what is no number', () => {
    fc.assert(
      fc.property(location, (fields) => {
        // A number in JSON can be larger than any.
        seemsSane(read(JSON.stringify({ ...fields, _type: 'location' }).replaceAll('"1e999"', '1e999')));
      }),
      { numRuns: 2_000 },
    );
  });

  test('as bytes or as any JSON is read without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (sent) => seemsSane(readOwnTracks(sent, NOW))));
    fc.assert(
      fc.property(fc.json(), (sent) => seemsSane(read(sent))),
      { numRuns: 1_000 },
    );
  });
});
