import { describe, expect, it } from 'vitest';
import { encode } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { SampleRow, VitalsSample } from './samples.ts';
import { clientWorld } from './testing/client-world.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { uuidOf } from './testing/server-model.ts';

const device = { id: uuidOf(3) };
const fix = (atMs: number) => ({ atMs, lat: 1, lng: 2 });

async function sending(options: Parameters<typeof clientWorld>[0] = {}) {
  const world = clientWorld({ device, ...options });
  world.client.connect();
  await world.pass(0);
  const hello = world.bodies('hello')[0]?.device;
  return { ...world, epochs: { telemetry: hello?.epoch ?? '', ...hello?.epochs } };
}

describe('vital signs and alarms', () => {
  it('go on lanes of their own, each with its epoch and its numbers from one', async () => {
    const { client, bodies, epochs, pass, clock } = await sending();
    client.sendFix(fix(1));
    client.sendVitals({
      atMs: 2.4,
      heartRateBpm: 72,
      spo2Pct: Number.NaN,
      consciousness: 'A',
      onOxygen: false,
    });
    client.sendAlarm({ atMs: 3, kind: 'fall', point: { lat: 1, lng: 2 } });
    client.sendAlarm({ atMs: 4, kind: 'panic' });
    await pass(0);
    expect(new Set(Object.values(epochs)).size).toBe(3);
    const sentAtMs = clock.nowMs();
    const samples = [[2, { heartRateBpm: 72, consciousness: 'A', onOxygen: false }]];
    expect(bodies('vit')).toEqual([{ epoch: epochs.vitals, seq: 1, sentAtMs, samples }]);
    expect(bodies('alarm')).toEqual([
      { epoch: epochs.alarm, seq: 1, sentAtMs, alarms: [[3, 'fall', 1, 2]] },
      { epoch: epochs.alarm, seq: 2, sentAtMs, alarms: [[4, 'panic', null, null]] },
    ]);
  });

  it('go first when the connection is back: alarms, then vital signs, then positions', async () => {
    const { client, sent, pass } = clientWorld({ device });
    client.sendFix(fix(1));
    client.sendVitals({ atMs: 2, heartRateBpm: 72 });
    client.sendAlarm({ atMs: 3, kind: 'no_motion' });
    client.connect();
    await pass(0);
    expect(sent.map(([kind]) => kind)).toEqual(['hello', 'alarm', 'vit', 'pos']);
  });

  it('are held, asked for and acknowledged each by itself', async () => {
    const { client, end, epochs, bodies, pass } = await sending();
    const acks: [number, string][] = [];
    client.onAck = (seq, lane) => acks.push([seq, lane]);
    client.sendFix(fix(1));
    client.sendVitals({ atMs: 1, heartRateBpm: 72 });
    await pass(0);
    end().send(['hold', { lane: 'telemetry', retryAfterMs: 60_000 }]);
    end().send(['ack', { epoch: epochs.vitals ?? '', lane: 'vitals', seq: 1 }]);
    await pass(0);
    client.sendFix(fix(2));
    client.sendVitals({ atMs: 2, heartRateBpm: 73 });
    await pass(0);
    expect([bodies('pos').length, bodies('vit').length]).toEqual([1, 2]);
    expect(acks).toEqual([[1, 'vitals']]);
    expect(client.telemetry).toMatchObject({ unacknowledged: 2, vitals: { unacknowledged: 1, ackedSeq: 1 } });
  });

  it('are kept across a restart by stores of their own', async () => {
    const vitalsStore = new MemoryStore<SampleRow>();
    const earlier = await sending({ device: { ...device, vitalsStore } });
    earlier.client.sendVitals({ atMs: 1, heartRateBpm: 72 });
    await earlier.pass(0);
    const later = await sending({ device: { ...device, vitalsStore } });
    await later.pass(0);
    expect(later.epochs.vitals).toBe(earlier.epochs.vitals);
    expect(later.bodies('vit').map(({ seq, samples }) => [seq, samples])).toEqual([
      [1, [[1, { heartRateBpm: 72 }]]],
    ]);
  });

  it('are waited for by a flush', async () => {
    const { client, end, epochs, pass } = await sending();
    client.sendAlarm({ atMs: 1, kind: 'fall' });
    let isFlushed = false;
    client.flushed().then(() => {
      isFlushed = true;
    });
    await pass(0);
    expect(isFlushed).toBe(false);
    end().send(['ack', { epoch: epochs.alarm ?? '', lane: 'alarm', seq: 1 }]);
    await pass(0);
    expect(isFlushed).toBe(true);
  });

  it.each(['msgpack', 'json'] as const)('fit into %s frames, whatever their values', async (encoding) => {
    const n = -1.2345678901234567e-100;
    const numbers = ['heartRateBpm', 'systolicMmhg', 'diastolicMmhg', 'spo2Pct', 'respirationPerMin'];
    const more = ['temperatureC', 'oxygenLpm', 'weightKg', 'glucoseMmolL'];
    const values = Object.fromEntries([...numbers, ...more].map((name) => [name, n]));
    const { client, bodies, end, pass } = clientWorld({ device, encoding });
    for (let i = 0; i < 2_000; i++) {
      client.sendVitals({ ...values, atMs: 1.7e15, consciousness: 'A', onOxygen: false } as VitalsSample);
    }
    client.connect();
    await pass(0);
    const sent = () => bodies('vit').reduce((sum, body) => sum + body.samples.length, 0);
    while (sent() < 2_000) {
      end().send(['ack', { epoch: bodies('vit')[0]?.epoch ?? '', lane: 'vitals', seq: sent() }]);
      await pass(1);
    }
    const largest = Math.max(...bodies('vit').map((body) => encode(['vit', body], encoding).length));
    expect(largest).toBeGreaterThan(LIMITS.frameBytes / 3);
    for (const body of bodies('vit')) {
      expect(encode(['vit', body], encoding).length).toBeLessThanOrEqual(LIMITS.frameBytes);
    }
  });
});

describe('a device', () => {
  it('tells what its clock shows when the server asks, and never answers an answer', async () => {
    const world = await sending({ device: { ...device, deviceNowMs: () => 5_000.7 } });
    const heard: unknown[] = [];
    world.end().send(['hb', { sentAtMs: 77 }]);
    await world.pass(0);
    heard.push(...world.beats.splice(0));
    world.end().send(['hb', { sentAtMs: 78, echoMs: 5_000 }]);
    await world.pass(0);
    expect([heard, world.beats]).toEqual([[5_000], []]);
  });

  it('is told how often the server wants samples', async () => {
    const rates: unknown[] = [];
    const { end, pass } = await sending({ onRate: (rate) => rates.push(rate) });
    end().send(['rate', { lane: 'telemetry', intervalMs: 30_000 }]);
    await pass(0);
    expect(rates).toEqual([{ lane: 'telemetry', intervalMs: 30_000 }]);
  });
});

describe('a link that breaks again and again', () => {
  /** How long the client took to be back after each of the breaks. */
  const waitsMs = async (isAcknowledged: boolean) => {
    const { client, clock, network, bodies, end, pass } = await sending();
    const waits: number[] = [];
    for (let i = 1; i <= 10; i++) {
      client.sendVitals({ atMs: i, heartRateBpm: 72 });
      await pass(0);
      const { epoch = '', seq = 0, samples = [] } = bodies('vit').at(-1) ?? {};
      if (isAcknowledged) end().send(['ack', { epoch, lane: 'vitals', seq: seq + samples.length - 1 }]);
      await pass(0);
      network.breakAll();
      const brokenAtMs = clock.nowMs();
      for (let n = 0; n < 400 && client.status.state !== 'open'; n++) await pass(100);
      waits.push(clock.nowMs() - brokenAtMs);
    }
    return waits;
  };

  it('is tried again soon while it brings something across, and ever later while it does not', async () => {
    expect(Math.max(...(await waitsMs(true)))).toBeLessThanOrEqual(700);
    expect(Math.max(...(await waitsMs(false)))).toBeGreaterThan(5_000);
  });
});

describe('an alarm without a connection', () => {
  it('cuts the wait for the next try short', async () => {
    const { client, clock, network, pass } = await sending();
    network.isReachable = false;
    network.breakAll();
    const waitsForMs = () =>
      client.status.state === 'waiting' ? client.status.retryAtMs - clock.nowMs() : 0;
    for (let i = 0; i < 10_000 && waitsForMs() < 10_000; i++) await pass(100);
    expect(waitsForMs()).toBeGreaterThanOrEqual(10_000);
    client.sendAlarm({ atMs: 1, kind: 'fall' });
    network.isReachable = true;
    await pass(2_000);
    await pass(0);
    expect(client.status.state).toBe('open');
  });
});

describe('how things are now', () => {
  const backlog = (client: { sendFix(f: ReturnType<typeof fix>): void }) => {
    for (let i = 1; i <= 2_000; i++) client.sendFix(fix(i));
  };

  it('is said first while more than a frame is waiting, then with what is newer, once a second', async () => {
    const { client, sent, bodies, pass } = clientWorld({ device });
    backlog(client);
    client.connect();
    await pass(0);
    expect(sent[1]).toEqual(['now', { sentAtMs: expect.any(Number), fix: [2_000, 1, 2] }]);
    client.sendFix(fix(2_001));
    client.sendFix(fix(2_002));
    client.sendFix(fix(2_003));
    await pass(999);
    expect(bodies('now').map(({ fix: newest }) => newest?.[0])).toEqual([2_000, 2_001]);
    await pass(1);
    await pass(5_000);
    expect(bodies('now').map(({ fix: newest }) => newest?.[0])).toEqual([2_000, 2_001, 2_003]);
  });

  it('is not said when nothing waits: the sample itself is there as soon', async () => {
    const { client, bodies, pass } = await sending();
    for (let i = 1; i <= 5; i++) {
      client.sendFix(fix(i));
      client.sendVitals({ atMs: i, heartRateBpm: 72 });
      await pass(1_000);
    }
    expect(bodies('now')).toEqual([]);
  });

  it('tells of vital signs too, and ends with the backlog', async () => {
    const { client, bodies, end, pass } = clientWorld({ device });
    for (let i = 1; i <= 500; i++) client.sendVitals({ atMs: i, heartRateBpm: 72 });
    client.connect();
    await pass(0);
    expect(bodies('now').map(({ vitals }) => vitals?.[0])).toEqual([500]);
    const epoch = bodies('hello')[0]?.device?.epochs?.vitals ?? '';
    for (let s = 0; s < 4; s++) {
      const last = bodies('vit').at(-1);
      const seq = (last?.seq ?? 1) + (last?.samples.length ?? 0) - 1;
      end().send(['ack', { epoch, lane: 'vitals', seq }]);
      await pass(1_000);
    }
    client.sendVitals({ atMs: 501, heartRateBpm: 72 });
    await pass(1_000);
    expect(bodies('now')).toHaveLength(1);
  });
});
