import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { MusterClient } from './client.ts';
import { clientWorld } from './testing/client-world.ts';
import { fakeNetwork, settle } from './testing/fake-socket.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { ServerModel, uuidOf } from './testing/server-model.ts';

const device = { id: uuidOf(3) };
const fix = (atMs: number) => ({ atMs, lat: 1, lng: 2 });
const lane = 'telemetry' as const;

async function sending(options: Parameters<typeof clientWorld>[0] = {}) {
  const world = clientWorld({ device, ...options });
  world.client.connect();
  await world.pass(0);
  const epoch = world.bodies('hello')[0]?.device?.epoch ?? '';
  const seqs = () => world.bodies('pos').map((body) => body.seq);
  return { ...world, epoch, seqs };
}

describe('telemetry with a store', () => {
  it('lets no number out of the house before the store has it', async () => {
    const store = new MemoryStore();
    const { client, seqs, pass, problems } = await sending({ device: { ...device, store } });
    store.behaviour = 'hanging';
    client.sendFix(fix(1));
    await pass(5_000);
    expect(seqs()).toEqual([]);
    await pass(5_000);
    await pass(0);
    expect(seqs()).toEqual([1]);
    expect(problems.map((problem) => problem.kind)).toEqual(['store']);
  });

  it('goes on from memory when the store fails, at the start or later', async () => {
    const broken = new MemoryStore();
    broken.behaviour = 'failing';
    const early = await sending({ device: { ...device, store: broken } });
    early.client.sendFix(fix(1));
    await early.pass(0);
    expect(early.seqs()).toEqual([1]);

    const store = new MemoryStore();
    const late = await sending({ device: { ...device, store } });
    store.behaviour = 'failing';
    late.client.sendFix(fix(1));
    await late.pass(0);
    expect(late.seqs()).toEqual([1]);
  });

  it('does not keep a connection waiting for a store that hangs', async () => {
    const store = new MemoryStore();
    store.behaviour = 'hanging';
    const { client, pass } = await sending({ device: { ...device, store } });
    await pass(10_000);
    await pass(0);
    expect(client.status.state).toBe('open');
  });

  it('takes up what an earlier run kept, before what was taken since, and flushes both', async () => {
    const store = new MemoryStore();
    const earlier = await sending({ device: { ...device, store } });
    for (let i = 1; i <= 3; i++) earlier.client.sendFix(fix(i));
    await earlier.pass(0);
    const { client, bodies, end, pass } = clientWorld({ device: { ...device, store } });
    client.sendFix(fix(4));
    let isFlushed = false;
    client.flushed().then(() => {
      isFlushed = true;
    });
    client.connect();
    await pass(0);
    await pass(0);
    expect(bodies('hello')[0]?.device?.epoch).toBe(earlier.epoch);
    expect(bodies('pos').flatMap((body) => body.fixes.map(([atMs]) => atMs))).toEqual([1, 2, 3, 4]);
    end().send(['ack', { epoch: earlier.epoch, lane, seq: 3 }]);
    await pass(0);
    expect(isFlushed).toBe(false);
    end().send(['ack', { epoch: earlier.epoch, lane, seq: 4 }]);
    await pass(0);
    expect(isFlushed).toBe(true);
  });

  it('stores each fix that the store had exactly once, whenever the program is killed and started again', async () => {
    const anyStep = fc.oneof(
      { weight: 5, arbitrary: fc.record({ fixes: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 1, arbitrary: fc.constant('kill' as const) },
      { weight: 1, arbitrary: fc.constant('break' as const) },
    );
    const anySteps = fc.array(fc.record({ step: anyStep, thenMs: fc.nat({ max: 150 }) }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anySteps, fc.nat(), async (steps, seed) => {
        const clock = new ManualClock();
        const server = new ServerModel(clock);
        const store = new MemoryStore();
        const random = seededRandom(seed);
        let network = fakeNetwork(server, { clock, latencyMs: 5, encoding: 'msgpack' });
        const start = () => {
          const { WebSocket } = network;
          const token = async () => 'token';
          const options = { url: 'http://node.test', token, clock, random, WebSocket };
          const client = new MusterClient({ ...options, device: { ...device, store } });
          client.connect();
          return client;
        };
        const pass = async (ms: number) => {
          await settle();
          clock.advance(ms);
          await settle();
        };
        let client = start();
        let given = 0;
        for (const { step, thenMs } of steps) {
          if (step === 'break') network.breakAll();
          else if (step === 'kill') {
            // The old program's sockets end and it can open no others: as good as dead.
            network.isReachable = false;
            network.breakAll();
            network = fakeNetwork(server, { clock, latencyMs: 5, encoding: 'msgpack' });
            client = start();
          } else for (let i = 0; i < step.fixes; i++) client.sendFix(fix(++given));
          await pass(thenMs);
        }
        for (let s = 0; s < 300 && client.telemetry.unacknowledged > 0; s++) await pass(1_000);

        const all = Array.from({ length: given }, (_, i) => i + 1);
        expect([...server.stored.telemetry, ...server.refused.telemetry].sort((a, b) => a - b)).toEqual(all);
        expect([...client.telemetry.epochBreaks]).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
