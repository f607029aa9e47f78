import { describe, expect, test } from 'vitest';
import { CALM, type Overload } from '../../lib/overload.ts';
import { ingestWorld } from '../../testing/telemetry/ingest-world.ts';
import {
  frameOf,
  RecordingSource,
  samplesFrameOf,
  uuidOf,
} from '../../testing/telemetry/recording-source.ts';
import { frameBytes } from './memory-budget.ts';

const EPOCH = uuidOf(3);
const FROM = { userId: uuidOf(1), deviceId: uuidOf(2) };

function setUp(parts: Parameters<typeof ingestWorld>[0] = {}) {
  const involved = new Set<string>();
  const world = ingestWorld({ isInvolved: (userId) => involved.has(userId), ...parts });
  const source = new RecordingSource();
  let seq = 0;
  /** One more fix, ten metres from the last when it moves. */
  const fix = (change: { lat?: number; batteryPct?: number } = {}, to = source) => {
    const { lat = 10, batteryPct = null } = change;
    const sentAtMs = world.clock.nowMs();
    const fixes = [[sentAtMs, lat, 80, 5, null, null, null, batteryPct]];
    world.ingest.take(FROM, ['pos', { epoch: EPOCH, seq: ++seq, sentAtMs, fixes }], sentAtMs, to);
    return world.goOn(() => to.ackedSeq(EPOCH) === seq, 1);
  };
  return { ...world, involved, source, fix };
}

describe('a socket', () => {
  test('is told how often to sample with its first frame, then only when that changes', async () => {
    const { source, fix, clock } = setUp();
    for (let i = 0; i < 3; i++) await fix();
    expect(source.rates).toEqual([{ lane: 'telemetry', intervalMs: 5_000 }]);
    clock.advance(61_000);
    await fix();
    await fix();
    expect(source.rates.slice(1)).toEqual([{ lane: 'telemetry', intervalMs: 30_000 }]);
    clock.advance(30_000);
    await fix({ lat: 10.001 });
    await fix({ lat: 10.001, batteryPct: 12 });
    expect(source.rates.slice(2).map(({ intervalMs }) => intervalMs)).toEqual([5_000, 10_000]);
  });

  test('that is new is told anew', async () => {
    const { fix } = setUp();
    await fix();
    const other = new RecordingSource();
    await fix({}, other);
    expect(other.rates).toHaveLength(1);
  });

  test('of somebody who comes into an SOS is asked for more at the next sign of life', async () => {
    const { source, fix, ingest, involved, clock } = setUp();
    await fix();
    ingest.take(FROM, samplesFrameOf(EPOCH, 1, 1, clock.nowMs()), clock.nowMs(), source);
    involved.add(FROM.userId);
    ingest.alive(FROM, source);
    expect(source.rates).toEqual([
      { lane: 'telemetry', intervalMs: 5_000 },
      { lane: 'vitals', intervalMs: 1_000 },
      { lane: 'telemetry', intervalMs: 1_000 },
    ]);
  });

  test('that has sent nothing of a lane is told nothing about it', () => {
    const { source, ingest } = setUp();
    ingest.alive(FROM, source);
    expect(source.rates).toEqual([]);
  });

  test('is asked for less while the room fills, and for as much as before once it is empty', async () => {
    const { source, ingest, stores, clock, startMs, goOn, queueBytes } = setUp({
      queueBytesMax: frameBytes(100, 400),
    });
    stores.positions.away = true;
    for (let first = 1; first <= 71; first += 10)
      ingest.take(FROM, frameOf(EPOCH, first, first + 9, startMs), clock.nowMs(), source);
    expect(source.rates.map(({ intervalMs }) => intervalMs)).toEqual([5_000, 10_000, 20_000]);
    stores.positions.away = false;
    await goOn(() => queueBytes() === 0);
    ingest.alive(FROM, source);
    expect(source.rates.at(-1)?.intervalMs).toBe(5_000);
  });

  test('is asked for half as many positions while the node is overloaded, and for as many vital signs', async () => {
    let now: Overload = CALM;
    const { source, fix, ingest, clock } = setUp({ overload: () => now });
    const sample = (seq: number) =>
      ingest.take(FROM, samplesFrameOf(EPOCH, seq, seq, clock.nowMs()), clock.nowMs(), source);
    await fix();
    sample(1);
    now = { level: 1, cause: 'event_loop' };
    await fix();
    sample(2);
    now = CALM;
    await fix();
    expect(source.rates).toEqual([
      { lane: 'telemetry', intervalMs: 5_000 },
      { lane: 'vitals', intervalMs: 1_000 },
      { lane: 'telemetry', intervalMs: 10_000 },
      { lane: 'telemetry', intervalMs: 5_000 },
    ]);
  });
});

describe('at the highest level of overload', () => {
  const overload = () => ({ level: 3, cause: 'event_loop' }) as const;

  test('samples are held, and where somebody is counts all the same', async () => {
    const { source, ingest, moves, samples, clock, startMs, counts } = setUp({ overload });
    ingest.take(FROM, frameOf(EPOCH, 1, 3, startMs), clock.nowMs(), source);
    ingest.take(FROM, samplesFrameOf(EPOCH, 1, 1, clock.nowMs()), clock.nowMs(), source);
    expect(source.holds).toHaveLength(2);
    expect(moves).toHaveLength(1);
    expect(samples).toHaveLength(1);
    expect(counts.get('telemetry_holds telemetry,overload')).toBe(1);
  });

  test('those of somebody in an open SOS are taken as always', async () => {
    const { source, fix, involved } = setUp({ overload });
    involved.add(FROM.userId);
    await fix();
    expect([source.holds, source.ackedSeq(EPOCH)]).toEqual([[], 1]);
  });
});
