import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ok } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const ME = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const DAY_MS = 86_400_000;

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on?.close());

const asked: unknown[] = [];
beforeEach(() => {
  asked.length = 0;
  const shown = <T>(id: string, value: T) => ok({ personId: id, subjectUserId: id, value });
  Object.assign(on.fake.services.history, {
    series: async (_by: unknown, id: string, what: unknown) => {
      asked.push(what);
      const points = [
        { atMs: 5, value: 71.5 },
        { atMs: 6, value: 990, isDoubted: true },
      ];
      const one = { vital: 'heartRateBpm', unit: '/min', grain: 'sample', samples: 1, doubted: 1, points };
      return shown(id, [one]);
    },
    track: async (_by: unknown, id: string, range: unknown, points: number) => {
      asked.push({ range, points });
      return shown(id, [{ atMs: 5, lat: 1, lng: 2, accuracyM: null }]);
    },
    positions: async (_by: unknown, id: string, range: unknown, format: string) => {
      asked.push({ range, format });
      return shown(
        id,
        (async function* () {
          yield 'a';
          yield 'b';
        })(),
      );
    },
  });
});

const get = async (what: string, id = OTHER) => {
  const answer = await fetch(`${on.origin}/v1/people/${id}/${what}`, {
    headers: { authorization: `Bearer ${ME}` },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : null,
  };
};

describe('a series', () => {
  test('takes several vital signs, times in milliseconds or with an offset, and says what is not believed', async () => {
    const { status, body } = await get(
      'series?vital=heartRateBpm,spo2Pct&from=2026-11-24T10:00:00%2B02:00&to=1795600800000&points=40&doubted=true',
    );
    expect(status).toBe(200);
    expect(asked).toEqual([
      {
        vitals: ['heartRateBpm', 'spo2Pct'],
        range: { fromMs: Date.parse('2026-11-24T08:00:00Z'), toMs: 1_795_600_800_000 },
        points: 40,
        withDoubted: true,
      },
    ]);
    expect(body).toMatchObject({
      personId: OTHER,
      fromMs: Date.parse('2026-11-24T08:00:00Z'),
      series: [
        {
          vital: 'heartRateBpm',
          points: [
            [5, 71.5],
            [6, 990, 'doubted'],
          ],
        },
      ],
    });
  });

  test('is of the last day unless told otherwise', async () => {
    await get('series?vital=heartRateBpm&vital=weightKg');
    const [{ range, vitals, points }] = asked as [
      { range: { fromMs: number; toMs: number }; vitals: string[]; points: number },
    ];
    expect(range.toMs - range.fromMs).toBe(DAY_MS);
    expect([vitals, points]).toEqual([['heartRateBpm', 'weightKg'], 500]);
  });

  test.each([
    ['no vital sign', 'series'],
    ['one that is none', 'series?vital=shoeSize'],
    ['an end before its beginning', 'series?vital=heartRateBpm&from=10&to=5'],
    ['a time that is none', 'series?vital=heartRateBpm&from=yesterday'],
    ['a time without an offset', 'series?vital=heartRateBpm&from=2026-11-24T10:00:00'],
    ['a hundred years', 'series?vital=heartRateBpm&from=0&to=3155760000000'],
    ['too many points', 'series?vital=heartRateBpm&points=5001'],
    ['more of a track than is kept', `track?from=0&to=${32 * DAY_MS}`],
  ])('with %s is refused with the field', async (_, path) => {
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'bad_request',
      detail: expect.stringMatching(/^(vital|from|to|points)/),
    });
    expect(asked).toEqual([]);
  });
});

describe('a file', () => {
  test('comes in pieces, with its type and a name', async () => {
    const { status, text, headers } = await get('positions.gpx?from=1000&to=2000');
    expect([status, text]).toEqual([200, 'ab']);
    expect(headers.get('content-type')).toBe('application/gpx+xml');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${OTHER}-positions.gpx"`);
    expect(asked).toEqual([{ range: { fromMs: 1_000, toMs: 2_000 }, format: 'gpx' }]);
  });
});

describe('in the audit log', () => {
  test('is whoever looks at somebody else, and not who looks at what is theirs', async () => {
    const before = on.fake.audited.length;
    await get('track', ME);
    expect(on.fake.audited).toHaveLength(before);
    await get('track', OTHER);
    expect(on.fake.audited.slice(before)).toMatchObject([
      {
        actorId: ME,
        action: 'read',
        resourceKind: 'position',
        resourceId: OTHER,
        subjectUserId: OTHER,
        purpose: 'dispatch',
        outcome: 'allowed',
      },
    ]);
  });
});
