import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import type { TestSocket } from '../testing/gateway/test-socket.ts';
import { until } from '../testing/until.ts';
import { GATEWAY_DEFAULTS } from './config.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const DISPATCHER = '00000000-0000-4000-8000-0000000000d1+dispatcher';
const SOS = 'sos:00000000-0000-4000-8000-0000000000aa';
const CLIENTS = 20;
const RESPONDERS = Array.from({ length: 3_000 }, (_, i) => i);

let on: Stage | null = null;
afterEach(() => on?.close());

/** Once each: an event comes by the feed and by the stream. */
const seqsOf = (socket: TestSocket) => [...new Set(socket.all('event').map(({ seq }) => seq))];
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const soon = (what: string) => ({ timeoutMs: 20_000, what });

test('twenty that take nothing are closed as slow, whoever reads misses nothing, and so do they when they read again', async () => {
  const clock = new ManualClock();
  on = await stage({ sweepMs: GATEWAY_DEFAULTS.sweepMs }, clock);
  const { signIn, feed, fake, hub, metrics, gateway } = on;
  fake.tokenLivesMs = 3_600_000;
  // The map as well, so that some of what nobody reads waits in the node when they are closed.
  fake.services.dispatch.responderRows = (handles) => ({
    responders: [...handles].map(() => [USER, 1, 2, 3, 4]),
    gone: [],
  });
  const begin = async (token: string) => {
    const socket = await signIn(token);
    socket.say('sub', { stream: SOS, afterSeq: 0 });
    await socket.heard('subscribed');
    socket.say('watch', { feed: 'dispatch' });
    await socket.heard('feed');
    return socket;
  };
  const reader = await begin(DISPATCHER);
  const deaf = await Promise.all(Array.from({ length: CLIENTS }, () => begin(DISPATCHER)));
  for (const socket of deaf) socket.stopReading();
  let published = 0;
  let mostBytes = 0;
  const areClosed = () => metrics.counts.get('gateway_closed_total{deaf}') === CLIENTS;
  const goOn = () => {
    hub.publish(fake.log.append(SOS, { responderId: USER }));
    published += 1;
    for (const handle of RESPONDERS) feed.markResponder(handle);
    for (const socket of [reader, ...deaf]) socket.say('hb', { sentAtMs: published });
    clock.advance(GATEWAY_DEFAULTS.sweepMs);
    mostBytes = Math.max(mostBytes, gateway.outboxBytes());
    return areClosed();
  };
  await until(goOn, soon('all of them to be closed'));
  // All at once: whoever is told why does not hear it any more a few seconds later, and this machine may be busy.
  for (const socket of deaf) socket.readAgain();
  await until(() => seqsOf(reader).length >= published, soon('who reads to have heard everything'));
  expect(reader.closed).toBeNull();
  expect(mostBytes).toBeLessThan(CLIENTS * 1024 * 1024);
  for (const socket of deaf) {
    expect(await socket.closedWith()).toBe(4008);
    const before = seqsOf(socket);
    const again = await signIn(DISPATCHER);
    again.say('sub', { stream: SOS, afterSeq: before.at(-1) ?? 0 });
    const { headSeq } = await again.heard('subscribed');
    expect([...before, ...seqsOf(again)]).toEqual(upTo(headSeq));
    again.vanish();
  }
});
