import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ok, refused } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const ME = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const ENTRY = '00000000-0000-4000-8000-000000000003';

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on?.close());

const asked: unknown[] = [];
beforeEach(() => {
  asked.length = 0;
  const shown = <T>(value: T) => ok({ personId: OTHER, subjectUserId: OTHER, value });
  Object.assign(on.fake.services.bedside, {
    setThresholds: async (_by: unknown, _id: string, version: number, settings: unknown) => {
      asked.push({ version, settings });
      return version === 9 ? refused('thresholds_changed') : shown({ set: null, inForce: {} });
    },
    latest: async () =>
      shown({ current: { weightKg: { value: 80, atMs: 1_000, source: 'manual' } }, atMs: 61_000 }),
    scores: async (_by: unknown, _id: string, before: number | null, limit: number) => {
      asked.push({ before, limit });
      return shown([]);
    },
    record: async (_by: unknown, _id: string, entry: unknown) => {
      asked.push(entry);
      return shown({ recordId: ENTRY, recordedAtMs: 1, late: false, doubts: {} });
    },
    retract: async (_by: unknown, _id: string, record: string) => {
      asked.push(record);
      return record === ENTRY ? shown(null) : refused('not_found');
    },
  });
});

const ask = async (method: string, what: string, body?: unknown) => {
  const answer = await fetch(`${on.origin}/v1/people/${OTHER}/${what}`, {
    method,
    headers: { authorization: `Bearer ${ME}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
};

describe('what is set', () => {
  const put = (settings: unknown, version: unknown = 0) => ask('PUT', 'thresholds', { version, settings });

  test('is complete in itself: what is left out is the default', async () => {
    const limits = { spo2Pct: { lowWarning: 88 } };
    expect((await put({ maxHeartRateBpm: 120, limits })).status).toBe(200);
    expect(asked).toMatchObject([
      {
        version: 0,
        settings: {
          maxHeartRateBpm: 120,
          targetHeartRateBpm: null,
          spo2Scale: 1,
          isPregnant: false,
          expected: null,
          limits: { spo2Pct: { lowWarning: 88, lowCritical: null, margin: null, durationMs: null } },
        },
      },
    ]);
  });

  test('by somebody else meanwhile is a conflict', async () => {
    expect(await put({}, 9)).toMatchObject({ status: 409, body: { code: 'thresholds_changed' } });
  });

  test.each([
    ['scale 2 without a reason', { spo2Scale: 2 }],
    ['a pregnancy without a reason', { isPregnant: true }],
    ['a scale that there is not', { spo2Scale: 3, reason: 'why' }],
    [
      'a critical limit inside of the warning',
      { limits: { heartRateBpm: { highWarning: 150, highCritical: 140 } } },
    ],
    ['low above high', { limits: { heartRateBpm: { lowWarning: 100, highWarning: 90 } } }],
    ['limits of a vital sign that has none', { limits: { weightKg: { highWarning: 90 } } }],
    ['a pressure in words', { bloodPressureGoal: '120/80' }],
    ['a weight in pounds', { weightGoalLbs: 180 }],
    ['data expected of nothing that there is', { expected: ['mood'] }],
    ['a duration of a day', { durationMs: 86_400_000 }],
  ])('%s is refused', async (_, settings) => {
    expect((await put(settings)).body).toMatchObject({ code: 'bad_request' });
    expect(asked).toEqual([]);
  });
});

describe('what is written down', () => {
  test('goes in as it is, without what is null', async () => {
    const body = { id: ENTRY, temperatureC: 37.2, systolicMmhg: null, consciousness: 'A', notes: 'sleepy' };
    const answer = await ask('POST', 'vitals', body);
    expect(answer).toMatchObject({ status: 201, body: { personId: OTHER, recordId: ENTRY, late: false } });
    expect(asked).toEqual([
      {
        id: ENTRY,
        recordedAtMs: undefined,
        notes: 'sleepy',
        vitals: { temperatureC: 37.2, consciousness: 'A' },
      },
    ]);
  });

  test.each([
    ['nothing', { id: ENTRY }],
    ['nothing but null', { id: ENTRY, temperatureC: null }],
    ['no id', { temperatureC: 37 }],
    ['Fahrenheit', { id: ENTRY, temperatureF: 98.6 }],
    ['a pressure in words', { id: ENTRY, bloodPressure: '120/80' }],
    ['a number in words', { id: ENTRY, temperatureC: '37' }],
    ['a consciousness that there is not', { id: ENTRY, consciousness: 'X' }],
  ])('%s is refused', async (_, body) => {
    expect(await ask('POST', 'vitals', body)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    expect(asked).toEqual([]);
  });

  test('is taken back by its id', async () => {
    expect(await ask('DELETE', `vitals/${ENTRY}`)).toMatchObject({ status: 204 });
    expect(await ask('DELETE', 'vitals/nothing')).toMatchObject({ status: 404 });
    expect(asked).toEqual([ENTRY, '']);
  });
});

describe('what is read', () => {
  test('has its age', async () => {
    expect((await ask('GET', 'vitals/latest')).body).toEqual({
      personId: OTHER,
      atMs: 61_000,
      values: { weightKg: { value: 80, atMs: 1_000, ageMs: 60_000, source: 'manual' } },
    });
  });

  test('comes page by page', async () => {
    await ask('GET', 'news2/history');
    await ask('GET', 'news2/history?before=5&limit=7');
    expect(asked).toEqual([
      { before: null, limit: 50 },
      { before: 5, limit: 7 },
    ]);
    expect((await ask('GET', 'news2/history?limit=201')).status).toBe(400);
  });

  test('of whom one may see nothing is nobody', async () => {
    for (const what of ['thresholds', 'news2']) expect((await ask('GET', what)).status).toBe(404);
  });
});
