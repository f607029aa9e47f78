import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { frameOf, RecordingSource, rowOf, uuidOf } from '../testing/telemetry/recording-source.ts';
import { until } from '../testing/until.ts';
import { TelemetryIngest } from './lanes/ingest.ts';
import { DataRefused } from './lanes/lane-store.ts';
import { planBatch } from './lanes/plan.ts';
import type { LaneSettings } from './lanes/settings.ts';
import { type Entry, keyOf } from './lanes/types.ts';
import { pgPositionStore } from './pg.ts';
import { pgAlarmLane } from './pg-alarm-lane.ts';
import { lastSeen } from './pg-last-seen.ts';
import { unnestWriter } from './pg-unnest-positions.ts';
import { pgVitalsLane } from './pg-vitals-lane.ts';
import type { KeptFix, TimedFix } from './positions/fix.ts';
import type { PositionWriter } from './row-writer.ts';

const USERS = [1, 2, 3, 4].map(uuidOf);
const EPOCH = uuidOf(99);
const EMPTY = sql('test_empty', emptying('accounts.users', 'telemetry.positions'));
const SOME_FIX: TimedFix = {
  atMs: 1,
  fixAtMs: 1,
  lat: 1,
  lng: 1,
  accuracyM: null,
  speedMps: null,
  headingDeg: null,
  altitudeM: null,
  batteryPct: null,
};
const ask = <Row>(db: Db, text: string) => db.query<Row>(sql(`test_${text}`.slice(0, 60), text));
const PLACES = `select user_id as "userId", st_y(location::geometry) as lat, st_x(location::geometry) as lng,
                       received_at as "receivedAtMs"
                  from telemetry.user_locations order by user_id`;
const STORED = 'select user_id, seq from telemetry.positions order by user_id, seq';

describe.each(engines)('positions on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};
  const nodes: TelemetryIngest[] = [];

  const node = (settings: Partial<LaneSettings> = {}) => {
    const ingest = new TelemetryIngest({
      stores: { positions: pgPositionStore(db), vitals: pgVitalsLane(db), alarms: pgAlarmLane(db) },
      vitals: { sampled: () => {} },
      alarms: { alarmed: async () => {} },
      isInvolved: () => false,
      live: { moved: () => {} },
      clock: systemClock,
      random: seededRandom(1),
      log: silentLogger,
      metrics: noMetrics,
      settings: { flushMs: 2, ...settings },
    });
    nodes.push(ingest);
    return ingest;
  };
  const from = (user: number) => ({ userId: USERS[user] ?? '', deviceId: uuidOf(50 + user) });
  const acked = (source: RecordingSource, seq: number) =>
    until(() => source.ackedSeq(EPOCH) >= seq, { timeoutMs: 10_000, what: `the acknowledgement of ${seq}` });

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await owner.query(EMPTY);
    for (const id of USERS) {
      await db.query(sql('test_user', 'insert into accounts.users (id, email) values ($1, $2)'), [
        id,
        `${id}@example.org`,
      ]);
    }
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((ingest) => ingest.stop()));
  });

  test('are stored with everything that was sent, on the clock of the server', async () => {
    const source = new RecordingSource();
    const receivedAtMs = Date.now();
    const row = [1_000_000, 12.5, 77.25, 8, 1.5, 270, 920, 55];
    node().take(
      from(0),
      ['pos', { epoch: EPOCH, seq: 1, sentAtMs: 1_002_000, fixes: [row] }],
      receivedAtMs,
      source,
    );
    await acked(source, 1);
    const [stored] = await ask<Record<string, unknown>>(
      db,
      `select seq, received_at, fix_at, device_at, st_y(location::geometry) as lat, st_x(location::geometry) as lng,
              accuracy_m, speed_mps, heading_deg, altitude_m, battery_pct, late from telemetry.positions`,
    );
    expect(stored).toEqual({
      seq: 1,
      received_at: receivedAtMs,
      fix_at: receivedAtMs - 2_000,
      device_at: 1_000_000,
      lat: 12.5,
      lng: 77.25,
      accuracy_m: 8,
      speed_mps: 1.5,
      heading_deg: 270,
      altitude_m: 920,
      battery_pct: 55,
      late: false,
    });
  });

  test('of two sockets of one device at once, on two nodes, are stored once', async () => {
    const startMs = Date.now() - 200_000;
    const sources = [new RecordingSource(), new RecordingSource()];
    const both = [node(), node()];
    for (let first = 1; first <= 191; first += 10) {
      both.forEach((ingest, i) => {
        const source = sources[i];
        if (source) ingest.take(from(0), frameOf(EPOCH, first, first + 9, startMs), Date.now(), source);
      });
    }
    for (const source of sources) await acked(source, 200);
    const stored = await ask<{ seq: number }>(db, STORED);
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  test('of devices that two nodes flush in opposite order never block each other', async () => {
    const startMs = Date.now() - 200_000;
    const both = [node(), node()];
    const sources = both.map(() => USERS.map(() => new RecordingSource()));
    for (let seq = 1; seq <= 60; seq++) {
      both.forEach((ingest, n) => {
        const order = n === 0 ? [0, 1, 2, 3] : [3, 2, 1, 0];
        for (const user of order) {
          const source = sources[n]?.[user];
          if (source) ingest.take(from(user), frameOf(EPOCH, seq, seq, startMs), Date.now(), source);
        }
      });
      if (seq % 10 === 0) await acked(sources[0]?.[0] ?? new RecordingSource(), seq - 9);
    }
    for (const source of sources.flat()) await acked(source, 60);
    expect(await ask(db, STORED)).toHaveLength(240);
  });

  test('of a person who is gone are not acknowledged and keep nobody else from being stored', async () => {
    const ingest = node();
    const startMs = Date.now() - 10_000;
    const source = new RecordingSource();
    const gone = new RecordingSource();
    ingest.take({ ...from(0), userId: uuidOf(404) }, frameOf(EPOCH, 1, 3, startMs), Date.now(), gone);
    ingest.take(from(1), frameOf(EPOCH, 1, 3, startMs), Date.now(), source);
    await acked(source, 3);
    await until(() => gone.holds.length > 0, { timeoutMs: 5_000, what: 'the answer to the one who is gone' });
    expect(gone.acks).toEqual([]);
    expect(await ask(db, STORED)).toHaveLength(3);
  });

  const device = { ...from(0), epoch: EPOCH };
  const entryOf = (seq: number, fix: Partial<TimedFix>): Entry<KeptFix> => ({
    device,
    key: keyOf(device),
    rows: [{ seq, value: { late: false, fix: { ...SOME_FIX, ...fix } } }],
    lastSeq: seq,
    receivedAtMs: Date.now(),
    source: new RecordingSource(),
    bytes: 0,
  });

  test('that the database refuses put the data at fault, and leave nothing behind', async () => {
    const store = pgPositionStore(db);
    const entry = entryOf(1, { fixAtMs: -1e18 });
    await expect(store.commit([device], (cursors) => planBatch([entry], cursors))).rejects.toBeInstanceOf(
      DataRefused,
    );
    expect(await store.load([device])).toEqual([{ cursorSeq: 0, last: null }]);
    expect(await ask(db, STORED)).toEqual([]);
  });

  test('committed twice at the same moment wait for each other, and the second finds them stored', async () => {
    const slowWriter: PositionWriter = {
      async write(tx, rows) {
        await tx.query({ name: 'test_sleep', text: 'select pg_sleep(0.1)' }, []);
        await unnestWriter.write(tx, rows);
      },
    };
    const store = pgPositionStore(db, slowWriter);
    await store.commit([device], (cursors) => planBatch([entryOf(1, {})], cursors));
    const plans = await Promise.all(
      [1, 2].map((place) => {
        const entry = { ...entryOf(2, {}), receivedAtMs: Date.now() + place };
        return store.commit([device], (cursors) => planBatch([entry], cursors));
      }),
    );
    expect(plans.map(({ kept }) => kept.length).sort()).toEqual([0, 1]);
    expect((await ask<{ seq: number }>(db, STORED)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test.runIf(engine === 'postgres')(
    'are stored once while connections are killed at any moment',
    async () => {
      const ingest = node({ retryCapMs: 50 });
      const startMs = Date.now() - 300_000;
      const source = new RecordingSource();
      let killed = 0;
      let polls = 0;
      const sendRest = () => {
        const first = source.ackedSeq(EPOCH) + 1;
        if (first <= 300)
          ingest.take(from(0), frameOf(EPOCH, first, Math.min(300, first + 9), startMs), Date.now(), source);
      };
      await until(
        async () => {
          sendRest();
          const kill = `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`;
          if (killed < 30 && ++polls % 3 === 0) killed += (await ask(owner, kill).catch(() => [])).length;
          return source.ackedSeq(EPOCH) === 300;
        },
        { timeoutMs: 30_000, what: 'everything to be acknowledged' },
      );
      expect(killed).toBeGreaterThan(0);
      const stored = await until(() => ask<{ seq: number }>(db, STORED), {
        timeoutMs: 5_000,
        what: 'the rows',
      });
      expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    },
  );

  test('that are refused are counted by device, day and reason', async () => {
    const source = new RecordingSource();
    const startMs = Date.now() - 10_000;
    const ingest = node();
    const frame = (seq: number, fixes: unknown[][]) =>
      ['pos', { epoch: EPOCH, seq, sentAtMs: startMs + 5_000, fixes }] as const;
    ingest.take(from(0), frame(1, [['bad'], rowOf(1, startMs)]), Date.now(), source);
    await acked(source, 2);
    ingest.take(from(0), frame(3, [['bad'], rowOf(1, startMs)]), Date.now(), source);
    await acked(source, 4);
    const counted = await ask(db, 'select reason, fixes from telemetry.refused_fixes order by reason');
    expect(counted).toEqual([
      { reason: 'duplicate', fixes: 1 },
      { reason: 'invalid', fixes: 2 },
    ]);
  });

  test('say where everybody was last; a fix received earlier does not take a person back', async () => {
    const ingest = node();
    const receivedAtMs = Date.now();
    for (const user of [2, 0, 1]) {
      const source = new RecordingSource();
      ingest.take(from(user), frameOf(EPOCH, 1, 2, receivedAtMs - 3_000), receivedAtMs, source);
      await acked(source, 2);
    }
    const other = new RecordingSource();
    const [kind, body] = frameOf(uuidOf(98), 1, 1, receivedAtMs - 60_000);
    const elsewhere = { ...body, fixes: [[receivedAtMs - 59_000, 44, 44]] };
    ingest.take({ ...from(0), deviceId: uuidOf(77) }, [kind, elsewhere], receivedAtMs - 30_000, other);
    await until(() => other.acks.length > 0, {
      timeoutMs: 5_000,
      what: 'the second device of the first user',
    });

    expect(await ask(db, PLACES)).toEqual(
      [0, 1, 2].map((user) => ({ userId: USERS[user], lat: 10 + 2e-4, lng: 80, receivedAtMs })),
    );
  });

  test('move where somebody was last once they are 25 m away or ten seconds later, and history always', async () => {
    const store = pgPositionStore(db);
    const startMs = Date.now() - 60_000;
    const steps = [
      [0, 1],
      [1_000, 1.0001],
      [2_000, 1.0003],
      [3_000, 1.0004],
      [12_000, 1.0004],
    ] as const;
    const seen: unknown[] = [];
    for (const [i, [afterMs, lat]] of steps.entries()) {
      const entry = { ...entryOf(i + 1, { lat, fixAtMs: startMs }), receivedAtMs: startMs + afterMs };
      await store.commit([device], (cursors) => planBatch([entry], cursors));
      const [row] = await ask<{ lat: number; receivedAtMs: number }>(db, PLACES);
      seen.push([row?.lat, (row?.receivedAtMs ?? 0) - startMs]);
      // Whoever asks for one person gets the newest fix.
      expect(await lastSeen(db, device.userId)).toEqual({
        lat,
        lng: 1,
        accuracyM: null,
        receivedAtMs: startMs + afterMs,
      });
    }
    expect(seen).toEqual([
      [1, 0],
      [1, 0],
      [1.0003, 2_000],
      [1.0003, 2_000],
      [1.0004, 12_000],
    ]);
    expect(await ask(db, STORED)).toHaveLength(steps.length);
    expect(await lastSeen(db, device.userId, startMs + 11_999)).toMatchObject({ lat: 1.0004 });
    expect(await lastSeen(db, device.userId, startMs + 12_000)).toBeNull();
    expect(await lastSeen(db, uuidOf(77))).toBeNull();
  });

  test('of one frame, the last one is where somebody was last, also when their place does not follow', async () => {
    const store = pgPositionStore(db);
    const receivedAtMs = Date.now();
    const first = {
      ...entryOf(1, { lat: 1, fixAtMs: receivedAtMs - 5_000 }),
      receivedAtMs: receivedAtMs - 5_000,
    };
    await store.commit([device], (cursors) => planBatch([first], cursors));
    const rows = [1.5, 1.00001].map((lat, i) => ({
      seq: i + 2,
      value: { late: false, fix: { ...SOME_FIX, lat, fixAtMs: receivedAtMs - 1_000 + i * 500 } },
    }));
    const frame = { ...entryOf(2, {}), rows, lastSeq: 3, receivedAtMs };
    await store.commit([device], (cursors) => planBatch([frame], cursors));
    expect(await ask(db, PLACES)).toMatchObject([{ lat: 1 }]);
    expect(await lastSeen(db, device.userId)).toMatchObject({ lat: 1.00001, receivedAtMs });
  });

  test('are judged against the last stored fix by a node that never saw the device', async () => {
    const startMs = Date.now() - 10_000;
    const source = new RecordingSource();
    node().take(from(0), frameOf(EPOCH, 1, 3, startMs), Date.now(), source);
    await acked(source, 3);
    const other = new RecordingSource();
    const fixes = [[startMs + 4_000, 50, 8], rowOf(3, startMs), rowOf(5, startMs)];
    const later = { epoch: EPOCH, seq: 4, sentAtMs: startMs + 5_000, fixes };
    node().take(from(0), ['pos', later], Date.now(), other);
    await acked(other, 6);
    expect(other.acks[0]?.refused).toEqual([
      [4, 'impossible'],
      [5, 'duplicate'],
    ]);
  });
});
