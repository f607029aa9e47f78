import type { TemplatedApp } from 'uWebSockets.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, ROUTES } from '../access/doors.ts';
import { may } from '../access/may.ts';
import { GRANTS } from '../access/words.ts';
import { NODE_ID } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayParts } from './parts.ts';
import { addRoutes } from './server.ts';

const USER = '018f0000-0000-7000-8000-000000000001';
const OTHER = '018f0000-0000-7000-8000-000000000002';

/** What `addRoutes` hangs into an application, without opening a port. */
async function routesOf(parts: unknown): Promise<string[]> {
  const found: string[] = [];
  const hang = (method: string) => (pattern: string) => found.push(`${method} ${pattern}`);
  const methods = ['get', 'post', 'put', 'patch', 'del'];
  const app = Object.fromEntries(methods.map((method) => [method, hang(method)]));
  await addRoutes(app as unknown as TemplatedApp, parts as GatewayParts, () => false);
  return found;
}

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());

/** Somebody else is named, and the second place holds what any route takes there. */
const pathOf = (pattern: string) =>
  pattern
    .split('/')
    .map((part) => (part === ':grant' ? 'volunteer' : part.startsWith(':') ? OTHER : part))
    .join('/');

const ask = (route: string, token: string | null) => {
  const [method = '', pattern = ''] = route.split(' ');
  const hasBody = method === 'post' || method === 'put';
  return fetch(`${on.origin}${pathOf(pattern)}`, {
    method: method === 'del' ? 'DELETE' : method.toUpperCase(),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { body: '{}' } : {}),
  });
};

test('every route has a row in the table of doors, and every row a route', async () => {
  const parts = { config: { pagesFolder: undefined }, services: on.fake.services };
  expect((await routesOf(parts)).sort()).toEqual(Object.keys(ROUTES).sort());
});

const guarded = Object.entries(ROUTES).flatMap(([route, door]) =>
  typeof door === 'string' ? [] : [{ route, door }],
);

describe.each(guarded)('$route', ({ route, door }) => {
  test('is for nobody without a token', async () => {
    expect((await ask(route, null)).status).toBe(401);
  });

  test.each(['none', ...GRANTS])('with the grant %s is as the matrix says', async (grant) => {
    const grants = grant === 'none' ? [] : [grant];
    const before = on.fake.audited.length;
    const { status } = await ask(route, [USER, ...grants].join('+'));
    const relations = door.about === 'self' ? (['self'] as const) : [];
    // Where the service behind knows the relation, it asks the matrix, and hides what somebody may not see.
    const inside = door.about === 'inside';
    const allowed = inside || may({ grants }, door.action as never, door.resource, relations).allowed;
    expect(status === 403).toBe(!allowed);
    expect(status).not.toBe(401);
    expect(status).not.toBe(500);
    const audited = on.fake.audited.slice(before).map(({ outcome }) => outcome);
    if (!allowed) expect(audited).toEqual(['refused']);
    else if (door.audited) expect(audited).toHaveLength(1);
    else expect(audited).toEqual([]);
  });
});

test('an act is kept with who did it, to whom, from where', async () => {
  const before = on.fake.audited.length;
  await ask('put /v1/users/:id/grants/:grant', `${USER}+admin`);
  expect(on.fake.audited.slice(before)).toEqual([
    {
      actorId: USER,
      grants: ['admin'],
      action: 'change',
      resourceKind: 'grants',
      resourceId: 'volunteer',
      subjectUserId: OTHER,
      reason: 'put /v1/users/:id/grants/:grant',
      address: '127.0.0.1',
      purpose: null,
      outcome: 'allowed',
    },
  ]);
});

test('whoever reads a record is kept with whose it is, though the path names another id', async () => {
  Object.assign(on.fake.people, {
    patient: async () => ({ ok: true, value: { id: OTHER, userId: NODE_ID } }),
  });
  const before = on.fake.audited.length;
  expect((await ask('get /v1/patients/:id', `${USER}+professional`)).status).toBe(200);
  expect(on.fake.audited.slice(before)).toMatchObject([
    {
      actorId: USER,
      action: 'read',
      resourceKind: 'patient',
      resourceId: OTHER,
      subjectUserId: NODE_ID,
      purpose: 'care',
    },
  ]);
});

test('an act that can not be put on record is not done', async () => {
  on.fake.auditHasRoom = false;
  const { status } = await ask('put /v1/users/:id/grants/:grant', `${USER}+admin`);
  on.fake.auditHasRoom = true;
  expect(status).toBe(503);
});

describe('over the socket', () => {
  const kept = (action: string) => on.fake.audited.filter((entry) => entry.action === action);

  test.each(GRANTS)(
    'the feed is for who may watch it, asked by somebody with the grant %s',
    async (grant) => {
      const before = kept('watch').length;
      const socket = await on.signIn(`${USER}+${grant}`);
      socket.say('watch', { feed: 'dispatch' });
      const door = COMMANDS.watch;
      if (door && may({ grants: [grant] }, door.action as never, door.resource).allowed) {
        await socket.heard('feed');
        expect(kept('watch')).toHaveLength(before);
      } else {
        await socket.heard('error', ({ code }) => code === 'forbidden');
        expect(kept('watch')).toHaveLength(before + 1);
      }
    },
  );

  test('a refused command is kept, an accepted one only when it is an act of dispatch', async () => {
    const socket = await on.signIn(`${USER}+dispatcher`);
    on.fake.execute = async () => ({ ok: false, code: 'not_holder' });
    socket.say('sos.start', { id: OTHER, sosId: NODE_ID });
    await until(() => kept('start')[0], { timeoutMs: 5_000, what: 'the refusal' });
    expect(kept('start')[0]).toMatchObject({ actorId: USER, outcome: 'refused', resourceId: NODE_ID });
    on.fake.execute = async () => ({ ok: true, value: { status: 'PENDING' } });
    socket.say('sos.escalate', { id: NODE_ID, sosId: NODE_ID });
    await until(() => kept('escalate')[0], { timeoutMs: 5_000, what: 'the act' });
    expect(kept('escalate')[0]).toMatchObject({ actorId: USER, outcome: 'allowed', resourceId: NODE_ID });
  });

  test('a stream that somebody may not read is kept as refused', async () => {
    on.fake.mayRead = () => false;
    const socket = await on.signIn(USER);
    socket.say('sub', { stream: `sos:${OTHER}`, afterSeq: null });
    await socket.heard('unsubscribed', ({ reason }) => reason === 'not_entitled');
    on.fake.mayRead = () => true;
    expect(on.fake.audited.at(-1)).toMatchObject({
      resourceKind: 'sos',
      resourceId: OTHER,
      outcome: 'refused',
    });
  });
});
