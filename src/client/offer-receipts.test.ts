import { describe, expect, it } from 'vitest';
import type { DownFrame, StreamEvent } from '../protocol/down.ts';
import { clientWorld } from './testing/client-world.ts';
import { uuidOf } from './testing/server-model.ts';

const stream = `inbox:${uuidOf(1)}`;
const sosId = uuidOf(50);
const offer = (n: number) => ({
  offerId: uuidOf(n),
  sosId,
  emergencyType: 'MEDICAL' as const,
  priority: 'HIGH' as const,
  cell: '8928308280fffff',
  distanceBandM: 500,
  expiresAtMs: 60_000,
  isDrill: false,
});
const happened = (seq: number, type: string, data: unknown) =>
  ({ stream, seq, atMs: 1, actorId: null, type, data }) as StreamEvent;
const sent = (seq: number, n: number) => happened(seq, 'offer.sent', offer(n));
const closed = (seq: number, n: number) =>
  happened(seq, 'offer.closed', { offerId: uuidOf(n), sosId, reason: 'filled' });
const delivered = (n: number) => ({ sosId, offerId: uuidOf(n), isSeen: false });

async function withInbox(options: Parameters<typeof clientWorld>[0] = {}) {
  const world = clientWorld(options);
  world.client.subscribe(stream, { onEvent: () => {} }, 0);
  world.client.connect();
  await world.pass(0);
  return {
    ...world,
    receipts: () => world.bodies('offer.receipt'),
    async say(...frames: DownFrame[]) {
      for (const frame of frames) world.end().send(frame);
      await world.pass(0);
    },
  };
}

describe('an offer', () => {
  it('that comes live is answered with a receipt, once', async () => {
    const { say, receipts } = await withInbox();
    await say(['subscribed', { stream, headSeq: 0 }], ['event', sent(1, 70)], ['event', sent(1, 70)]);
    expect(receipts()).toEqual([delivered(70)]);
  });

  it('that is open in a snapshot of the inbox has a receipt, of each connection anew', async () => {
    const { say, receipts, network, pass } = await withInbox();
    const view = { offers: [offer(70)], reserves: [], holding: null };
    const snapshot: DownFrame = ['snapshot', { stream, seq: 3, view }];
    await say(snapshot, ['subscribed', { stream, headSeq: 3 }], snapshot);
    expect(receipts()).toEqual([delivered(70)]);
    network.breakAll();
    await pass(500);
    await pass(0);
    await say(snapshot);
    expect(receipts()).toEqual([delivered(70), delivered(70)]);
  });

  it('that was closed while nobody listened has none', async () => {
    const { say, receipts } = await withInbox();
    await say(['event', sent(1, 70)], ['event', sent(2, 71)], ['event', closed(3, 70)]);
    expect(receipts()).toEqual([]);
    await say(['subscribed', { stream, headSeq: 3 }]);
    expect(receipts()).toEqual([delivered(71)]);
  });

  it('is told to have been seen when the application says so, at the next connection if there is none', async () => {
    const { client, receipts, network, pass } = await withInbox();
    client.seen(sosId, uuidOf(70));
    client.seen(sosId, uuidOf(70));
    await pass(0);
    expect(receipts()).toEqual([{ sosId, offerId: uuidOf(70), isSeen: true }]);
    network.breakAll();
    client.seen(sosId, uuidOf(71));
    await pass(500);
    await pass(0);
    expect(receipts()).toHaveLength(2);
    expect(receipts()[1]).toEqual({ sosId, offerId: uuidOf(71), isSeen: true });
  });
});

describe('being asked where one is', () => {
  it('calls the application, whose mistakes stop nothing', async () => {
    let asked = 0;
    const onLocate = () => {
      asked += 1;
      throw new Error('no fix');
    };
    const { say, client } = await withInbox({ onLocate });
    await say(['locate', { reason: 'dispatch' }]);
    await say(['locate', { reason: 'dispatch' }]);
    expect(asked).toBe(2);
    expect([...client.problems]).toEqual([['handler', 2]]);
  });

  it('is no problem for an application that has not registered for it', async () => {
    const { say, client } = await withInbox();
    await say(['locate', { reason: 'dispatch' }]);
    expect([...client.problems]).toEqual([]);
  });
});
