import { describe, expect, test } from 'vitest';
import { ingestWorld } from '../../testing/telemetry/ingest-world.ts';
import {
  frameOf,
  RecordingSource,
  rowOf,
  sampleOf,
  uuidOf,
} from '../../testing/telemetry/recording-source.ts';

const EPOCH = uuidOf(3);
const FROM = { userId: uuidOf(1), deviceId: uuidOf(2) };
const DEVICE = { id: FROM.deviceId, epoch: EPOCH };

function setUp() {
  const world = ingestWorld();
  const source = new RecordingSource();
  /** The newest of each as it is now. */
  const hint = (seq: number) => {
    const newest = { fix: rowOf(seq, world.startMs), vitals: sampleOf(seq, world.startMs) };
    const sentAtMs = world.startMs + seq * 1_000;
    world.ingest.hint(FROM.userId, DEVICE, { sentAtMs, ...newest }, world.clock.nowMs(), source);
  };
  /** Sends fixes `first` to `last` when fix `now` is the newest. */
  const send = (first: number, last: number, now: number) => {
    const [kind, body] = frameOf(EPOCH, first, last, world.startMs);
    const frame = { ...body, sentAtMs: world.startMs + now * 1_000 };
    world.ingest.take(FROM, [kind, frame], world.clock.nowMs(), source);
  };
  const latOf = (seq: number) => 10 + seq * 1e-4;
  return { ...world, source, hint, send, latOf };
}

describe('what says how things are now, ahead of a backlog', () => {
  test('moves the live index and is told to who watches, and is stored nowhere', async () => {
    const { hint, moves, samples, stores, latOf, clock } = setUp();
    hint(100);
    expect(moves.map(({ lat }) => lat)).toEqual([latOf(100)]);
    expect(samples).toHaveLength(1);
    clock.advance(1_000);
    expect([stores.positions.rows, stores.vitals.rows]).toEqual([[], []]);
  });

  test('is not taken back by the fixes that come after it and are older, which are all kept', async () => {
    const { hint, send, moves, stores, source, latOf, goOn } = setUp();
    hint(100);
    send(1, 99, 100);
    hint(101);
    await goOn(() => source.ackedSeq(EPOCH) === 99);
    expect(moves.map(({ lat }) => lat)).toEqual([latOf(100), latOf(101)]);
    expect(stores.positions.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
    expect(stores.positions.rows.every(({ value }) => value.late)).toBe(true);
    send(100, 102, 102);
    await goOn(() => source.ackedSeq(EPOCH) === 102);
    expect(moves.at(-1)?.lat).toBe(latOf(102));
  });

  test('does not vouch for a backlog, nor the backlog for it: what is impossible in either is refused', async () => {
    const { send, hint, source, clock, ingest, startMs, goOn } = setUp();
    hint(100);
    const fixes = [rowOf(1, startMs), [startMs + 2_000, 60, 10], rowOf(3, startMs)];
    const frame = { epoch: EPOCH, seq: 1, sentAtMs: startMs + 100_000, fixes };
    ingest.take(FROM, ['pos', frame], clock.nowMs(), source);
    await goOn(() => source.ackedSeq(EPOCH) === 3);
    expect(source.acks[0]?.refused).toEqual([[2, 'impossible']]);
    send(4, 5, 100);
    await goOn(() => source.ackedSeq(EPOCH) === 5);
  });

  test('that jumps is not believed, until three say the same', () => {
    const { hint, moves, ingest, startMs, clock, source } = setUp();
    hint(100);
    for (let i = 1; i <= 3; i++) {
      const sentAtMs = startMs + (100 + i) * 1_000;
      const fix = [sentAtMs, 40 + i * 1e-4, 80];
      ingest.hint(FROM.userId, DEVICE, { sentAtMs, fix }, clock.nowMs(), source);
    }
    expect(moves.map(({ lat }) => lat)).toEqual([10 + 100 * 1e-4, 40 + 3e-4]);
  });

  test('is told once: the same sample with its number is kept, and not told again', async () => {
    const { hint, ingest, samples, source, stores, startMs, clock, goOn } = setUp();
    hint(3);
    const rows = [1, 2, 3, 4].map((seq) => sampleOf(seq, startMs));
    const frame = { epoch: EPOCH, seq: 1, sentAtMs: startMs + 4_000, samples: rows };
    clock.advance(1_000);
    ingest.take(FROM, ['vit', frame], clock.nowMs(), source);
    await goOn(() => source.ackedSeq(EPOCH, 'vitals') === 4);
    expect(samples.map(({ vitals }) => vitals.heartRateBpm)).toEqual([63, 64]);
    expect(stores.vitals.rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test.each([
    ['late', (startMs: number) => ({ sentAtMs: startMs + 61_000, fix: [startMs, 10, 80] })],
    ['of nonsense', (startMs: number) => ({ sentAtMs: startMs, fix: ['now'], vitals: [1, { pulse: 1 }] })],
  ])('%s does nothing', (_, hintAt) => {
    const { ingest, moves, samples, startMs, clock, source } = setUp();
    ingest.hint(FROM.userId, DEVICE, hintAt(startMs), clock.nowMs(), source);
    expect([moves, samples]).toEqual([[], []]);
  });
});
