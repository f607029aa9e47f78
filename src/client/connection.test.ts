import { describe, expect, it } from 'vitest';
import { type Clock, ManualClock } from '../lib/clock.ts';
import { LIMITS } from '../protocol/limits.ts';
import { clientWorld } from './testing/client-world.ts';
import { eventOf, uuidOf } from './testing/server-model.ts';

const sosStream = `sos:${uuidOf(50)}`;

describe('being alive', () => {
  it('sends a heartbeat at least as often as the server wants, and stays while it is answered', async () => {
    const { client, clock, network, beats, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    for (let i = 0; i < 60; i++) {
      end().send(['hb', { sentAtMs: clock.nowMs() }]);
      await pass(1_000);
    }
    expect(beats).toHaveLength(6);
    expect(network.ends).toHaveLength(1);
  });

  it('sends the heartbeat when something arrives, if the browser holds the timers back', async () => {
    const clock = new ManualClock();
    const held: Clock = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, fn) => clock.after(delayMs === LIMITS.heartbeatMs ? 60_000 : delayMs, fn),
    };
    const { client, beats, end, pass } = clientWorld({ clock: held });
    client.connect();
    await pass(0);
    clock.advance(0);
    await pass(0);
    for (let i = 0; i < 4; i++) {
      clock.advance(10_000);
      end().send(['hb', { sentAtMs: clock.nowMs() }]);
      await pass(0);
    }
    expect(beats).toHaveLength(4);
  });

  it('takes a server for gone after a silence, and comes back', async () => {
    const { client, network, statuses, pass } = clientWorld();
    client.connect();
    await pass(0);
    await pass(24_900);
    expect(client.status).toEqual({ state: 'open' });
    await pass(200);
    expect(statuses.find(({ state }) => state === 'waiting')).toMatchObject({ reason: 'silent' });
    await pass(1_000);
    await pass(0);
    expect(network.ends).toHaveLength(2);
    expect(client.status).toEqual({ state: 'open' });
  });
});

describe('while somebody calls for help', () => {
  const call = { emergencyType: 'MEDICAL', priority: 'HIGH', point: { lat: 1, lng: 2 } } as const;

  it('takes a server that says nothing for gone after seven seconds, not counting the quiet before', async () => {
    const { client, network, statuses, pass } = clientWorld();
    client.connect();
    await pass(0);
    await pass(9_000);
    client.command('sos.create', call).catch(() => {});
    await pass(6_900);
    expect(client.status).toEqual({ state: 'open' });
    await pass(200);
    expect(statuses.find(({ state }) => state === 'waiting')).toMatchObject({ reason: 'silent' });
    await pass(2_000);
    await pass(0);
    expect(network.ends).toHaveLength(2);
    expect(client.status).toEqual({ state: 'open' });
  });

  it('asks at once and every three seconds whether it is there, and stays while it answers', async () => {
    const { client, clock, network, beats, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    const sos = client.subscribe(sosStream, { onEvent: () => {} }, 0);
    const secondsUntil = async (seconds: number) => {
      let answered = beats.length;
      for (let second = 0; second < seconds; second++) {
        await pass(1_000);
        for (; answered < beats.length; answered++) end().send(['hb', { sentAtMs: clock.nowMs() }]);
      }
    };
    const before = beats.length;
    await secondsUntil(30);
    expect(beats.length - before).toBeGreaterThanOrEqual(9);
    expect(network.ends).toHaveLength(1);
    sos.unsubscribe();
    await secondsUntil(10);
    const calm = beats.length;
    await secondsUntil(30);
    expect(beats.length - calm).toBeLessThanOrEqual(4);
    expect(network.ends).toHaveLength(1);
  });
});

describe('what arrives', () => {
  it('is counted and passed over when it is of a newer server, reported when it is malformed', async () => {
    const { client, problems, end, pass } = clientWorld({ encoding: 'json' });
    client.connect();
    await pass(0);
    end().sendRaw(JSON.stringify(['brand.new', { a: 1 }]));
    end().sendRaw(JSON.stringify(['done', { id: 'no uuid' }]));
    end().sendRaw('{');
    await pass(0);
    expect(problems.map((problem) => problem.kind)).toEqual(['unknown_kind', 'malformed', 'undecodable']);
    expect(client.problems.get('unknown_kind')).toBe(1);
    expect(client.status).toEqual({ state: 'open' });
  });

  it('does not take the client down when a handler throws', async () => {
    const { client, problems, end, pass } = clientWorld();
    client.connect();
    await pass(0);
    const seen: number[] = [];
    const onEvent = ({ seq }: { seq: number }) => {
      seen.push(seq);
      throw new RangeError('mine');
    };
    client.subscribe(sosStream, { onEvent }, 0);
    end().send(['event', eventOf(sosStream, 1)]);
    end().send(['event', eventOf(sosStream, 2)]);
    await pass(0);
    expect(seen).toEqual([1, 2]);
    expect(problems).toEqual([
      { kind: 'handler', detail: 'RangeError' },
      { kind: 'handler', detail: 'RangeError' },
    ]);
  });
});
