import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { letGo } from '../lib/let-go.ts';
import { ok, refused } from '../lib/result.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const soon = { timeoutMs: 10_000 };

let on: Stage | null = null;
afterEach(() => on?.close());

/** A stage on which an export consists of these pieces; how many of them were asked for, and whether it was let go. */
async function begin(pieces: (made: { count: number }) => AsyncGenerator<string>) {
  const made = { count: 0, released: 0 };
  on = await stage();
  Object.assign(on.fake.people, {
    exportOf: async () =>
      ok(
        letGo(pieces(made), () => {
          made.released += 1;
        }),
      ),
  });
  const { origin } = on;
  return { made, url: `${origin}/v1/me/export`, headers: { authorization: `Bearer ${USER}` } };
}

async function* many(made: { count: number }) {
  for (; made.count < 1_000; made.count++) yield `${made.count}`.padEnd(50_000, '.');
}

test('an export comes whole, as a download, however long it is', async () => {
  const { made, url, headers } = await begin(many);
  const answer = await fetch(url, { headers });
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="muster-${USER}.json"`);
  expect((await answer.text()).length).toBe(50_000_000);
  expect(made.released).toBe(1);
});

test('whoever does not read it makes the node wait, and whoever leaves lets it go', async () => {
  const { made, url, headers } = await begin(many);
  const asked = request(url, { headers });
  asked.on('error', () => {});
  asked.end();
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    asked.once('response', resolve),
  );
  answer.once('data', () => answer.pause());
  answer.on('error', () => {});
  await until(() => made.count > 2, { ...soon, what: 'the first pieces' });
  asked.destroy();
  await until(() => made.released === 1, { ...soon, what: 'the end of it' });
  expect(made.count).toBeLessThan(1_000);
});

test('one that breaks off is not taken for the whole', async () => {
  const { made, url, headers } = await begin(async function* () {
    yield '{"tables":{';
    throw new Error('row values');
  });
  await expect(fetch(url, { headers }).then((answer) => answer.text())).rejects.toThrow();
  expect(made.released).toBe(1);
});

test('an administrator says why, and it is on record; the person shows their password', async () => {
  on = await stage();
  const { fake, origin } = on;
  const shown: unknown[] = [];
  Object.assign(fake.people, {
    erase: async (_by: unknown, userId: string, proof: unknown) => {
      shown.push([userId, proof]);
      return refused('in_open_sos');
    },
  });
  const post = (path: string, who: string, body: object) =>
    fetch(origin + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const other = '00000000-0000-4000-8000-000000000002';
  const path = `/v1/users/${other}/erasure`;
  expect((await post(path, `${USER}+admin`, { password: 'mine' })).status).toBe(400);
  const reason = 'asked for by letter';
  const answer = await post(path, `${USER}+admin`, { password: 'mine', reason });
  expect([answer.status, await answer.json()]).toMatchObject([409, { code: 'in_open_sos' }]);
  expect(fake.audited.at(-1)).toMatchObject({
    action: 'erase',
    subjectUserId: other,
    outcome: 'failed',
    reason: `post /v1/users/:id/erasure: ${reason}`,
  });
  expect((await post('/v1/me/erasure', USER, { password: 'mine', code: '123456' })).status).toBe(409);
  expect(shown).toEqual([
    [other, { password: 'mine' }],
    [USER, { password: 'mine', code: '123456' }],
  ]);
});
