import { describe, expect, it } from 'vitest';
import { encode } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import { clientWorld } from './testing/client-world.ts';
import { uuidOf } from './testing/server-model.ts';

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

describe('telemetry', () => {
  it('names device and epoch in hello, numbers from one, and says when it sent by the device clock', async () => {
    const { client, bodies, epoch, pass } = await sending({
      device: { ...device, deviceNowMs: () => 5_000.7 },
    });
    client.sendFix({ ...fix(4_000), speedMps: 3 });
    await pass(0);
    expect(bodies('hello')[0]?.device).toMatchObject({ id: device.id, epoch });
    expect(bodies('pos')).toEqual([{ epoch, seq: 1, sentAtMs: 5_000, fixes: [[4_000, 1, 2, null, 3]] }]);
  });

  it('keeps what is not acknowledged, tells of each acknowledgement, and of what was refused and why', async () => {
    const { client, end, epoch, pass } = await sending();
    const acks: number[] = [];
    client.onAck = (seq) => acks.push(seq);
    for (let i = 1; i <= 3; i++) client.sendFix(fix(i));
    let isFlushed = false;
    client.flushed().then(() => {
      isFlushed = true;
    });
    await pass(0);
    expect(client.telemetry).toMatchObject({ unacknowledged: 3, ackedSeq: 0 });
    end().send(['ack', { epoch, lane, seq: 2, refused: [[2, 'duplicate']] }]);
    end().send(['ack', { epoch, lane, seq: 2, refused: [[2, 'duplicate']] }]);
    await pass(0);
    expect(client.telemetry).toMatchObject({ unacknowledged: 1, ackedSeq: 2 });
    expect(isFlushed).toBe(false);
    end().send(['ack', { epoch, lane, seq: 3 }]);
    await pass(0);
    expect(isFlushed).toBe(true);
    expect(acks).toEqual([2, 3]);
    expect([...client.telemetry.refused]).toEqual([['duplicate', 1]]);
  });

  it('goes on from what was acknowledged when the server can not say what it has', async () => {
    const { client, bodies, end, pass } = clientWorld({ device }, (attempt) =>
      attempt === 1 ? 0 : 'unknown',
    );
    client.connect();
    await pass(0);
    for (let i = 1; i <= 3; i++) client.sendFix(fix(i));
    await pass(0);
    const epoch = bodies('hello')[0]?.device?.epoch ?? '';
    end().send(['ack', { epoch, lane, seq: 2 }]);
    await pass(0);
    end().close(1012);
    await pass(500);
    await pass(0);
    expect(bodies('hello').map((hello) => hello.device?.epoch)).toEqual([epoch, epoch]);
    expect(bodies('pos').at(-1)).toMatchObject({ epoch, seq: 3, fixes: [[3, 1, 2]] });
    expect([...client.telemetry.epochBreaks]).toEqual([]);
  });

  it('waits as long as it is held, then begins after the last acknowledged one', async () => {
    const { client, end, epoch, seqs, pass } = await sending();
    client.sendFix(fix(1));
    await pass(0);
    end().send(['hold', { lane, retryAfterMs: 2_000 }]);
    await pass(0);
    client.sendFix(fix(2));
    await pass(1_999);
    expect(seqs()).toEqual([1]);
    await pass(1_001);
    expect(seqs()).toEqual([1, 1]);
    end().send(['ack', { epoch, lane, seq: 2 }]);
    await pass(0);
    expect(client.telemetry.unacknowledged).toBe(0);
  });

  it('pays no heed to the other lanes', async () => {
    const { client, end, epoch, pass } = await sending();
    client.sendFix(fix(1));
    await pass(0);
    end().send(['ack', { epoch, lane: 'chat', seq: 1 }]);
    end().send(['nack', { epoch, lane: 'sos', expectedSeq: 1 }]);
    await pass(0);
    expect(client.telemetry.unacknowledged).toBe(1);
  });

  it('sends again what nobody answers for as long as a silence', async () => {
    const { client, clock, end, seqs, pass } = await sending();
    client.sendFix(fix(1));
    for (let i = 0; i < 30; i++) {
      end().send(['hb', { sentAtMs: clock.nowMs() }]);
      await pass(1_000);
    }
    expect(seqs()).toEqual([1, 1]);
  });

  it('does not answer a server that contradicts itself in a loop', async () => {
    const { client, end, bodies, pass } = await sending();
    client.sendFix(fix(1));
    for (let i = 0; i < 100; i++) {
      const epoch = bodies('pos').at(-1)?.epoch ?? '';
      end().send(['ack', { epoch, lane, seq: 99 }]);
      await pass(100);
    }
    expect(client.status.state).toBe('open');
    expect(client.telemetry.unacknowledged).toBe(1);
    expect(client.telemetry.epochBreaks.get('server_ahead')).toBeLessThan(15);
  });

  it('counts what has no room any more, and a flush does not wait for it', async () => {
    const { client } = clientWorld({ device: { ...device, maxFixes: 10 } });
    client.sendFix(fix(1));
    const flushed = client.flushed();
    for (let i = 2; i <= 13; i++) client.sendFix(fix(i));
    await flushed;
    expect([...client.telemetry.refused]).toEqual([['outbox_full', 3]]);
    expect(client.telemetry.unacknowledged).toBe(10);
  });

  it.each(['msgpack', 'json'] as const)(
    'keeps a %s frame of the longest numbers within the limit',
    async (encoding) => {
      const { client, bodies, end, pass } = clientWorld({ device, encoding });
      for (let i = 0; i < 3_000; i++) {
        const n = -1.2345678901234567e-100;
        client.sendFix({
          atMs: 1.7e15,
          lat: n,
          lng: n,
          accuracyM: n,
          speedMps: n,
          headingDeg: n,
          altitudeM: n,
          batteryPct: n,
        });
      }
      client.connect();
      await pass(0);
      const sent = () => bodies('pos').reduce((sum, body) => sum + body.fixes.length, 0);
      while (sent() < 3_000) {
        end().send(['ack', { epoch: bodies('pos')[0]?.epoch ?? '', lane, seq: sent() }]);
        await pass(1);
      }
      const largest = Math.max(...bodies('pos').map((body) => encode(['pos', body], encoding).length));
      expect(largest).toBeGreaterThan(LIMITS.frameBytes / 3);
      for (const body of bodies('pos')) {
        expect(encode(['pos', body], encoding).length).toBeLessThanOrEqual(LIMITS.frameBytes);
      }
    },
  );

  it('ends the waits when the client closes', async () => {
    const { client, pass } = await sending();
    client.sendFix(fix(1));
    const flushed = client.flushed().then(
      () => 'flushed',
      (error) => error.code,
    );
    const closed = client.close();
    await pass(2_000);
    await closed;
    expect(await flushed).toBe('closed');
  });
});
