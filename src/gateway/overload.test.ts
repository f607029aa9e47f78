import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { CALM, type OverloadLevel } from '../lib/overload.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const DISPATCHER = `${USER}+dispatcher`;
const SOS = '00000000-0000-7000-8000-000000000505';

let on: Stage | null = null;
afterEach(() => on?.close());
const begin = async (level: OverloadLevel) => {
  on = await stage();
  on.overload({ level, cause: 'event_loop' });
  const { origin } = on;
  const ask = (path: string, token: string) =>
    fetch(origin + path, { headers: { authorization: `Bearer ${token}` } });
  return { ...on, ask };
};

const NEVER_REFUSED = [
  ['sos.create', { emergencyType: 'MEDICAL', priority: 'HIGH', point: { lat: 1, lng: 2 } }],
  ['sos.cancel', { sosId: SOS }],
  ['offer.accept', { sosId: SOS, offerId: SOS }],
  ['offer.decline', { sosId: SOS, offerId: SOS }],
  ['chat.send', { sosId: SOS, text: 'here' }],
  ['alert.acknowledge', { alertId: SOS }],
] as const;

test.each([1, 2, 3] as const)(
  'at level %i nothing of an SOS, its chat or an alarm is refused',
  async (level) => {
    const { signIn, fake, overload } = await begin(0);
    const socket = await signIn(DISPATCHER);
    overload({ level, cause: 'event_loop' });
    for (const [kind, body] of NEVER_REFUSED) {
      const id = randomUUID();
      socket.say(kind, { id, ...body });
      const answered = () => [...socket.all('done'), ...socket.all('error')].some((body) => body.id === id);
      await until(answered, { timeoutMs: 5_000, what: `the answer to ${kind}` });
    }
    expect([fake.commands.length, fake.alertCommands.length]).toEqual([5, 1]);
    expect(socket.all('error').map(({ code }) => code)).not.toContain('busy');
  },
);

describe('who asks over HTTP', () => {
  test('for what can wait is told when to come back, and why', async () => {
    const { ask, overload } = await begin(2);
    const answer = await ask('/v1/me/sos', USER);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'busy', detail: 'overload: event_loop', retryable: true },
    ]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    overload({ level: 1, cause: 'event_loop' });
    expect((await ask('/v1/me/sos', USER)).status).toBe(200);
  });

  test('for an SOS or how the node does is answered', async () => {
    const { ask } = await begin(3);
    expect((await ask(`/v1/sos/${SOS}`, DISPATCHER)).status).not.toBe(503);
    expect((await ask('/v1/me/helpers', USER)).status).toBe(200);
    const said = { overload: { level: 3, cause: 'event_loop' } };
    expect(await (await ask('/v1/dispatch/health', DISPATCHER)).json()).toMatchObject(said);
    const ready = await ask('/readyz', USER);
    expect([ready.status, await ready.json()]).toMatchObject([200, said]);
  });
});

test('whoever comes new is sent away for a while, as the door is told', async () => {
  const { connect } = await begin(2);
  const socket = await connect();
  socket.say('hello', { token: USER, client: 'test' });
  expect((await socket.heard('bye')).retryAfterMs).toBeGreaterThan(0);
  expect(await socket.closedWith()).toBe(1013);
});

test('a socket is told with its welcome and with heartbeats, until it is over', async () => {
  const { signIn, overload } = await begin(1);
  const socket = await signIn(USER);
  expect(socket.all('hb').every((beat) => beat.overload?.level === 1)).toBe(true);
  expect(socket.all('welcome')[0]?.overload).toEqual({ level: 1, cause: 'event_loop' });
  socket.say('hb', { sentAtMs: 7 });
  expect((await socket.heard('hb', ({ echoMs }) => echoMs === 7)).overload?.level).toBe(1);
  overload(CALM);
  socket.say('hb', { sentAtMs: 8 });
  expect(await socket.heard('hb', ({ echoMs }) => echoMs === 8)).not.toHaveProperty('overload');
});
