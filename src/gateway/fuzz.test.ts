import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode } from '../protocol/codec.ts';
import { UP } from '../protocol/up.ts';
import type { Encoding } from '../protocol/version.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';
import { everyClass } from './limits.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const command = { id: ID, sosId: ID };
const plenty = { burst: 1_000_000, perSecond: 1_000_000 };

let on: Stage;
beforeAll(async () => {
  on = await stage({ rates: everyClass(plenty) });
});
afterAll(() => on.close());

const frames: Record<keyof typeof UP, unknown> = {
  hello: { token: ID, client: 'fuzz', device: { id: ID, epoch: ID } },
  renew: { token: ID },
  hb: { sentAtMs: 1 },
  pos: { epoch: ID, seq: 1, sentAtMs: 2, fixes: [[1, 52.5, 13.4, 5, null, 90]] },
  alarm: { epoch: ID, seq: 1, sentAtMs: 2, alarms: [[1, 'fall', 52.5, 13.4]] },
  now: { sentAtMs: 2, fix: [1, 52.5, 13.4], vitals: [1, { spo2Pct: 97 }] },
  vit: { epoch: ID, seq: 1, sentAtMs: 2, samples: [[1, { heartRateBpm: 72, onOxygen: false }]] },
  sub: { stream: `sos:${ID}`, afterSeq: 0 },
  unsub: { stream: `sos:${ID}` },
  tail: { personId: ID, vitals: ['heartRateBpm'] },
  untail: { personId: ID },
  watch: { feed: 'dispatch' },
  'sos.create': {
    id: ID,
    emergencyType: 'FIRE',
    priority: 'LOW',
    point: { lat: 1, lng: 2 },
    description: 'x',
  },
  'sos.raise': {
    id: ID,
    emergencyType: 'FIRE',
    priority: 'LOW',
    point: { lat: 1, lng: 2 },
    callbackNumber: '1',
  },
  'sos.cancel': { ...command, reason: 'x' },
  'sos.depart': command,
  'sos.arrive': command,
  'sos.start': command,
  'sos.resolve': command,
  'sos.withdraw': command,
  'sos.escalate': command,
  'sos.take_over': command,
  'sos.assign': { ...command, responderId: ID, slot: 1 },
  'sos.release': { ...command, responderId: ID },
  'sos.hold': { ...command, forMs: 1_000 },
  'sos.unhold': command,
  'sos.reopen': command,
  'sos.merge': { ...command, intoId: ID },
  'sos.hand_off': { ...command, service: '112' },
  'broadcast.receipt': { broadcastId: ID, isSeen: true },
  'offer.receipt': { sosId: ID, offerId: ID, isSeen: true },
  'offer.accept': { ...command, offerId: ID },
  'offer.decline': { ...command, offerId: ID },
  'chat.send': { ...command, text: 'x' },
  'chat.read': { ...command, upToSeq: 1 },
  'alert.acknowledge': { id: ID, alertId: ID, isFalseAlarm: true },
  'alert.assign': { id: ID, alertId: ID, toId: ID },
  'alert.resolve': { id: ID, alertId: ID, actionTaken: 'x' },
  'alert.cancel_sos': { id: ID, alertId: ID },
  'duty.set': { id: ID, available: true },
  'record.create': { id: ID, type: 'sleep-logs', fields: { sleptOn: '2026-01-01' } },
  'record.change': { id: ID, type: 'sleep-logs', recordId: ID, version: 1, change: { quality: 1 } },
  'record.remove': { id: ID, type: 'sleep-logs', recordId: ID, version: 1, reason: 'x' },
};

const encodings: readonly Encoding[] = ['msgpack', 'json'];
const asBytes = (frame: readonly unknown[], encoding: Encoding) =>
  Buffer.from(encode(frame, encoding) as Uint8Array);

type Change = { at: number; with: Uint8Array; drop: number };
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(200),
  with: fc.uint8Array({ maxLength: 6 }),
  drop: fc.nat(6),
});

function mutate(bytes: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((now, { at, with: put, drop }) => {
    const from = at % (now.length + 1);
    return Buffer.concat([now.subarray(0, from), put, now.subarray(from + drop)]);
  }, bytes);
}

const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const mutated = (encoding: Encoding) =>
  fc
    .tuple(fc.constantFrom(...Object.entries(frames)), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([frame, changes]) => mutate(asBytes(frame, encoding), changes));
const swapped = (encoding: Encoding) =>
  fc
    .tuple(fc.constantFrom(...Object.entries(frames)), fc.jsonValue({ maxDepth: 3 }), fc.nat(5))
    .map(([[kind, body], value, which]) => {
      const keys = Object.keys(body as object);
      const key = keys[which % keys.length] ?? 'id';
      return asBytes([kind, { ...(body as object), [key]: value }], encoding);
    });

test.each(encodings)(
  'no bytes over %s stop the node: the next honest frame is answered',
  async (encoding) => {
    const honest = await on.signIn(ID);
    let connections = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(noise, mutated(encoding), swapped(encoding)), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (messages, signsInFirst) => {
          connections += 1;
          const socket = await (signsInFirst ? on.signIn(ID, { encoding }) : on.connect({ encoding }));
          for (const bytes of messages) socket.sayRaw(encoding === 'json' ? bytes.toString('latin1') : bytes);
          expect(await honest.isAnswered()).toBe(true);
          expect(socket.misfits).toEqual([]);
          socket.vanish();
          honest.frames.length = 0;
        },
      ),
      { numRuns: 200 },
    );
    expect(connections).toBeGreaterThanOrEqual(200);
  },
);

test('an honest frame of every kind passes the door, so the mutations start from something real', async () => {
  for (const [kind, body] of Object.entries(frames)) {
    expect([kind, UP[kind as keyof typeof UP].safeParse(body).success]).toEqual([kind, true]);
  }
});
