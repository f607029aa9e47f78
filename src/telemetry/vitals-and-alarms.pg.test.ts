import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { ingestWorld } from '../testing/telemetry/ingest-world.ts';
import { RecordingSource, samplesFrameOf, uuidOf } from '../testing/telemetry/recording-source.ts';
import { until } from '../testing/until.ts';
import { pgPositionStore } from './pg.ts';
import { pgAlarmLane } from './pg-alarm-lane.ts';
import { pgClocks } from './pg-clocks.ts';
import { pgVitalsLane } from './pg-vitals-lane.ts';

const USER = uuidOf(1);
const FROM = { userId: USER, deviceId: uuidOf(50) };
const EPOCH = uuidOf(99);
const EMPTY = sql(
  'test_empty',
  emptying('accounts.users', 'telemetry.vitals_samples', 'telemetry.device_alarms'),
);
const ask = <Row>(db: Db, text: string) => db.query<Row>(sql(`test_${text}`.slice(0, 60), text));

describe.each(engines)('vital signs and alarms on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};

  const node = () => {
    const stores = { positions: pgPositionStore(db), vitals: pgVitalsLane(db), alarms: pgAlarmLane(db) };
    const { ingest, alarms } = ingestWorld({ stores, clock: systemClock, settings: { flushMs: 2 } });
    const source = new RecordingSource();
    const acked = (seq: number) =>
      until(() => source.ackedSeq(EPOCH, 'vitals') >= seq, { timeoutMs: 10_000, what: `the ack of ${seq}` });
    return { ingest, alarms, source, acked, startMs: Date.now() };
  };

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await owner.query(EMPTY);
    await db.query(sql('test_user', `insert into accounts.users (id, email) values ($1, 'a@example.org')`), [
      USER,
    ]);
  });

  test('are stored with everything that was measured, on the clock of the server, and what is doubtful is named', async () => {
    const { ingest, source, acked, startMs } = node();
    const values = {
      heartRateBpm: 72,
      systolicMmhg: 80,
      diastolicMmhg: 90,
      spo2Pct: 97,
      respirationPerMin: 14,
      temperatureC: 36.5,
      oxygenLpm: 2,
      weightKg: 81,
      glucoseMmolL: 5.5,
      consciousness: 'A',
      onOxygen: true,
    };
    const samples = [
      [1_000_000, values],
      [1_000_000, { heartRateBpm: 400 }],
    ];
    const frame = { epoch: EPOCH, seq: 1, sentAtMs: 1_002_000, samples };
    ingest.take(FROM, ['vit', frame], startMs, source);
    await acked(2);
    const columns = `seq, source, received_at, recorded_at, device_at, heart_rate_bpm, systolic_mmhg, diastolic_mmhg,
      spo2_pct, respiration_per_min, temperature_c, oxygen_lpm, weight_kg, glucose_mmol_l, consciousness, on_oxygen,
      doubts, late`;
    const stored = await ask(db, `select ${columns} from telemetry.vitals_samples order by seq`);
    const times = { received_at: startMs, recorded_at: startMs - 2_000, device_at: 1_000_000 };
    expect(stored).toEqual([
      {
        seq: 1,
        source: 'device',
        ...times,
        heart_rate_bpm: 72,
        systolic_mmhg: 80,
        diastolic_mmhg: 90,
        spo2_pct: 97,
        respiration_per_min: 14,
        temperature_c: 36.5,
        oxygen_lpm: 2,
        weight_kg: 81,
        glucose_mmol_l: 5.5,
        consciousness: 'A',
        on_oxygen: true,
        doubts: ['systolic_mmhg:contradicts', 'diastolic_mmhg:contradicts'],
        late: false,
      },
      expect.objectContaining({
        seq: 2,
        heart_rate_bpm: 400,
        spo2_pct: null,
        consciousness: null,
        on_oxygen: null,
        doubts: ['heart_rate_bpm:above_plausible'],
      }),
    ]);
  });

  test('have a cursor of their own beside that of positions, read again by a node that never saw the device', async () => {
    const first = node();
    first.ingest.take(FROM, samplesFrameOf(EPOCH, 1, 5, first.startMs), first.startMs, first.source);
    await first.acked(5);
    const second = node();
    second.ingest.take(FROM, samplesFrameOf(EPOCH, 1, 7, first.startMs), first.startMs, second.source);
    await second.acked(7);
    const numbers = await ask<{ seq: number }>(db, 'select seq from telemetry.vitals_samples order by seq');
    expect(numbers.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const device = { id: FROM.deviceId, epoch: EPOCH };
    expect(await second.ingest.ackedSeqs(USER, device)).toEqual({ alarm: 0, vitals: 7, telemetry: 0 });
    const ownEpoch = { ...device, epoch: uuidOf(98), epochs: { vitals: EPOCH } };
    expect(await second.ingest.ackedSeqs(USER, ownEpoch)).toEqual({ alarm: 0, vitals: 7, telemetry: 0 });
  });

  test('an alarm is stored under the id that it was told by, once however often it is sent', async () => {
    const { ingest, source, alarms, startMs } = node();
    const rows = [
      [startMs - 400, 'fall', 52.5, 13.4],
      [startMs, 'no_motion', null, null],
    ];
    const send = () =>
      ingest.take(
        FROM,
        ['alarm', { epoch: EPOCH, seq: 1, sentAtMs: startMs, alarms: rows }],
        startMs,
        source,
      );
    send();
    await until(() => source.ackedSeq(EPOCH, 'alarm') === 2, { timeoutMs: 10_000, what: 'the ack' });
    send();
    await until(() => source.acks.length === 2, { timeoutMs: 10_000, what: 'the second ack' });
    const stored = await ask(
      db,
      `select id, person_id, kind, raised_at, st_y(location::geometry) as lat, late
         from telemetry.device_alarms order by seq`,
    );
    expect(stored).toEqual([
      { id: alarms[0]?.id, person_id: USER, kind: 'fall', raised_at: startMs - 400, lat: 52.5, late: false },
      { id: alarms[1]?.id, person_id: USER, kind: 'no_motion', raised_at: startMs, lat: null, late: false },
    ]);
  });

  test('the clock of a device is kept with the newest of its readings', async () => {
    const clocks = pgClocks(db);
    const reading = { userId: USER, deviceId: FROM.deviceId, offsetMs: -2_500.5, roundTripMs: 40 };
    await clocks.put([{ ...reading, atMs: 2_000 }]);
    await clocks.put([{ ...reading, offsetMs: 99, atMs: 1_000 }]);
    await clocks.put([{ ...reading, userId: uuidOf(404), atMs: 1_000 }]);
    expect(await clocks.of(USER)).toEqual([{ ...reading, atMs: 2_000 }]);
  });

  test('that are refused are counted by device, day and reason', async () => {
    const { ingest, source, acked, startMs } = node();
    for (const seq of [1, 3]) {
      const samples = [['bad'], [startMs, { heartRateBpm: 70 }]];
      ingest.take(FROM, ['vit', { epoch: EPOCH, seq, sentAtMs: startMs, samples }], startMs, source);
      await acked(seq + 1);
    }
    expect(await ask(db, 'select lane, reason, samples from telemetry.refused_samples')).toEqual([
      { lane: 'vitals', reason: 'invalid', samples: 2 },
    ]);
  });
});
