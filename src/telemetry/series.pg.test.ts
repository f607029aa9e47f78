import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensurePartitions } from '../jobs/partitions.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { aggregatesJob, countSamples } from './pg-aggregates.ts';
import { pgSeriesStore } from './pg-series.ts';
import { bucketMsFor, downsample, type SeriesPoint } from './series/downsample.ts';
import { DAY_MS, HOUR_MS } from './series/plan-range.ts';
import { gridFor, openSeries } from './series/series.ts';

const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
/** Midnight some days ago, so that hours and days begin with what a test measures. */
const DAY_START_MS = Math.floor(systemClock.nowMs() / DAY_MS) * DAY_MS - 3 * DAY_MS;

interface Measured {
  readonly atMs: number;
  readonly bpm: number;
  readonly receivedAtMs?: number;
  readonly doubts?: string;
}

let statements = 0;
let people = 0;

describe.each(engines)('series on %s', (engine) => {
  let store: TestStore;
  let person: string;
  let seq = 0;

  beforeAll(async () => {
    store = await openTestStore(engine);
    for (let day = 4; day >= 0; day--)
      await ensurePartitions(store.owner, systemClock.nowMs() - day * DAY_MS);
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    person = uuidOf(++people);
  });

  const ask = <Row>(text: string, params: unknown[] = [], db: Pick<Db, 'query'> = store.db) =>
    db.query<Row>(sql(`series_test_${statements++}`, text), params);

  const measure = (rows: readonly Measured[], db: Pick<Db, 'query'> = store.db) =>
    ask(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, heart_rate_bpm, doubts, late)
       select to_timestamp(received / 1000), $1, $1, $1, n, 'device', to_timestamp(at / 1000), to_timestamp(at / 1000),
              bpm, case when doubt = '' then '{}' else array[doubt] end, false
         from unnest($2::float8[], $3::float8[], $4::real[], $5::bigint[], $6::text[]) as d (received, at, bpm, n, doubt)`,
      [
        person,
        rows.map(({ atMs, receivedAtMs }) => receivedAtMs ?? atMs + 200),
        rows.map(({ atMs }) => atMs),
        rows.map(({ bpm }) => bpm),
        rows.map(() => ++seq),
        rows.map(({ doubts = '' }) => doubts),
      ],
      db,
    );

  const record = (atMs: number, bpm: number, retracted = false) =>
    ask(
      `insert into telemetry.vitals_records (id, person_id, source, recorded_at, heart_rate_bpm, late, retracted_at)
       values ($1, $2, 'manual', $3, $4, false, $5)`,
      [uuidOf(1_000 + ++seq), person, new Date(atMs), bpm, retracted ? new Date(atMs) : null],
    );

  const runOnce = () =>
    aggregatesJob().run({
      db: store.db,
      clock: systemClock,
      metrics: noMetrics,
      signal: new AbortController().signal,
    });

  /** Until all is counted: other tests write to other databases of this server, and nothing passes a write that runs. */
  const run = () =>
    until(
      async () => {
        await runOnce();
        const [row] = await ask<{ left: boolean }>(
          `select exists (select from telemetry.vitals_samples s, telemetry.vitals_counted c
             where s.xid >= c.below_xid and s.received_at > c.after_received_at) as left`,
        );
        return row?.left === false;
      },
      { timeoutMs: 30_000, what: 'everything to be counted' },
    );

  const read = async (
    fromMs: number,
    toMs: number,
    points: number,
    { withDoubted = false, clock = systemClock } = {},
  ) => {
    const series = await openSeries({ store: pgSeriesStore(store.db), clock, samplesKeptMs: 90 * DAY_MS })({
      personId: person,
      vital: 'heartRateBpm',
      range: { fromMs, toMs },
      points,
      withDoubted,
    });
    if (!series.ok) throw new Error(series.code);
    return series.value;
  };

  /** One value a minute for so many hours, with a peak and a hole in it. */
  const wave = (hours: number, startMs = DAY_START_MS): Measured[] => {
    const random = seededRandom(hours);
    return Array.from({ length: hours * 60 }, (_, i) => ({
      atMs: startMs + i * 60_000,
      bpm: i === 77 ? 199.5 : i === 133 ? 31.25 : 60 + Math.round(random() * 400) / 10,
    }));
  };
  const pointsOf = (rows: readonly Measured[]): SeriesPoint[] =>
    rows.map(({ atMs, bpm: value }) => ({ atMs, value }));

  test('few values are all there, of devices and of people, but for what was taken back or is not believed', async () => {
    await measure([
      { atMs: DAY_START_MS, bpm: 71.3 },
      { atMs: DAY_START_MS + 2_000, bpm: 900, doubts: 'heart_rate_bpm:above_plausible' },
      { atMs: DAY_START_MS + 3_000, bpm: 72, doubts: 'spo2_pct:below_plausible' },
    ]);
    await record(DAY_START_MS + 1_000, 80);
    await record(DAY_START_MS + 1_500, 200, true);
    const series = await read(DAY_START_MS, DAY_START_MS + 10_000, 100);
    expect(series).toEqual({
      vital: 'heartRateBpm',
      unit: '/min',
      grain: 'sample',
      samples: 3,
      doubted: 1,
      points: [
        { atMs: DAY_START_MS, value: 71.3 },
        { atMs: DAY_START_MS + 1_000, value: 80 },
        { atMs: DAY_START_MS + 3_000, value: 72 },
      ],
    });
    const { points } = await read(DAY_START_MS, DAY_START_MS + 10_000, 100, { withDoubted: true });
    expect(points).toContainEqual({ atMs: DAY_START_MS + 2_000, value: 900, isDoubted: true });
  });

  test('many are drawn together at the store to what drawing them together here would leave', async () => {
    const rows = wave(10);
    await measure(rows);
    const range = { fromMs: DAY_START_MS, toMs: DAY_START_MS + 10 * HOUR_MS };
    const { points, samples, grain } = await read(range.fromMs, range.toMs, 100);
    expect(points).toEqual(downsample(pointsOf(rows), range, 100));
    expect([samples, grain]).toEqual([600, 'sample']);
    expect(bucketMsFor(range, 100)).toBeLessThan(HOUR_MS);
  });

  test('what is not believed is told of a long time only where there is little of it', async () => {
    await measure(wave(30));
    const read = openSeries({
      store: pgSeriesStore(store.db),
      clock: systemClock,
      samplesKeptMs: 90 * DAY_MS,
    });
    const range = { fromMs: DAY_START_MS, toMs: DAY_START_MS + 2 * DAY_MS };
    const asked = { personId: person, vital: 'heartRateBpm' as const, range, withDoubted: true };
    expect(await read({ ...asked, points: 100 })).toMatchObject({ ok: false, code: 'too_large' });
    expect(await read({ ...asked, points: 2_000 })).toMatchObject({ ok: true, value: { samples: 1_800 } });
  });

  test('what is not believed is drawn only when asked for', async () => {
    const doubts = 'heart_rate_bpm:above_plausible';
    await measure([...wave(2), { atMs: DAY_START_MS + 30_000, bpm: 990, doubts }]);
    const to = DAY_START_MS + 2 * HOUR_MS;
    const believed = await read(DAY_START_MS, to, 40);
    expect(believed.points.map(({ value }) => value)).not.toContain(990);
    expect([believed.samples, believed.doubted]).toEqual([120, 1]);
    const all = await read(DAY_START_MS, to, 40, { withDoubted: true });
    expect(all.points).toContainEqual({ atMs: DAY_START_MS + 30_000, value: 990, isDoubted: true });
  });

  test('hours and days hold the lowest, highest, first, last and mean of what was measured, however it came in', async () => {
    const rows = wave(30);
    const shuffled = [...rows].sort((a, b) => ((a.atMs * 7_919) % 1_009) - ((b.atMs * 7_919) % 1_009));
    for (let i = 0; i < shuffled.length; i += 500) {
      await measure(shuffled.slice(i, i + 500));
      await run();
    }
    await run();
    for (const [unit, widthMs] of [
      ['hour', HOUR_MS],
      ['day', DAY_MS],
    ] as const) {
      const table = unit === 'hour' ? 'hourly' : 'daily';
      const found = await ask<Record<string, number>>(
        `select ${unit} as at, samples, mean, lowest, lowest_at, highest, highest_at, first_value, first_at, last_value,
                last_at from telemetry.vitals_${table} where person_id = $1 and vital = 'heart_rate_bpm' order by 1`,
        [person],
      );
      const expected = new Map<number, Measured[]>();
      for (const row of rows) {
        const at = Math.floor(row.atMs / widthMs) * widthMs;
        expected.set(at, [...(expected.get(at) ?? []), row]);
      }
      expect(found.map(({ at }) => at)).toEqual([...expected.keys()]);
      for (const row of found) {
        const within = expected.get(row.at ?? 0) ?? [];
        const lowest = within.reduce((a, b) => (b.bpm < a.bpm ? b : a));
        const highest = within.reduce((a, b) => (b.bpm > a.bpm ? b : a));
        const { mean, at, ...figures } = row;
        expect(figures).toEqual({
          samples: within.length,
          lowest: lowest.bpm,
          lowest_at: lowest.atMs,
          highest: highest.bpm,
          highest_at: highest.atMs,
          first_value: within[0]?.bpm,
          first_at: within[0]?.atMs,
          last_value: within.at(-1)?.bpm,
          last_at: within.at(-1)?.atMs,
        });
        expect(mean).toBeCloseTo(within.reduce((sum, { bpm }) => sum + bpm, 0) / within.length, 4);
      }
    }
  });

  test('a long range is read from hours, and what is newest from samples; both ends are exact', async () => {
    const rows = wave(60);
    await measure(rows);
    await run();
    const range = { fromMs: DAY_START_MS + 90 * 60_000, toMs: DAY_START_MS + 60 * HOUR_MS };
    const series = await read(range.fromMs, range.toMs, 60);
    expect(series.grain).toBe('hour');
    expect(series.points.length).toBeLessThanOrEqual(60);
    const within = pointsOf(rows).filter(({ atMs }) => atMs >= range.fromMs);
    const grid = gridFor(range, 60, 'hour');
    expect(grid).toEqual({ fromMs: DAY_START_MS + HOUR_MS, toMs: DAY_START_MS + 61 * HOUR_MS });
    expect(series.points).toEqual(downsample(within, grid, 60));
    expect(series.points).toContainEqual({ atMs: DAY_START_MS + 133 * 60_000, value: 31.25 });
  });

  test('once the samples are gone the hours still show every peak', async () => {
    const rows = wave(50);
    await measure(rows);
    await run();
    await ask('delete from telemetry.vitals_samples where person_id = $1', [person]);
    await run();
    const late = new ManualClock(DAY_START_MS + 100 * DAY_MS);
    const { points, samples, grain } = await read(DAY_START_MS, DAY_START_MS + 3 * DAY_MS, 400, {
      clock: late,
    });
    expect([samples, grain]).toEqual([3_000, 'hour']);
    expect(points).toContainEqual({ atMs: DAY_START_MS + 77 * 60_000, value: 199.5 });
    expect(points).toContainEqual({ atMs: DAY_START_MS + 133 * 60_000, value: 31.25 });
  });

  test('what comes weeks late is added to hours whose samples are gone, once', async () => {
    await measure([{ atMs: DAY_START_MS, bpm: 60 }]);
    await run();
    await ask('delete from telemetry.vitals_samples where person_id = $1', [person]);
    await measure([{ atMs: DAY_START_MS + 1_000, bpm: 90, receivedAtMs: systemClock.nowMs() }]);
    await run();
    await run();
    const rows = await ask(
      'select samples, mean, lowest, highest from telemetry.vitals_daily where person_id = $1',
      [person],
    );
    expect(rows).toEqual([{ samples: 2, mean: 75, lowest: 60, highest: 90 }]);
  });

  test.skipIf(engine === 'pglite')('what a transaction commits late is counted when it has', async () => {
    let finish = () => {};
    const waits = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let began = () => {};
    const started = new Promise<void>((resolve) => {
      began = resolve;
    });
    const slow = store.db.transaction(async (tx) => {
      await measure([{ atMs: DAY_START_MS, bpm: 50 }], tx);
      began();
      await waits;
    });
    await started;
    await measure([{ atMs: DAY_START_MS + 1_000, bpm: 70 }]);
    await runOnce();
    finish();
    await slow;
    await run();
    const rows = await ask(
      'select samples, lowest, highest from telemetry.vitals_hourly where person_id = $1',
      [person],
    );
    expect(rows).toEqual([{ samples: 2, lowest: 50, highest: 70 }]);
  });

  test.skipIf(engine === 'pglite')(
    'two nodes that count at the same moment count each sample once',
    async () => {
      await measure(wave(5));
      await Promise.all([runOnce(), runOnce(), runOnce()]);
      await run();
      const [row] = await ask<{ samples: number }>(
        'select sum(samples)::int as samples from telemetry.vitals_hourly where person_id = $1',
        [person],
      );
      expect(row?.samples).toBe(300);
    },
  );

  test('a database that was restored elsewhere, where transactions begin anew, counts nothing twice and misses nothing new', async () => {
    await measure([{ atMs: DAY_START_MS, bpm: 60, receivedAtMs: systemClock.nowMs() }]);
    await run();
    await ask('update telemetry.vitals_counted set below_xid = below_xid + 1000000000');
    await run();
    await measure([{ atMs: DAY_START_MS + 1_000, bpm: 70, receivedAtMs: systemClock.nowMs() + 1 }]);
    await run();
    const rows = await ask('select samples, mean from telemetry.vitals_hourly where person_id = $1', [
      person,
    ]);
    expect(rows).toEqual([{ samples: 2, mean: 65 }]);
    await ask(`update telemetry.vitals_counted set after_received_at = '-infinity'`);
  });

  test('what is not believed is counted and kept out of every figure', async () => {
    await measure([{ atMs: DAY_START_MS, bpm: 990, doubts: 'heart_rate_bpm:above_plausible' }]);
    await run();
    await measure([{ atMs: DAY_START_MS + 1_000, bpm: 61 }]);
    await run();
    const rows = await ask(
      'select samples, doubted, mean, lowest, highest from telemetry.vitals_hourly where person_id = $1',
      [person],
    );
    expect(rows).toEqual([{ samples: 1, doubted: 1, mean: 61, lowest: 61, highest: 61 }]);
  });

  test('counting goes on where it was cut off, in pieces of any size', async () => {
    for (const row of wave(1).slice(0, 7)) await measure([row]);
    for (let rounds = 0; rounds < 500 && !(await countSamples(store.db, 1_000)).isDone; ) rounds++;
    for (let rounds = 0; rounds < 500 && !(await countSamples(store.db, 2)).isDone; ) rounds++;
    await run();
    const [row] = await ask<{ samples: number }>(
      'select samples from telemetry.vitals_hourly where person_id = $1',
      [person],
    );
    expect(row?.samples).toBe(7);
  });
});
