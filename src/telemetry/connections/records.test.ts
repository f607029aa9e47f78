import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { mapping, type Resource } from './mapping.ts';
import { at } from './pointer.ts';
import { measuredIn, readRecord, recordsIn } from './records.ts';
import { zoneOffset } from './times.ts';

const utc = () => 0;
const resource = (provider: string, name: string): Resource => {
  const file = new URL(`deploy/wearables/${provider}.json`, packageRoot);
  const found = mapping
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .resources.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const read = (of: Resource, answer: unknown, personAt = utc as Parameters<typeof measuredIn>[2]) =>
  recordsIn(answer, of.list).flatMap((record) => [...measuredIn(record, of, personAt)]);
const atUtc = (iso: string) => Date.parse(iso);

describe('a pointer', () => {
  test('finds what is there, its own, and of several the first', () => {
    const value = { a: { 'b/c': [1, { d: 0 }] }, e: null };
    expect(at(value, '/a/b~1c/1/d')).toBe(0);
    expect(at(value, ['/missing', '/e', '/a/b~1c/0'])).toBe(1);
    expect(at(value, '/__proto__/toString')).toBe(undefined);
    expect(at(value, '')).toBe(value);
  });
});

describe('Strava', () => {
  const activities = resource('strava', 'activities');
  test('measures the heart through an activity, by its streams', () => {
    const record = {
      id: 9_012_345_678,
      start_date: '2026-03-01T07:00:00Z',
      detail: {
        time: { data: [0, 1, 5, 7], series_type: 'distance' },
        heartrate: { data: [91, 92, 0, 120] },
      },
    };
    expect(readRecord(record, activities, utc)).toEqual({
      id: '9012345678',
      atMs: atUtc('2026-03-01T07:00:00Z'),
    });
    expect([...measuredIn(record, activities, utc)]).toEqual([
      { atMs: atUtc('2026-03-01T07:00:00Z'), vitals: { heartRateBpm: 91 } },
      { atMs: atUtc('2026-03-01T07:00:01Z'), vitals: { heartRateBpm: 92 } },
      { atMs: atUtc('2026-03-01T07:00:07Z'), vitals: { heartRateBpm: 120 } },
    ]);
  });
  test('says a weight as of its profile', () => {
    const athlete = { id: 1, weight: 71.5, updated_at: '2026-02-01T10:00:00Z' };
    expect(read(resource('strava', 'weight'), athlete)).toEqual([
      { atMs: atUtc('2026-02-01T10:00:00Z'), vitals: { weightKg: 71.5 } },
    ]);
  });
});

describe('Polar', () => {
  const day = {
    polar_user: 'https://www.polaraccesslink.com/v3/users/1',
    date: '2026-07-01',
    heart_rate_samples: [
      { heart_rate: 63, sample_time: '00:02:08' },
      { heart_rate: 0, sample_time: '00:07:08' },
      { heart_rate: 58, sample_time: '23:58:00' },
    ],
  };
  const expected = [
    { atMs: atUtc('2026-06-30T22:02:08Z'), vitals: { heartRateBpm: 63 } },
    { atMs: atUtc('2026-07-01T21:58:00Z'), vitals: { heartRateBpm: 58 } },
  ];
  test.each([
    ['a list', [day]],
    ['a list with a name', { heart_rates: [day] }],
    ['one day', day],
  ])('says the heart rate of a day in local time, as %s', (_shape, answer) => {
    expect(read(resource('polar', 'heart_rate'), answer, zoneOffset('Europe/Helsinki'))).toEqual(
      expected.map(({ atMs, vitals }) => ({ atMs: atMs - 3_600_000, vitals })),
    );
    expect(read(resource('polar', 'heart_rate'), answer, zoneOffset('Europe/Berlin'))).toEqual(expected);
  });
  test.each([
    ['_', { sample_type: '0', recording_rate: 5 }],
    ['-', { 'sample-type': 0, 'recording-rate': '5' }],
  ])('counts the samples of an exercise by their rate, with %s in its names', (mark, kind) => {
    const record = {
      id: '2AC312F',
      [`start${mark}time`]: '2026-07-01T10:00:00',
      [`start${mark}time${mark}utc${mark}offset`]: 180,
      detail: {
        samples: [
          { ...kind, data: '0,100,,102' },
          { sample_type: '1', recording_rate: 5, data: '9,9' },
        ],
      },
    };
    expect([...measuredIn(record, resource('polar', 'exercises'), utc)]).toEqual([
      { atMs: atUtc('2026-07-01T07:00:05Z'), vitals: { heartRateBpm: 100 } },
      { atMs: atUtc('2026-07-01T07:00:15Z'), vitals: { heartRateBpm: 102 } },
    ]);
  });
  test('says SpO2 with the heart rate of the test', () => {
    const tests = [{ test_time: 1_782_900_000, blood_oxygen_percent: 97, avg_heart_rate_bpm: 61 }];
    expect(read(resource('polar', 'spo2'), tests)).toEqual([
      { atMs: 1_782_900_000_000, vitals: { spo2Pct: 97, heartRateBpm: 61 } },
    ]);
  });
  test('says the temperature of the core and not that of the skin', () => {
    const period = (measurement_type: string) => ({
      measurement_type,
      start_time: '2026-07-01T22:00:00',
      samples: [{ temperature_celsius: 36.6, recording_time_delta_milliseconds: 60_000 }],
    });
    const answer = [period('TM_SKIN_TEMPERATURE'), period('TM_CORE_TEMPERATURE')];
    expect(read(resource('polar', 'core_temperature'), answer, zoneOffset('Europe/Helsinki'))).toEqual([
      { atMs: atUtc('2026-07-01T19:01:00Z'), vitals: { temperatureC: 36.6 } },
    ]);
  });
});

describe('a relay of Samsung Health', () => {
  test('says each data type in the fields of the SDK', () => {
    const start_time = 1_782_900_000_000;
    const said = (name: string, fields: object) =>
      read(resource('samsung', name), { records: [{ datauuid: 'a', start_time, ...fields }] }).map(
        ({ vitals }) => vitals,
      );
    expect(said('blood_pressure', { systolic: 121, diastolic: 79, pulse: 0 })).toEqual([
      { systolicMmhg: 121, diastolicMmhg: 79 },
    ]);
    expect(said('heart_rate', { heart_rate: 70, binning_data: [{ start_time, heart_rate: 68 }] })).toEqual([
      { heartRateBpm: 70 },
      { heartRateBpm: 68 },
    ]);
    expect(said('oxygen_saturation', { spo2: 96 })).toEqual([{ spo2Pct: 96 }]);
    expect(said('body_temperature', { temperature: 36.6 })).toEqual([{ temperatureC: 36.6 }]);
    expect(said('blood_glucose', { glucose: 5.4 })).toEqual([{ glucoseMmolL: 5.4 }]);
    expect(said('weight', { weight: 70.2 })).toEqual([{ weightKg: 70.2 }]);
  });
});

test('whatever a provider answers, reading it throws nothing and gives finite numbers only', () => {
  const all = ['strava', 'polar', 'samsung'].flatMap((provider) => {
    const file = new URL(`deploy/wearables/${provider}.json`, packageRoot);
    return mapping.parse(JSON.parse(readFileSync(file, 'utf8'))).resources;
  });
  const keys = [
    'id',
    'start_date',
    'detail',
    'time',
    'data',
    'heartrate',
    'date',
    'heart_rate_samples',
    'sample_time',
    'heart_rate',
    'records',
    'start_time',
    'samples',
    'sample_type',
    'recording_rate',
    'weight',
    'updated_at',
    'test_time',
  ];
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('0', '00:02:08', '2026-07-01', '2026-07-01T10:00:00Z', '1,2,x', 'TM_CORE_TEMPERATURE'),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (answer) => {
      for (const one of all)
        for (const { atMs, vitals } of read(one, answer)) {
          expect(Number.isInteger(atMs)).toBe(true);
          for (const number of Object.values(vitals)) expect(Number.isFinite(number)).toBe(true);
        }
    }),
    { numRuns: 500 },
  );
});
