import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Relation } from '../access/words.ts';
import { ensurePartitions } from '../jobs/partitions.ts';
import { systemClock } from '../lib/clock.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import type { Person } from './people.ts';
import { pgHistoryPages } from './pg-pages.ts';
import { pgSeriesStore } from './pg-series.ts';
import { pgNewestVitals } from './pg-tail.ts';
import type { Viewer } from './series/entitled.ts';
import { openPersonRecords } from './series/person-records.ts';
import { openSeries } from './series/series.ts';

const uuidOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const DAY_MS = 86_400_000;
const START_MS = Math.floor(systemClock.nowMs() / DAY_MS) * DAY_MS - DAY_MS;
const RANGE = { fromMs: START_MS, toMs: START_MS + DAY_MS };
const NURSE: Viewer = { userId: uuidOf(9_001), grants: [] };
const DISPATCHER: Viewer = { userId: uuidOf(9_002), grants: ['dispatcher'] };

let statements = 0;
let people = 0;

describe.each(engines)('what is kept of somebody, on %s', (engine) => {
  let store: TestStore;
  let person: string;
  let relations: Relation[];

  beforeAll(async () => {
    store = await openTestStore(engine);
    await ensurePartitions(store.owner, systemClock.nowMs());
  });
  afterAll(() => store?.stop());
  beforeEach(() => {
    person = uuidOf(++people);
    relations = [];
  });

  const ask = (text: string, params: unknown[]) =>
    store.db.query(sql(`history_test_${statements++}`, text), params);

  const records = () =>
    openPersonRecords({
      people: {
        person: async (id): Promise<Person | null> =>
          id === person ? { personId: id, userId: id, patientId: null, dateOfBirth: null } : null,
        relations: async (viewerId, { userId }) => (viewerId === userId ? ['self', ...relations] : relations),
      },
      series: openSeries({ store: pgSeriesStore(store.db), clock: systemClock, samplesKeptMs: 90 * DAY_MS }),
      history: pgHistoryPages(store.db),
    });

  /** One fix a second going north; of two devices, so that pages end between equal times. */
  const walk = (count: number) =>
    ask(
      `insert into telemetry.positions (received_at, user_id, device_id, epoch, seq, fix_at, device_at, location, altitude_m, late)
       select t, $1, d.id, d.id, n, t, t, st_makepoint(7, 47 + n * 1e-5)::geography, 400, false
         from (select n, to_timestamp($2::float8 / 1000) + n * interval '1.000001 second' as t from generate_series(1, $3::int) n) s,
              unnest($4::uuid[]) as d (id)`,
      [person, START_MS, count, [uuidOf(501), uuidOf(502)]],
    );

  const measure = (count: number) =>
    ask(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, heart_rate_bpm, doubts, late)
       select t, $1, d.id, d.id, n, 'device', t, t, 60 + n % 7, '{}', false
         from (select n, to_timestamp($2::float8 / 1000) + (n / 3) * interval '1 second' as t from generate_series(1, $3::int) n) s,
              unnest($4::uuid[]) as d (id)`,
      [person, START_MS, count, [uuidOf(501), uuidOf(502)]],
    );

  const textOf = async (answer: Promise<{ ok: boolean; value?: { value: AsyncIterable<string> } }>) => {
    const { value } = await answer;
    let text = '';
    for await (const piece of value?.value ?? []) text += piece;
    return text;
  };

  test('is read page by page, each row once and in order, also where a page ends between equal times', async () => {
    await walk(1_700);
    await measure(1_700);
    const self = { userId: person, grants: [] };
    const positions = parse<Record<string, string>>(
      await textOf(records().positions(self, person, RANGE, 'csv')),
      { columns: true },
    );
    expect(positions).toHaveLength(3_400);
    expect(new Set(positions.map((row) => `${row.at} ${row.lat} ${row.deviceId}`)).size).toBe(3_400);
    const times = positions.map(({ at = '' }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));

    const vitals = parse<Record<string, string>>(await textOf(records().vitalsCsv(self, person, RANGE)), {
      columns: true,
    });
    expect(vitals).toHaveLength(3_400);
    const perDevice = vitals.filter(({ deviceId }) => deviceId === uuidOf(502));
    expect(perDevice.map(({ heartRateBpm }) => Number(heartRateBpm))).toEqual(
      Array.from({ length: 1_700 }, (_, i) => 60 + ((i + 1) % 7)),
    );
  });

  test('is for whom the matrix says: vital signs for those who care, positions for dispatchers, both for oneself', async () => {
    await walk(3);
    await measure(3);
    const asked = { vitals: ['heartRateBpm' as const], range: RANGE, points: 10, withDoubted: false };
    const of = records();
    const reads = {
      series: (by: Viewer) => of.series(by, person, asked),
      'vitals.csv': (by: Viewer) => of.vitalsCsv(by, person, RANGE),
      track: (by: Viewer) => of.track(by, person, RANGE, 10),
      trips: (by: Viewer) => of.trips(by, person, RANGE),
      positions: (by: Viewer) => of.positions(by, person, RANGE, 'gpx'),
    };
    const openTo = async (by: Viewer) => {
      const answers = await Promise.all(
        Object.entries(reads).map(async ([name, read]) => [name, await read(by)] as const),
      );
      for (const [, answer] of answers) if (!answer.ok) expect(answer.code).toBe('not_found');
      return answers.flatMap(([name, answer]) => (answer.ok ? [name] : []));
    };
    expect(await openTo({ userId: person, grants: [] })).toEqual(Object.keys(reads));
    expect(await openTo(NURSE)).toEqual([]);
    expect(await openTo(DISPATCHER)).toEqual(['track', 'trips', 'positions']);
    relations = ['care_team'];
    expect(await openTo(NURSE)).toEqual(['series', 'vitals.csv']);
  });

  test('is a track of a few points and trips with a length', async () => {
    await walk(1_500);
    const by = { userId: person, grants: [] };
    const track = await records().track(by, person, RANGE, 20);
    expect(track.ok && track.value.value.length).toBe(20);
    const trips = await records().trips(by, person, RANGE);
    const [trip] = trips.ok ? trips.value.value : [];
    expect(trip?.kind === 'trip' && Math.round(trip.distanceM / 10)).toBe(167);
    expect(JSON.parse(await textOf(records().positions(by, person, RANGE, 'geojson'))).features.length).toBe(
      4,
    );
  });

  test('newest vital signs of several people are those after an instant of each, without what is not believed', async () => {
    const nowMs = systemClock.nowMs();
    const other = uuidOf(++people);
    await ask(
      `insert into telemetry.vitals_samples
         (received_at, person_id, device_id, epoch, seq, source, recorded_at, device_at, heart_rate_bpm, spo2_pct, doubts, late)
       select now(), p.id, p.id, p.id, n, 'device', to_timestamp($2::float8 / 1000) + n * interval '1 second', now(), 60 + n, 12,
              '{spo2_pct:below_plausible}', false
         from generate_series(1, 3) n, unnest($1::uuid[]) as p (id)`,
      [[person, other], nowMs - 10_000],
    );
    const found = await pgNewestVitals(store.db)([
      { personId: person, sinceMs: nowMs - 20_000 },
      { personId: other, sinceMs: nowMs - 8_000 },
    ]);
    expect(
      found.map(({ personId, values, doubted }) => `${personId} ${JSON.stringify(values)} ${doubted}`),
    ).toEqual([
      `${person} {"heartRateBpm":61} 1`,
      `${person} {"heartRateBpm":62} 1`,
      ...[person, other].map((id) => `${id} {"heartRateBpm":63} 1`),
    ]);
  });

  test('is nothing where nothing is kept', async () => {
    const by = { userId: person, grants: [] };
    expect(await records().trips(by, person, RANGE)).toMatchObject({ ok: true, value: { value: [] } });
    expect(parse(await textOf(records().vitalsCsv(by, person, RANGE)), { columns: true })).toEqual([]);
  });
});
