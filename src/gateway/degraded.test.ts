import { afterEach, expect, test } from 'vitest';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const AWAY = [{ engine: 'redis', reason: 'no_answer', sinceAtMs: 1_800_000_000_000 }] as const;

let on: Stage | null = null;
afterEach(() => on?.close());

test('a socket is told what the node has to do without, with its welcome and every heartbeat, until it is back', async () => {
  on = await stage();
  on.fake.away = AWAY;
  const socket = await on.signIn(USER);
  expect(socket.all('welcome')[0]?.degraded).toEqual(['redis']);
  socket.say('hb', { sentAtMs: 7 });
  expect((await socket.heard('hb', ({ echoMs }) => echoMs === 7)).degraded).toEqual(['redis']);
  on.fake.away = [];
  socket.say('hb', { sentAtMs: 8 });
  expect(await socket.heard('hb', ({ echoMs }) => echoMs === 8)).not.toHaveProperty('degraded');
});

test('whoever looks after the node reads what is away, since when and why; it is ready all the same', async () => {
  on = await stage();
  on.fake.away = AWAY;
  const ready = await fetch(`${on.origin}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { degraded: AWAY }]);
  const health = await fetch(`${on.origin}/v1/dispatch/health`, {
    headers: { authorization: `Bearer ${USER}+dispatcher` },
  });
  expect(await health.json()).toMatchObject({ missing: ['redis'] });
});
