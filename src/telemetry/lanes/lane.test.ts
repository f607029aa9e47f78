import { describe, expect, test } from 'vitest';
import { ingestWorld } from '../../testing/telemetry/ingest-world.ts';
import type { MemoryLaneStore } from '../../testing/telemetry/memory-lane-store.ts';
import { frameOf, RecordingSource, rowOf, uuidOf } from '../../testing/telemetry/recording-source.ts';
import type { IngestParts } from './ingest.ts';
import { frameBytes } from './memory-budget.ts';

const USER = uuidOf(1);
const EPOCH = uuidOf(3);
const FROM = { userId: USER, deviceId: uuidOf(2) };
const KEY = `${USER}/${FROM.deviceId}/${EPOCH}`;

function setUp(parts: Partial<IngestParts> = {}) {
  const world = ingestWorld(parts);
  const source = new RecordingSource();
  const send = (first: number, last: number, to = source, epoch = EPOCH) =>
    world.ingest.take(FROM, frameOf(epoch, first, last, world.startMs), world.clock.nowMs(), to);
  return { ...world, store: world.stores.positions, source, send };
}

const seqs = <Value>(store: MemoryLaneStore<Value>) => store.rows.map(({ seq }) => seq);
/** For one frame of ten positions, and not for two. */
const ROOM = frameBytes(10, 400) / 0.8;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('positions', () => {
  test('are acknowledged once committed, not before', async () => {
    const { store, source, send, goOn } = setUp();
    store.away = true;
    send(1, 3);
    await goOn(() => source.holds.length > 0);
    expect(source.acks).toEqual([]);
    store.away = false;
    await goOn(() => source.acks.length > 0);
    expect(source.acks).toEqual([{ epoch: EPOCH, lane: 'telemetry', seq: 3 }]);
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  test('move the live index before they are stored, in order', async () => {
    const { store, moves, send, goOn } = setUp();
    send(1, 3);
    await goOn(() => moves.length === 3);
    expect(store.rows).toEqual([]);
    expect(moves.map(({ lat }) => lat)).toEqual([10 + 1e-4, 10 + 2e-4, 10 + 3e-4]);
  });

  test('of many devices are stored together', async () => {
    const { store, ingest, startMs, source, goOn } = setUp();
    for (let n = 0; n < 50; n++) {
      ingest.take({ ...FROM, deviceId: uuidOf(100 + n) }, frameOf(EPOCH, 1, 2, startMs), startMs, source);
    }
    await goOn(() => source.acks.length === 50);
    expect(store.rows).toHaveLength(100);
    expect(store.commits).toBeLessThanOrEqual(3);
  });

  test('sent again are acknowledged again and stored once', async () => {
    const { store, source, send, goOn, queueBytes } = setUp();
    send(1, 5);
    send(1, 5);
    await goOn(() => source.ackedSeq(EPOCH) === 5);
    const second = new RecordingSource();
    send(3, 5, second);
    await goOn(() => second.acks.length > 0 && queueBytes() === 0);
    expect(second.acks).toEqual([{ epoch: EPOCH, lane: 'telemetry', seq: 5 }]);
    expect(seqs(store)).toEqual(upTo(5));
  });

  test('are stored once also when a sender can not be told so', async () => {
    const { store, ingest, send, source, startMs, clock, goOn, queueBytes } = setUp();
    const broken = {
      answer: ([kind]: readonly [string, ...unknown[]]) => {
        if (kind === 'ack') throw new Error('the socket is gone');
      },
    };
    ingest.take({ ...FROM, deviceId: uuidOf(9) }, frameOf(EPOCH, 1, 2, startMs), clock.nowMs(), broken);
    send(1, 2);
    await goOn(() => source.ackedSeq(EPOCH) === 2 && queueBytes() === 0);
    expect(store.rows).toHaveLength(4);
  });

  test('beyond a hole are answered with the number that is missing, and nothing of them is stored', async () => {
    const { store, source, send, goOn, queueBytes } = setUp();
    send(1, 2);
    send(5, 6);
    await goOn(() => source.nacks.length > 0 && source.acks.length > 0 && queueBytes() === 0);
    expect(source.nacks).toEqual([{ epoch: EPOCH, lane: 'telemetry', expectedSeq: 3 }]);
    expect(seqs(store)).toEqual([1, 2]);
  });

  test('beyond one hole after the other are answered without asking the store for each', async () => {
    const { store, clock, source, send, goOn } = setUp();
    send(1, 2);
    send(5, 6);
    await goOn(() => source.nacks.length === 1 && source.ackedSeq(EPOCH) === 2);
    const { loads } = store;
    for (let n = 0; n < 20; n++) send(7 + n, 7 + n);
    await goOn(() => source.nacks.length === 21);
    expect(new Set(source.nacks.map(({ expectedSeq }) => expectedSeq))).toEqual(new Set([3]));
    expect(store.loads).toBe(loads);
    clock.advance(1_000);
    send(30, 30);
    await goOn(() => source.nacks.length === 22);
    expect(store.loads).toBe(loads + 1);
    send(3, 4);
    await goOn(() => source.ackedSeq(EPOCH) === 4);
    expect(seqs(store)).toEqual([1, 2, 3, 4]);
  });

  test('beyond a hole come from another socket after another node has stored what is missing', async () => {
    const { store, source, send, goOn } = setUp();
    send(1, 2);
    send(5, 6);
    await goOn(() => source.nacks.length === 1 && source.ackedSeq(EPOCH) === 2);
    store.cursors.set(KEY, 6);
    const back = new RecordingSource();
    send(7, 8, back);
    await goOn(() => back.ackedSeq(EPOCH) === 8);
    expect(back.nacks).toEqual([]);
  });

  test('beyond a hole have the store asked again once what was confirmed of their device is forgotten', async () => {
    const { store, ingest, startMs, source, send, goOn } = setUp({ settings: { devicesMax: 1 } });
    send(1, 2);
    send(5, 6);
    await goOn(() => source.nacks.length === 1 && source.ackedSeq(EPOCH) === 2);
    const other = new RecordingSource();
    ingest.take({ ...FROM, deviceId: uuidOf(9) }, frameOf(EPOCH, 1, 1, startMs), startMs, other);
    await goOn(() => other.ackedSeq(EPOCH) === 1);
    const { telemetry } = await ingest.ackedSeqs(USER, { id: FROM.deviceId, epoch: EPOCH });
    expect(telemetry).toBe(2);
    store.cursors.set(KEY, 6);
    send(7, 8);
    await goOn(() => source.ackedSeq(EPOCH) === 8);
    expect(source.nacks).toHaveLength(1);
  });

  test('that another node has stored meanwhile are no hole', async () => {
    const { store, source, send, goOn } = setUp();
    send(1, 2);
    await goOn(() => source.ackedSeq(EPOCH) === 2);
    store.cursors.set(KEY, 6);
    send(7, 8);
    await goOn(() => source.ackedSeq(EPOCH) === 8);
    expect(source.nacks).toEqual([]);
    expect(seqs(store)).toEqual([1, 2, 7, 8]);
  });

  test('of a wiped device start at 1 in a new epoch', async () => {
    const { store, source, send, goOn } = setUp();
    send(1, 4);
    send(1, 2, source, uuidOf(9));
    await goOn(() => source.ackedSeq(EPOCH) === 4 && source.ackedSeq(uuidOf(9)) === 2);
    expect(store.rows).toHaveLength(6);
  });

  test('that are refused are named in the acknowledgement and counted with their reason', async () => {
    const { store, ingest, source, startMs, counts, goOn } = setUp();
    const fixes = [rowOf(1, startMs), ['bad'], rowOf(3, startMs), rowOf(3, startMs)];
    ingest.take(FROM, ['pos', { epoch: EPOCH, seq: 1, sentAtMs: startMs + 3_000, fixes }], startMs, source);
    await goOn(() => source.acks.length > 0);
    expect(source.acks[0]).toMatchObject({
      seq: 4,
      refused: [
        [2, 'invalid'],
        [4, 'duplicate'],
      ],
    });
    expect(seqs(store)).toEqual([1, 3]);
    expect(store.refused.get(`${USER}/${FROM.deviceId}/invalid`)).toBe(1);
    expect(counts.get('telemetry_rows telemetry,duplicate')).toBe(1);
  });

  test('that come late go to history and never move anybody', async () => {
    const { store, moves, ingest, source, startMs, goOn } = setUp();
    const [kind, body] = frameOf(EPOCH, 1, 2, startMs);
    ingest.take(FROM, [kind, { ...body, sentAtMs: startMs + 3_600_000 }], startMs + 3_600_000, source);
    await goOn(() => source.acks.length > 0);
    expect(store.rows.map(({ value }) => value.late)).toEqual([true, true]);
    expect(moves).toEqual([]);
  });
});

describe('a fix that the store refuses', () => {
  test('is found by halving and refused alone; the rest of the batch is stored', async () => {
    const { store, source, send, goOn } = setUp();
    store.refuses = ({ fix }) => fix.lat === 10 + 37 * 1e-4;
    send(1, 100);
    await goOn(() => source.ackedSeq(EPOCH) === 100);
    expect(seqs(store)).toEqual(upTo(100).filter((seq) => seq !== 37));
    expect(source.acks.flatMap((ack) => ack.refused ?? [])).toEqual([[37, 'invalid']]);
    expect(store.refused.get(`${USER}/${FROM.deviceId}/invalid`)).toBe(1);
  });
});

describe('while the store is away', () => {
  test('the live index goes on, also for devices never seen before', async () => {
    const { store, moves, send, goOn } = setUp();
    store.away = true;
    send(8, 9);
    await goOn(() => moves.length === 2);
    send(10, 12);
    await goOn(() => moves.length === 5);
  });

  test('senders are told to hold, and what was taken in is stored when it is back', async () => {
    const { store, source, send, goOn, queueBytes } = setUp();
    send(1, 2);
    await goOn(() => source.ackedSeq(EPOCH) === 2);
    store.away = true;
    send(3, 4);
    await goOn(() => source.holds.length === 1);
    send(5, 6);
    expect(source.holds).toHaveLength(2);
    store.away = false;
    await goOn(() => source.ackedSeq(EPOCH) === 6);
    await goOn(() => queueBytes() === 0);
    expect(seqs(store)).toEqual(upTo(6));
  });

  test('a commit whose answer was lost is not stored twice', async () => {
    const { store, source, send, goOn } = setUp();
    store.faults.push('after_commit');
    send(1, 3);
    await goOn(() => source.ackedSeq(EPOCH) === 3);
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  test('memory stays bounded: beyond it senders hold, and the newest fix still moves its sender', async () => {
    const { store, source, moves, send, goOn, queueBytes, counts } = setUp({ queueBytesMax: ROOM });
    store.away = true;
    send(1, 10);
    await goOn(() => moves.length === 10);
    send(11, 20);
    expect(queueBytes()).toBeLessThanOrEqual(ROOM);
    expect(counts.get('telemetry_holds telemetry,memory')).toBe(1);
    expect(moves.at(-1)?.lat).toBeCloseTo(10 + 20 * 1e-4, 9);
    store.away = false;
    await goOn(() => source.ackedSeq(EPOCH) === 10 && queueBytes() === 0);
    send(11, 20);
    await goOn(() => source.ackedSeq(EPOCH) === 20);
    expect(seqs(store)).toEqual(upTo(20));
  });
});

describe('a node that knows nothing of a device', () => {
  test('reads its cursor first, so what is stored already is only acknowledged', async () => {
    const { store, source, send, goOn } = setUp();
    store.cursors.set(KEY, 20);
    send(15, 20);
    await goOn(() => source.acks.length > 0);
    expect(source.acks).toEqual([{ epoch: EPOCH, lane: 'telemetry', seq: 20 }]);
    expect(store.rows).toEqual([]);
  });

  test('and could not ask finds a hole when the store is back, and stores all when it is filled', async () => {
    const { store, source, moves, send, goOn } = setUp();
    store.cursors.set(KEY, 8);
    store.away = true;
    send(11, 12);
    await goOn(() => moves.length === 2);
    store.away = false;
    await goOn(() => source.nacks.length > 0);
    expect(source.nacks[0]).toMatchObject({ expectedSeq: 9 });
    send(9, 12);
    await goOn(() => source.ackedSeq(EPOCH) === 12);
    expect(seqs(store)).toEqual([9, 10, 11, 12]);
  });

  test('says what is committed, and does not guess when the store is away', async () => {
    const { store, ingest } = setUp();
    store.cursors.set(KEY, 20);
    const device = { id: FROM.deviceId, epoch: EPOCH };
    expect((await ingest.ackedSeqs(USER, device)).telemetry).toBe(20);
    store.away = true;
    expect(await ingest.ackedSeqs(USER, device)).toEqual({ telemetry: null, vitals: 0, alarm: 0 });
  });
});

describe('a node that stops', () => {
  test('stores and acknowledges what it holds, and turns away the rest', async () => {
    const { store, source, moves, ingest, send, goOn } = setUp();
    send(1, 3);
    await goOn(() => moves.length === 3);
    await ingest.stop();
    expect(source.ackedSeq(EPOCH)).toBe(3);
    send(4, 5);
    expect(source.holds).toHaveLength(1);
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  test('does not wait for a store that is away', async () => {
    const { store, source, ingest, send, goOn } = setUp();
    store.away = true;
    send(1, 3);
    await goOn(() => source.holds.length > 0);
    await ingest.stop();
    expect(source.acks).toEqual([]);
  });
});

test('a frame whose ids are not UUIDs is dropped and counted', () => {
  const { ingest, source, counts, startMs } = setUp();
  const [kind, body] = frameOf(EPOCH, 1, 1, startMs);
  ingest.take(FROM, [kind, { ...body, epoch: "'; drop" }], startMs, source);
  expect(counts.get('telemetry_frames_dropped telemetry,ids')).toBe(1);
});
