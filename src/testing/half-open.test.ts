import { afterEach, describe, expect, test } from 'vitest';
import { limitsOf } from '../client/limits.ts';
import { MusterClient } from '../client/node.ts';
import { GATEWAY_DEFAULTS } from '../gateway/config.ts';
import type { SocketPort } from '../gateway/outbox.ts';
import type { GatewayParts } from '../gateway/parts.ts';
import { Session } from '../gateway/session.ts';
import { ManualClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { encode } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { UpFrame } from '../protocol/up.ts';
import { DarkLine } from './dark-line.ts';
import { FakeServices } from './gateway/fake-services.ts';
import { CountingMetrics, type Stage, stage } from './gateway/stage.ts';
import { until } from './until.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const FOUND_WITHIN_MS = 30_000;

describe('as nodes are set when nobody sets them otherwise', () => {
  test('a client that goes silent without a word counts as gone within 30 s', async () => {
    const on = sessionOnItsOwn();
    await on.say(['hello', { token: USER, client: 'test' }]);
    expect(on.fake.presence).toEqual([`+${USER}`]);
    await on.passing(LIMITS.heartbeatMs);
    await on.say(['hb', { sentAtMs: on.clock.nowMs() }]);
    const silentFromMs = on.clock.monotonicMs();
    while (on.ended === null) await on.passing(GATEWAY_DEFAULTS.sweepMs);
    expect(on.ended).toBe(4009);
    expect(on.fake.presence).toEqual([`+${USER}`, `-${USER}`]);
    expect(on.clock.monotonicMs() - silentFromMs).toBeLessThan(FOUND_WITHIN_MS);
  });

  test('a client waits less than 30 s for a node, which speaks at least twice in that time', async () => {
    const { heartbeatMs, silenceMs } = limitsOf({ limits: LIMITS });
    expect(silenceMs).toBeLessThan(FOUND_WITHIN_MS);
    const on = sessionOnItsOwn();
    await on.say(['hello', { token: USER, client: 'test' }]);
    const spoke: number[] = [on.clock.monotonicMs()];
    for (let passedMs = 0; passedMs < 3 * silenceMs; passedMs += GATEWAY_DEFAULTS.sweepMs) {
      const before = on.sent;
      await on.passing(GATEWAY_DEFAULTS.sweepMs);
      if (on.sent > before) spoke.push(on.clock.monotonicMs());
      if (passedMs % heartbeatMs === 0) await on.say(['hb', { sentAtMs: 1, echoMs: 1 }]);
    }
    const gapsMs = spoke.map((ms, i) => ms - (spoke[i - 1] ?? ms));
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(heartbeatMs);
    expect(heartbeatMs * 2).toBeLessThan(silenceMs);
  });

  test('nodes do not beat on all their sockets at the same moment', async () => {
    const firstBeats = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const on = sessionOnItsOwn(seed);
      await on.say(['hello', { token: USER, client: 'test' }]);
      const greeted = on.sent;
      while (on.sent === greeted) await on.passing(GATEWAY_DEFAULTS.sweepMs);
      firstBeats.add(on.clock.monotonicMs());
    }
    expect(firstBeats.size).toBeGreaterThan(5);
  });
});

describe('a line that goes dark without a close', () => {
  let on: Stage;
  let line: DarkLine;
  let client: MusterClient;
  afterEach(async () => {
    await client.close();
    line.close();
    on.close();
  });

  test('is noticed by both sides, the person counts as gone, and comes back when there is a line', async () => {
    const limits = { ...LIMITS, heartbeatMs: 100, silenceMs: 400 };
    on = await stage({ limits });
    line = await DarkLine.to(on.gateway.port);
    const { url } = line;
    client = new MusterClient({ url, token: async () => USER, device: { id: USER } });
    client.connect();
    await client.ready();
    // Both beat: far more than the silence passes, and nobody is gone.
    const beatenMs = performance.now() + 3 * limits.silenceMs;
    await until(() => performance.now() > beatenMs, { timeoutMs: 5_000, what: 'time to pass' });
    expect([client.status.state, on.fake.presence]).toEqual(['open', [`+${USER}`]]);

    line.goDark();
    const notOpen = () => client.status.state !== 'open';
    await until(notOpen, { timeoutMs: 2_000, what: 'the client to notice' });
    expect(client.status).toMatchObject({ reason: 'silent' });
    const gone = () => on.fake.presence.includes(`-${USER}`);
    await until(gone, { timeoutMs: 2_000, what: 'the node to notice' });
    expect(on.metrics.counts.get('gateway_closed_total{silent}')).toBe(1);

    line.light();
    client.connect();
    const back = () => client.status.state === 'open';
    await until(back, { timeoutMs: 5_000, what: 'the client to be back' });
    expect(on.fake.presence).toEqual([`+${USER}`, `-${USER}`, `+${USER}`]);
  });
});

/** One session without a socket, on a clock that the test turns. */
function sessionOnItsOwn(seed = 1) {
  const clock = new ManualClock();
  const fake = new FakeServices();
  const told = { ended: null as number | null, sent: 0 };
  const socket: SocketPort = {
    send: () => {
      told.sent += 1;
      return 1;
    },
    getBufferedAmount: () => 0,
    cork: (write) => write(),
    end: (code) => {
      told.ended = code;
      session.onClosed();
    },
  };
  const parts = {
    config: GATEWAY_DEFAULTS,
    services: fake.services,
    doorLimits: { personWaitMs: () => 0 },
    clock,
    random: seededRandom(seed),
    metrics: new CountingMetrics(),
  } as unknown as GatewayParts;
  fake.tokenLivesMs = 3_600_000;
  const session = new Session(parts, socket, { encoding: 'json', address: '127.0.0.1' }, () => {});
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    fake,
    clock,
    get ended() {
      return told.ended;
    },
    get sent() {
      return told.sent;
    },
    say: async (frame: UpFrame) => {
      const text = new TextEncoder().encode(encode(frame, 'json') as string);
      session.onMessage(text.buffer as ArrayBuffer, false);
      await settled();
    },
    passing: async (ms: number) => {
      clock.advance(ms);
      session.sweep();
      await settled();
    },
  };
}
