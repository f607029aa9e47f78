import { afterEach, describe, expect, test } from 'vitest';
import { storeUnavailable } from '../testing/gateway/fake-services.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import type { TestSocket } from '../testing/gateway/test-socket.ts';
import { until } from '../testing/until.ts';
import type { GatewayConfig } from './config.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const DISPATCHER = '00000000-0000-4000-8000-0000000000d1+dispatcher';
const CHAT = 'chat:00000000-0000-4000-8000-0000000000aa';
const SOS = 'sos:00000000-0000-4000-8000-0000000000aa';

let on: Stage;
afterEach(() => on.close());
const begin = async (config: Partial<GatewayConfig> = {}) => {
  on = await stage(config);
  return on;
};

const started = { responderId: USER };
const seqs = (socket: TestSocket) => socket.all('event').map((event) => event.seq);
const hasSeen = (socket: TestSocket, seq: number) =>
  until(() => seqs(socket).at(-1) === seq, { timeoutMs: 20_000, what: `event ${seq}` });

describe('a subscription', () => {
  test('resumes by number over a reconnect, without doubles or holes', async () => {
    const { signIn, fake, hub } = await begin();
    const first = await signIn(USER);
    first.say('sub', { stream: SOS, afterSeq: 0 });
    await first.heard('subscribed');
    for (let i = 0; i < 3; i++) hub.publish(fake.log.append(SOS, started));
    await hasSeen(first, 3);
    first.vanish();
    for (let i = 0; i < 3; i++) hub.publish(fake.log.append(SOS, started));
    const second = await signIn(USER, { encoding: 'json' });
    second.say('sub', { stream: SOS, afterSeq: 3 });
    expect(await second.heard('subscribed')).toEqual({ stream: SOS, headSeq: 6 });
    hub.publish(fake.log.append(SOS, started));
    await hasSeen(second, 7);
    expect([seqs(first), seqs(second)]).toEqual([
      [1, 2, 3],
      [4, 5, 6, 7],
    ]);
    expect([...first.misfits, ...second.misfits]).toEqual([]);
  });

  test('without a number begins with a snapshot', async () => {
    const { signIn, fake } = await begin();
    fake.log.append(CHAT);
    const socket = await signIn(USER);
    socket.say('sub', { stream: CHAT, afterSeq: null });
    expect(await socket.heard('snapshot')).toEqual({
      stream: CHAT,
      seq: 1,
      view: { messages: [], reads: [] },
    });
    expect(socket.all('event')).toEqual([]);
  });

  test('of somebody who is not entitled ends with that reason', async () => {
    const { signIn, fake } = await begin();
    fake.mayRead = () => false;
    const socket = await signIn(USER);
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    expect(await socket.heard('unsubscribed')).toEqual({ stream: SOS, reason: 'not_entitled' });
  });

  test('ends when asked, and tells nothing more', async () => {
    const { signIn, fake, hub } = await begin();
    const socket = await signIn(USER);
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    await socket.heard('subscribed');
    socket.say('unsub', { stream: SOS });
    await socket.heard('unsubscribed');
    hub.publish(fake.log.append(SOS, started));
    expect(await socket.isAnswered()).toBe(true);
    expect([seqs(socket), hub.topics]).toEqual([[], 0]);
  });

  test('says when the store is away, and can be begun again', async () => {
    const { signIn, fake } = await begin();
    const socket = await signIn(USER);
    const { arrive } = fake.log;
    fake.log.arrive = () => Promise.reject(storeUnavailable());
    socket.say('sub', { stream: SOS, afterSeq: 4 });
    expect(await socket.heard('error')).toMatchObject({ code: 'store_unavailable', stream: SOS });
    fake.log.arrive = arrive;
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    await socket.heard('subscribed');
  });

  test('of one more stream than allowed is refused', async () => {
    const { signIn } = await begin();
    const socket = await signIn(USER);
    const streamOf = (n: number) => `sos:00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
    for (let n = 0; n <= 128; n++) socket.say('sub', { stream: streamOf(n), afterSeq: 0 });
    expect(await socket.heard('error')).toMatchObject({ code: 'bad_request', stream: streamOf(128) });
    expect(socket.all('subscribed')).toHaveLength(128);
  });

  test('leaves nothing behind when its socket goes', async () => {
    const { signIn, hub } = await begin();
    const socket = await signIn(USER);
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    await socket.heard('subscribed');
    expect(hub.topics).toBe(1);
    socket.vanish();
    await until(() => hub.topics === 0, { timeoutMs: 2_000, what: 'no topics' });
  });
});

describe('the dispatch feed', () => {
  test('is a snapshot, then events and responders', async () => {
    const { signIn, fake, hub, feed } = await begin();
    const socket = await signIn(DISPATCHER);
    socket.say('watch', { feed: 'dispatch' });
    await socket.heard('feed');
    hub.publish(fake.log.append(SOS, started));
    feed.markResponder(0);
    await socket.heard('event');
    expect(await socket.heard('state')).toEqual({
      feed: 'dispatch',
      responders: [[USER, 1, 2, 3, 4]],
      gone: [],
    });
  });

  test('is not for others', async () => {
    const { signIn, feed } = await begin();
    const socket = await signIn(`${USER}+volunteer`);
    socket.say('watch', { feed: 'dispatch' });
    expect((await socket.heard('error')).code).toBe('forbidden');
    expect(feed.watchers).toBe(0);
  });
});

describe('a socket that does not read', () => {
  const text = 'x'.repeat(2_000);
  const message = { messageId: USER, senderId: USER, text };

  test('is closed as slow, others are not held up, and it resumes whole', async () => {
    const { signIn, fake, hub, metrics } = await begin({ outboxBytes: 256 * 1024 });
    const [slow, quick] = [await signIn(USER), await signIn(DISPATCHER)];
    for (const socket of [slow, quick]) {
      socket.say('sub', { stream: CHAT, afterSeq: 0 });
      await socket.heard('subscribed');
    }
    slow.stopReading();
    const append = () => hub.publish({ ...fake.log.append(CHAT, message), type: 'chat.message' });
    const isGone = () => metrics.counts.has('gateway_closed_total{slow}');
    let published = 0;
    while (!isGone() && published < 20_000) {
      for (let i = 0; i < 50; i++) append();
      published += 50;
      await hasSeen(quick, published);
    }
    expect(isGone()).toBe(true);
    expect(quick.closed).toBeNull();
    slow.readAgain();
    expect(await slow.closedWith()).toBe(4008);
    expect(slow.all('bye').at(-1)).toEqual({ closeCode: 4008, retryAfterMs: 0 });
    const got = seqs(slow);
    expect(got).toEqual(got.map((_, i) => i + 1));
    expect(got.length).toBeGreaterThan(0);
  });

  test('is not closed for a backlog larger than its outbox, as long as it reads', async () => {
    const { signIn, fake, metrics } = await begin({ outboxBytes: 128 * 1024 });
    for (let i = 0; i < 900; i++) Object.assign(fake.log.append(CHAT, message), { type: 'chat.message' });
    const socket = await signIn(USER);
    socket.say('sub', { stream: CHAT, afterSeq: 0 });
    expect(await socket.heard('subscribed')).toEqual({ stream: CHAT, headSeq: 900 });
    expect(seqs(socket)).toEqual(Array.from({ length: 900 }, (_, i) => i + 1));
    expect(metrics.counts.has('gateway_closed_total{slow}')).toBe(false);
  });
});

describe('the care feed', () => {
  test('begins for everybody with those they care for, and ends with the socket', async () => {
    const { signIn, care } = await begin();
    const socket = await signIn(USER);
    socket.say('watch', { feed: 'care' });
    expect(await socket.heard('care')).toEqual({
      people: [{ personId: USER, values: {}, news2: null, alerts: [] }],
    });
    care.judged(USER, { values: { heartRateBpm: { value: 70, atMs: 1 } }, news2: null });
    expect(await socket.heard('care_state')).toMatchObject({ people: [{ personId: USER }], gone: [] });
    socket.vanish();
    await until(() => care.people === 0, { timeoutMs: 2_000, what: 'nobody is watched any more' });
  });
});
