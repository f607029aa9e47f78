import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ok } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const ME = '00000000-0000-4000-8000-000000000001';
const ADA = '00000000-0000-4000-8000-00000000000a';
const FENCE = '00000000-0000-4000-8000-0000000000fe';
const HOME = { center: { lat: 47, lng: 7 }, radiusM: 150 };

let on: Stage;
const set: unknown[] = [];
beforeAll(async () => {
  on = await stage();
  Object.assign(on.fake.services.geofences, {
    set: async (_by: unknown, _id: string, fenceId: string, order: object) => {
      set.push(order);
      return ok({ personId: ADA, subjectUserId: ADA, value: { fenceId, ...order } });
    },
    remove: async () => ok({ personId: ADA, subjectUserId: ADA, value: null }),
  });
});
afterAll(() => on?.close());
beforeEach(() => {
  set.length = 0;
});

const ask = async (method: string, body?: unknown, fence = FENCE) => {
  const answer = await fetch(`${on.origin}/v1/people/${ADA}/geofences/${fence}`, {
    method,
    headers: { authorization: `Bearer ${ME}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
};

describe('a geofence', () => {
  test('is made with as little as a name and a shape, and removed', async () => {
    expect((await ask('PUT', { name: 'Home', shape: HOME })).status).toBe(200);
    expect(set).toEqual([
      {
        name: 'Home',
        shape: HOME,
        onEnter: true,
        onExit: true,
        dwellAfterMs: null,
        active: null,
        tellsTeam: true,
      },
    ]);
    expect(await ask('DELETE')).toEqual({ status: 204, body: null });
    expect(on.fake.audited.slice(-2)).toMatchObject([
      {
        action: 'change',
        resourceKind: 'geofence',
        resourceId: `${ADA}/${FENCE}`,
        subjectUserId: ADA,
        outcome: 'allowed',
      },
      { action: 'change', resourceKind: 'geofence', subjectUserId: ADA, outcome: 'allowed' },
    ]);
  });

  test('takes a polygon, cells, and times at which it counts', async () => {
    const active = { timezone: 'Europe/Zurich', windows: [{ weekday: 1, fromMin: 0, toMin: 600 }] };
    const polygon = {
      type: 'Polygon',
      coordinates: [
        [
          [7, 47],
          [7.1, 47],
          [7.1, 47.1],
          [7, 47],
        ],
      ],
    };
    for (const shape of [polygon, { cells: ['8928308280fffff'] }])
      expect((await ask('PUT', { name: 'School', shape, active, dwellAfterMs: 600_000 })).status).toBe(200);
    expect(set).toHaveLength(2);
  });

  test.each([
    ['no name', { shape: HOME }],
    ['no shape', { name: 'Home' }],
    ['a circle of a metre', { name: 'Home', shape: { ...HOME, radiusM: 1 } }],
    ['nothing to tell', { name: 'Home', shape: HOME, onEnter: false, onExit: false }],
    ['a stay of a second', { name: 'Home', shape: HOME, dwellAfterMs: 1_000 }],
    [
      'no such time zone',
      {
        name: 'Home',
        shape: HOME,
        active: { timezone: 'Moon', windows: [{ weekday: 1, fromMin: 0, toMin: 9 }] },
      },
    ],
    ['a field that is none', { name: 'Home', shape: HOME, color: 'red' }],
  ])('with %s is refused', async (_, body) => {
    expect((await ask('PUT', body)).body.code).toBe('bad_request');
    expect(set).toEqual([]);
  });

  test('has an id that is a UUID', async () => {
    expect((await ask('PUT', { name: 'Home', shape: HOME }, 'home')).body.code).toBe('bad_request');
  });
});
