import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ingestWorld } from '../../testing/telemetry/ingest-world.ts';
import { RecordingSource, samplesFrameOf, uuidOf } from '../../testing/telemetry/recording-source.ts';

const EPOCH = uuidOf(3);
const FROM = { userId: uuidOf(1), deviceId: uuidOf(2) };

function setUp() {
  const world = ingestWorld();
  const source = new RecordingSource();
  let seq = 1;
  /** Sends rows with the next numbers, received at once. */
  const send = (samples: unknown[], sentAtMs = world.clock.nowMs()) => {
    world.ingest.take(FROM, ['vit', { epoch: EPOCH, seq, sentAtMs, samples }], world.clock.nowMs(), source);
    seq += samples.length;
  };
  const settled = () => world.goOn(() => source.ackedSeq(EPOCH, 'vitals') === seq - 1);
  return { ...world, store: world.stores.vitals, source, send, settled };
}

describe('vital signs', () => {
  test('are told before they are stored, and acknowledged on their own lane once committed', async () => {
    const { store, samples, send, source, settled, goOn, startMs } = setUp();
    store.away = true;
    send([[startMs - 2_000, { heartRateBpm: 72, consciousness: 'A', onOxygen: false }]]);
    await goOn(() => samples.length === 1);
    expect(samples[0]).toEqual({
      personId: FROM.userId,
      recordedAtMs: startMs - 2_000,
      receivedAtMs: startMs,
      source: 'device',
      vitals: { heartRateBpm: 72, consciousness: 'A', onOxygen: false },
      doubts: {},
      late: false,
    });
    expect(source.acks).toEqual([]);
    store.away = false;
    await settled();
    expect(source.acks.at(-1)).toEqual({ epoch: EPOCH, lane: 'vitals', seq: 1 });
    expect(store.rows.map(({ seq }) => seq)).toEqual([1]);
  });

  test('that nobody can have are kept and flagged, never dropped', async () => {
    const { store, samples, send, settled, startMs } = setUp();
    send([[startMs, { heartRateBpm: 0, spo2Pct: 97, temperatureC: -17.8 }]]);
    await settled();
    const doubts = { heartRateBpm: 'below_plausible', temperatureC: 'below_plausible' };
    expect(store.rows[0]?.value).toMatchObject({ vitals: { heartRateBpm: 0, temperatureC: -17.8 }, doubts });
    expect(samples[0]).toMatchObject({ doubts });
  });

  test.each([
    ['a name that is not known', { heartRate: 70 }],
    ['a value that is text', { heartRateBpm: '70' }],
    ['a value that is no number', { spo2Pct: Number.NaN }],
    ['a value beyond all measuring', { weightKg: 1e12 }],
    ['a consciousness of its own', { consciousness: 'X' }],
    ['nothing measured', {}],
    ['only what was not measured', { heartRateBpm: null }],
    ['a name of every object', { constructor: 1 }],
    ['no values', 72],
  ])('with %s are refused alone and counted', async (_, values) => {
    const { store, source, send, settled, startMs } = setUp();
    const good = [startMs, { heartRateBpm: 70 }];
    send([good, [startMs, values], good]);
    await settled();
    expect(store.rows.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(source.acks.flatMap(({ refused = [] }) => refused)).toEqual([[2, 'invalid']]);
    expect(store.refused.get(`${FROM.userId}/${FROM.deviceId}/invalid`)).toBe(1);
  });

  test('that come late go to history and are told to nobody', async () => {
    const { store, samples, send, settled, startMs } = setUp();
    send([
      [startMs - 60_001, { heartRateBpm: 190 }],
      [startMs - 60_000, { heartRateBpm: 80 }],
    ]);
    await settled();
    expect(store.rows.map(({ value }) => value.late)).toEqual([true, false]);
    expect(samples.map(({ vitals }) => vitals.heartRateBpm)).toEqual([80]);
  });

  test('from after their frame are kept as late: nobody can tell how old they are', async () => {
    const { store, samples, send, settled, startMs } = setUp();
    send([[startMs + 86_400_000, { heartRateBpm: 190 }]]);
    await settled();
    expect(store.rows[0]?.value).toMatchObject({ late: true, recordedAtMs: startMs });
    expect(samples).toEqual([]);
  });

  test('of sensors that report at moments of their own are told each by itself, none backwards', async () => {
    const { samples, store, send, settled, startMs } = setUp();
    send([
      [startMs - 1_000, { heartRateBpm: 80 }],
      [startMs - 2_000, { heartRateBpm: 90, spo2Pct: 88 }],
      [startMs - 3_000, { heartRateBpm: 95 }],
    ]);
    await settled();
    expect(samples.map(({ vitals }) => vitals)).toEqual([{ heartRateBpm: 80 }, { spo2Pct: 88 }]);
    expect(store.rows[1]?.value).toMatchObject({ vitals: { heartRateBpm: 90, spo2Pct: 88 }, late: false });
  });

  test('do not wait behind a backlog of positions, nor does it wait for them', async () => {
    const { stores, ingest, clock, source, startMs, goOn } = setUp();
    stores.positions.away = true;
    const fixes = [[startMs, 10, 80]];
    ingest.take(FROM, ['pos', { epoch: EPOCH, seq: 1, sentAtMs: startMs, fixes }], clock.nowMs(), source);
    ingest.take(FROM, samplesFrameOf(EPOCH, 1, 5, startMs), clock.nowMs(), source);
    await goOn(() => source.ackedSeq(EPOCH, 'vitals') === 5);
    expect(source.ackedSeq(EPOCH, 'telemetry')).toBe(0);
  });
});

describe('a device whose clock', () => {
  const TEN_YEARS = 10 * 365 * 86_400_000;

  test('is set at any moment, by any amount, goes on being watched', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -TEN_YEARS, max: TEN_YEARS }),
        fc.integer({ min: 0, max: 8 }),
        async (jumpMs, at) => {
          const { clock, samples, send, settled } = setUp();
          for (let i = 0; i < 10; i++) {
            const deviceMs = clock.nowMs() + (i >= at ? jumpMs : 0);
            send([[deviceMs - 50, { heartRateBpm: 60 + i }]], deviceMs);
            clock.advance(1_000);
          }
          await settled();
          expect(samples.map(({ vitals }) => vitals.heartRateBpm)).toEqual(
            [...Array(10).keys()].map((i) => 60 + i),
          );
          for (const { recordedAtMs, receivedAtMs } of samples) expect(receivedAtMs - recordedAtMs).toBe(50);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('whatever a row holds, judging answers and never throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.anything(), { minLength: 1, maxLength: 20 }), async (rows) => {
      const { send, settled, store, source } = setUp();
      send(rows);
      await settled();
      expect(store.rows.length + source.acks.flatMap(({ refused = [] }) => refused).length).toBe(rows.length);
    }),
    { numRuns: 100 },
  );
});
