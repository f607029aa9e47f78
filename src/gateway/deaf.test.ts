import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { LIMITS } from '../protocol/limits.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { TestSocket } from '../testing/gateway/test-socket.ts';
import { SlowLine } from '../testing/slow-line.ts';
import { until } from '../testing/until.ts';
import { GATEWAY_DEFAULTS } from './config.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const CHAT = 'chat:00000000-0000-4000-8000-0000000000aa';
const SOS = 'sos:00000000-0000-4000-8000-0000000000aa';
const soon = (what: string) => ({ timeoutMs: 20_000, what });

let on: Stage | null = null;
let line: SlowLine | null = null;
afterEach(() => {
  line?.close();
  on?.close();
});

test('who says that they live and reads nothing is closed as slow, and is gone, though nothing waits for them', async () => {
  const clock = new ManualClock();
  const { sweepMs, pingMs, deafAfterMs } = GATEWAY_DEFAULTS;
  on = await stage({ sweepMs }, clock);
  const { signIn, fake, metrics, gateway } = on;
  fake.tokenLivesMs = 10 * deafAfterMs;
  const [deaf, reader] = [await signIn(USER), await signIn(OTHER)];
  deaf.stopReading();
  let passedMs = 0;
  for (; !fake.presence.includes(`-${USER}`) && passedMs < 2 * deafAfterMs; passedMs += sweepMs) {
    deaf.say('hb', { sentAtMs: passedMs });
    await reader.isAnswered();
    clock.advance(sweepMs);
  }
  expect(passedMs).toBeGreaterThan(deafAfterMs);
  expect(passedMs).toBeLessThanOrEqual(deafAfterMs + pingMs + 2 * sweepMs);
  expect(gateway.outboxBytes()).toBe(0);
  expect(metrics.counts.get('gateway_closed_total{deaf}')).toBe(1);
  expect(fake.presence).toEqual([`+${USER}`, `+${OTHER}`, `-${USER}`]);
  expect(reader.closed).toBeNull();
  deaf.readAgain();
  expect(await deaf.closedWith()).toBe(4008);
  expect(deaf.all('bye')).toEqual([{ closeCode: 4008, retryAfterMs: 0 }]);
});

test('who answers pings and says nothing is closed as silent all the same', async () => {
  on = await stage({ pingMs: 20, limits: { ...LIMITS, silenceMs: 300 } });
  const socket = await on.signIn(USER);
  expect(await socket.closedWith()).toBe(4009);
});

test('who reads slowly but steadily is never closed, however far behind', async () => {
  const clock = new ManualClock();
  const { pingMs, deafAfterMs } = GATEWAY_DEFAULTS;
  // Nobody says anything here: what is looked at is what is read.
  const limits = { ...LIMITS, silenceMs: 10 * deafAfterMs };
  on = await stage({ sweepMs: GATEWAY_DEFAULTS.sweepMs, limits, outboxBytes: 64 * 1024 * 1024 }, clock);
  const { signIn, fake, hub, metrics } = on;
  fake.tokenLivesMs = 20 * deafAfterMs;
  const socket = await signIn(USER);
  socket.say('sub', { stream: CHAT, afterSeq: 0 });
  await socket.heard('subscribed');
  socket.stopReading();
  const message = { messageId: USER, senderId: USER, text: 'x'.repeat(2_000) };
  const count = 20_000;
  for (let i = 0; i < count; i++) hub.publish({ ...fake.log.append(CHAT, message), type: 'chat.message' });
  const read = () => socket.all('event').length;
  let steps = 0;
  while (read() < count) {
    clock.advance(pingMs);
    socket.readAgain();
    const goal = Math.min(count, read() + 1_000);
    await until(() => read() >= goal, soon(`${goal} events`));
    socket.stopReading();
    steps += 1;
  }
  expect(steps * pingMs).toBeGreaterThan(deafAfterMs);
  expect([...metrics.counts.keys()].filter((name) => name.startsWith('gateway_closed'))).toEqual([]);
});

test('who takes minutes for one large frame is never closed', async () => {
  const clock = new ManualClock();
  const { sweepMs, pingMs, deafAfterMs } = GATEWAY_DEFAULTS;
  on = await stage({ sweepMs, limits: { ...LIMITS, silenceMs: 10 * deafAfterMs } }, clock);
  const { fake, hub, metrics, gateway } = on;
  fake.tokenLivesMs = 20 * deafAfterMs;
  line = await SlowLine.to(gateway.port);
  const socket = await TestSocket.open(`${line.url}/v1/socket`, {});
  socket.say('hello', { token: USER, client: 'test' });
  await socket.heard('welcome');
  socket.say('sub', { stream: SOS, afterSeq: 0 });
  await socket.heard('subscribed');
  line.hold();
  hub.publish(fake.log.append(SOS, { responderId: USER, note: 'x'.repeat(30_000_000) }));
  const isAwaited = () => socket.all('event').length === 0;
  let steps = 0;
  for (; isAwaited(); steps++) {
    clock.advance(pingMs / 2);
    await line.let(2_000_000, isAwaited);
  }
  expect((steps * pingMs) / 2).toBeGreaterThan(2 * deafAfterMs);
  expect([...metrics.counts.keys()].filter((name) => name.startsWith('gateway_closed'))).toEqual([]);
  socket.vanish();
});
