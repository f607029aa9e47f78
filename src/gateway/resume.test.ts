import { afterEach, describe, expect, test } from 'vitest';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';
import type { Services } from './services.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const device = { id: USER, epoch: USER };
const hello = (more: object) => ({ client: 'test', ...more });

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

describe('whoever comes back', () => {
  test('by a good resume token is in without anything being read', async () => {
    const { connect, fake } = await begin();
    fake.ackedSeqs = async () => Promise.reject(new Error('the store was asked'));
    const socket = await connect();
    const asked = fake.log.reads;
    socket.say('hello', hello({ resume: `resume:${USER}`, device }));
    const welcome = await socket.heard('welcome');
    expect(welcome).toMatchObject({ userId: USER, telemetryAckedSeq: null, ackedSeqs: { vitals: null } });
    socket.say('sub', { stream: `inbox:${USER}`, afterSeq: 0 });
    await socket.heard('subscribed');
    expect(fake.log.reads).toBe(asked);
  });

  test('by one that can not be taken is looked at by the token beside it', async () => {
    const { connect, metrics } = await begin();
    const socket = await connect();
    socket.say('hello', hello({ resume: 'resume:nobody', token: USER, device }));
    expect(await socket.heard('welcome')).toMatchObject({ telemetryAckedSeq: 7 });
    expect(metrics.counts.get('gateway_resumes{forged}')).toBe(1);
  });

  test('by one alone that can not be taken is asked for a token', async () => {
    const { connect } = await begin();
    const socket = await connect();
    socket.say('hello', hello({ resume: 'resume:nobody' }));
    expect(await socket.closedWith()).toBe(4001);
  });

  test('has to show something', async () => {
    const { connect } = await begin();
    const socket = await connect();
    socket.say('hello', hello({}));
    expect(await socket.closedWith()).toBe(1008);
  });

  test('is obeyed about as everybody else', async () => {
    const { connect, fake } = await begin();
    const socket = await connect();
    socket.say('hello', hello({ resume: `resume:${USER}` }));
    await socket.heard('welcome');
    fake.standing.tell({ kind: 'standing', userId: USER, grants: [], suspended: true });
    expect(await socket.closedWith()).toBe(4003);
  });
});

describe('a resume token', () => {
  const giving = async (config: Partial<GatewayConfig> = {}) => {
    const begun = await begin(config);
    const given: Parameters<Services['resumes']['give']>[1][] = [];
    begun.fake.giveResume = (_principal, facts) => ({ token: `given ${given.push(facts)}`, forMs: 1 });
    return { ...begun, given };
  };

  test('comes after welcome, after renewed, and when an SOS begins or ends', async () => {
    const { signIn, fake, given } = await giving();
    const socket = await signIn(USER);
    await socket.heard('resume', ({ token }) => token === 'given 1');
    socket.say('renew', { token: `${USER}+volunteer` });
    await socket.heard('resume', ({ token }) => token === 'given 2');
    fake.inSos.add(USER);
    await socket.heard('resume', ({ token }) => token === 'given 3');
    expect(given.map(({ hasSos }) => hasSos)).toEqual([false, false, true]);
  });

  test('says how far streams were heard that are live', async () => {
    const { signIn, fake, given } = await giving();
    const socket = await signIn(USER);
    socket.say('sub', { stream: `inbox:${USER}`, afterSeq: 0 });
    await socket.heard('subscribed');
    fake.inSos.add(USER);
    await until(() => given.length === 2, { timeoutMs: 2_000, what: 'another token' });
    expect(given.map(({ heads }) => heads)).toEqual([[], [[`inbox:${USER}`, 0]]]);
  });
});

describe('more than are let in at once', () => {
  const OTHER = '00000000-0000-4000-8000-000000000002';

  test('are told when to come, before anything is done for them; a quarter is kept for those in an SOS', async () => {
    const { connect, fake } = await begin({ admissions: { burst: 4, perSecond: 0.001 } });
    fake.inSos.add(OTHER);
    const arrive = async (body: object) => {
      const socket = await connect();
      socket.say('hello', hello(body));
      await until(() => socket.closed || socket.all('welcome').length > 0, {
        timeoutMs: 2_000,
        what: 'an answer',
      });
      return socket;
    };
    for (let i = 0; i < 3; i++) expect((await arrive({ token: USER })).closed).toBeNull();
    const late = await arrive({ token: USER });
    expect(late.closed?.code).toBe(1013);
    expect(late.all('error')[0]).toMatchObject({ code: 'busy', retryAfterMs: expect.any(Number) });
    expect(late.all('bye')[0]?.retryAfterMs).toBeGreaterThan(0);
    expect((await arrive({ resume: `resume:${OTHER}` })).closed).toBeNull();
    const alsoUrgent = await arrive({ token: USER, urgent: true });
    expect(alsoUrgent.closed?.code).toBe(1013);
    expect(alsoUrgent.all('bye')[0]?.retryAfterMs).toBeLessThanOrEqual(2_000);
    expect(fake.presence).toHaveLength(4);
  });
});

describe('a node that stops', () => {
  test('lets those in an SOS go first and come back at once, and the others spread out', async () => {
    const OTHER = '00000000-0000-4000-8000-000000000002';
    const { signIn, fake, gateway } = await begin({ drainMs: 2_000, returnWithinMs: 60_000 });
    fake.inSos.add(USER);
    const [inSos, other] = [await signIn(USER), await signIn(OTHER)];
    const drained = gateway.drain();
    expect(await inSos.closedWith()).toBe(1012);
    expect(inSos.all('bye')[0]?.retryAfterMs).toBeLessThanOrEqual(500);
    expect((await other.heard('bye')).closeCode).toBe(1012);
    await drained;
    expect(await other.closedWith()).toBe(1012);
  });
});
