import { afterEach, describe, expect, test } from 'vitest';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const SOS = '00000000-0000-7000-8000-0000000000aa';

let on: Stage | null = null;
afterEach(() => on?.close());

async function begin() {
  on = await stage();
  const { origin } = on;
  return async (token: string, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(origin + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
}

describe('feedback', () => {
  const path = `/v1/sos/${SOS}/feedback`;

  test('is taken with a rating of one to five', async () => {
    const ask = await begin();
    const said = { volunteerId: OTHER, rating: 5, comment: 'thank you' };
    expect(await ask(USER, 'POST', path, said)).toEqual({
      status: 201,
      body: { rating: 5, comment: 'thank you', atMs: 1 },
    });
    for (const rating of [0, 6, 2.5, '5', null])
      expect((await ask(USER, 'POST', path, { ...said, rating })).body.code).toBe('bad_request');
    expect((await ask(USER, 'POST', path, { ...said, comment: 'x'.repeat(1_001) })).status).toBe(400);
    expect((await ask(USER, 'POST', path, { ...said, more: 1 })).status).toBe(400);
    expect((await ask(USER, 'POST', '/v1/sos/no-id/feedback', said)).body.code).toBe('sos_not_found');
  });

  test('is read where it belongs', async () => {
    const ask = await begin();
    expect(await ask(USER, 'GET', path)).toEqual({ status: 200, body: { helpers: [] } });
    expect(await ask(USER, 'GET', '/v1/me/ratings')).toEqual({ status: 200, body: { ratings: [] } });
    expect((await ask(USER, 'GET', '/v1/me/ratings?limit=1000')).status).toBe(400);
  });
});

test('who said no is for dispatchers', async () => {
  const ask = await begin();
  const path = `/v1/sos/${SOS}/refusals`;
  expect((await ask(USER, 'GET', path)).status).toBe(403);
  expect((await ask(`${USER}+dispatcher`, 'GET', path)).body.code).toBe('sos_not_found');
});
