import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limitsOf } from '../client/limits.ts';
import { MusterClient } from '../client/node.ts';
import { GATEWAY_DEFAULTS } from '../gateway/config.ts';
import { ManualClock } from '../lib/clock.ts';
import { LIMITS } from '../protocol/limits.ts';
import { DarkLine } from './dark-line.ts';
import { type Stage, stage } from './gateway/stage.ts';
import { until } from './until.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const FOUND_WITHIN_MS = 30_000;

describe('as nodes are set when nobody sets them otherwise', () => {
  const clock = new ManualClock();
  let on: Stage;
  beforeEach(async () => {
    on = await stage({ sweepMs: GATEWAY_DEFAULTS.sweepMs }, clock);
  });
  afterEach(() => on.close());

  /** As many looks at the sockets as come in this time, and what they lead to on the way. */
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += GATEWAY_DEFAULTS.sweepMs) {
      clock.advance(GATEWAY_DEFAULTS.sweepMs);
      await new Promise((next) => setImmediate(next));
    }
  };

  test('a client that goes silent without a word counts as gone within 30 s', async () => {
    on.fake.tokenLivesMs = 3_600_000;
    await on.signIn(USER);
    await pass(LIMITS.silenceMs - GATEWAY_DEFAULTS.sweepMs);
    expect(on.fake.presence).toEqual([`+${USER}`]);
    const leftMs = FOUND_WITHIN_MS - LIMITS.silenceMs;
    await pass(leftMs);
    expect(on.fake.presence).toEqual([`+${USER}`, `-${USER}`]);
  });

  test('a client waits less than 30 s for a node, and hears it at least twice in that time', async () => {
    const { heartbeatMs, silenceMs } = limitsOf({ limits: LIMITS });
    expect(silenceMs).toBeLessThan(FOUND_WITHIN_MS);
    const signedInAtMs = clock.nowMs();
    const socket = await on.signIn(USER);
    await pass(2 * heartbeatMs);
    const beats = await until(() => socket.all('hb').length > 1 && socket.all('hb'), {
      timeoutMs: 5_000,
      what: 'heartbeats',
    });
    const spokeAtMs = [signedInAtMs, ...beats.map(({ sentAtMs }) => sentAtMs)];
    const gapsMs = spokeAtMs.map((ms, i) => ms - (spokeAtMs[i - 1] ?? ms));
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(heartbeatMs);
    expect(heartbeatMs * 2).toBeLessThan(silenceMs);
  });

  test('a node does not beat on all its sockets at the same moment', async () => {
    const sockets = await Promise.all(Array.from({ length: 12 }, () => on.signIn(USER)));
    await pass(LIMITS.heartbeatMs);
    const all = () => sockets.every((socket) => socket.all('hb').length > 0);
    await until(all, { timeoutMs: 5_000, what: 'a heartbeat on each' });
    expect(new Set(sockets.map((socket) => socket.all('hb')[0]?.sentAtMs)).size).toBeGreaterThan(4);
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
