import { describe, expect, test } from 'vitest';
import { ingestWorld } from '../../testing/telemetry/ingest-world.ts';
import { frameOf, RecordingSource, uuidOf } from '../../testing/telemetry/recording-source.ts';
import { frameBytes } from '../lanes/memory-budget.ts';
import type { DeviceAlarm } from '../vitals/sample.ts';

const EPOCH = uuidOf(3);
const FROM = { userId: uuidOf(1), deviceId: uuidOf(2) };

function setUp(parts: Parameters<typeof ingestWorld>[0] = {}) {
  const told: DeviceAlarm[] = [];
  const answers: (() => Promise<void>)[] = [];
  const world = ingestWorld({
    alarms: {
      alarmed: (alarm) => {
        told.push(alarm);
        return answers.shift()?.() ?? Promise.resolve();
      },
    },
    ...parts,
  });
  const source = new RecordingSource();
  const send = (seq: number, alarms: unknown[], from = FROM, sentAtMs = world.clock.nowMs()) =>
    world.ingest.take(from, ['alarm', { epoch: EPOCH, seq, sentAtMs, alarms }], world.clock.nowMs(), source);
  const acked = () => source.ackedSeq(EPOCH, 'alarm');
  return { ...world, store: world.stores.alarms, told, answers, source, send, acked };
}

describe('an alarm of a device', () => {
  test('is told at once, then stored, then acknowledged', async () => {
    const { send, told, store, goOn, acked, startMs } = setUp();
    store.away = true;
    send(1, [[startMs - 500, 'fall', 52.5, 13.4]]);
    await goOn(() => told.length === 1);
    expect(told[0]).toMatchObject({
      personId: FROM.userId,
      deviceId: FROM.deviceId,
      kind: 'fall',
      raisedAtMs: startMs - 500,
      point: { lat: 52.5, lng: 13.4 },
      late: false,
    });
    expect(acked()).toBe(0);
    store.away = false;
    await goOn(() => acked() === 1);
    expect(store.rows.map(({ value }) => value.kind)).toEqual(['fall']);
    expect(told).toHaveLength(1);
  });

  test('that is not heeded is not stored, and can be sent again under the same id', async () => {
    const { send, told, answers, store, source, goOn, acked, startMs } = setUp();
    answers.push(() => Promise.reject(new Error('away')));
    send(1, [[startMs, 'panic', null, null]]);
    await goOn(() => source.holds.length === 1);
    expect([store.rows, acked()]).toEqual([[], 0]);
    send(1, [[startMs, 'panic', null, null]]);
    await goOn(() => acked() === 1);
    expect(told.map(({ id }) => id)).toEqual([told[0]?.id, told[0]?.id]);
    expect(store.rows).toHaveLength(1);
  });

  test('that nobody answers for five seconds counts as not heeded, and holds up no other', async () => {
    const { send, answers, source, goOn, acked, startMs } = setUp();
    answers.push(() => new Promise(() => {}));
    const other = { ...FROM, deviceId: uuidOf(77) };
    send(1, [[startMs, 'fall']]);
    send(1, [[startMs, 'panic']], other);
    await goOn(() => source.holds.length === 1 && acked() === 1);
    send(1, [[startMs, 'fall']]);
    await goOn(() => source.acks.length === 2);
  });

  test('keeps its order: what comes after one that was not heeded is asked for again', async () => {
    const { send, answers, store, source, goOn, acked, startMs } = setUp();
    answers.push(() => Promise.reject(new Error('away')));
    send(1, [[startMs, 'fall']]);
    send(2, [[startMs, 'no_motion']]);
    await goOn(() => source.nacks.length === 1);
    expect(source.nacks[0]).toEqual({ epoch: EPOCH, lane: 'alarm', expectedSeq: 1 });
    send(1, [
      [startMs, 'fall'],
      [startMs, 'no_motion'],
    ]);
    await goOn(() => acked() === 2);
    expect(store.rows.map(({ seq, value }) => [seq, value.kind])).toEqual([
      [1, 'fall'],
      [2, 'no_motion'],
    ]);
  });

  test('from long ago is told as late, one from the future as raised now: in doubt it is an alarm', async () => {
    const { send, told, goOn, acked, startMs } = setUp();
    send(1, [
      [startMs - 3_600_001, 'fall'],
      [startMs + 86_400_000, 'panic'],
    ]);
    await goOn(() => acked() === 2);
    expect(told.map(({ late, raisedAtMs }) => [late, raisedAtMs])).toEqual([
      [true, startMs - 3_600_001],
      [false, startMs],
    ]);
  });

  test.each([
    ['of no kind', [1, 'boredom']],
    ['of half a place', [1, 'fall', 52.5, null]],
    ['beyond the pole', [1, 'fall', 91, 13]],
    ['without a time', ['fall']],
    ['that is no row', 'fall'],
  ])('%s is refused alone', async (_, row) => {
    const { send, told, source, goOn, acked, startMs } = setUp();
    send(1, [row, [startMs, 'fall']]);
    await goOn(() => acked() === 2);
    expect(source.acks.flatMap(({ refused = [] }) => refused)).toEqual([[1, 'invalid']]);
    expect(told).toHaveLength(1);
  });

  test('has room when positions have none left', async () => {
    const { send, ingest, clock, stores, source, told, goOn, startMs, counts } = setUp({
      queueBytesMax: frameBytes(20, 400),
    });
    stores.positions.away = true;
    stores.alarms.away = true;
    for (const first of [1, 11, 21])
      ingest.take(FROM, frameOf(EPOCH, first, first + 9, startMs), clock.nowMs(), source);
    send(1, [[startMs, 'fall']]);
    await goOn(() => told.length === 1);
    expect(counts.get('telemetry_holds telemetry,memory')).toBe(2);
    expect(counts.get('telemetry_holds alarm,memory')).toBeUndefined();
  });
});
