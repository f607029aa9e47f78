import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { MemoryUnnumberedStore } from '../../testing/telemetry/memory-unnumbered-store.ts';
import { uuidOf } from '../../testing/telemetry/recording-source.ts';
import { DEFAULT_RULES } from '../positions/pipeline.ts';
import { dryStore } from './dry-store.ts';
import { type ImportRow, otherRow, refusedRow, UNKNOWN } from './import-row.ts';
import { importPositions } from './importer.ts';
import { type CsvOptions, readCsv } from './read-csv.ts';
import { readRec } from './read-rec.ts';

const NOW = 1_750_000_000_000;
const DAY_MS = 86_400_000;
const whose = { userId: uuidOf(1), deviceId: uuidOf(2) };

const step = (i: number, more: object = {}): ImportRow => ({
  line: i + 2,
  fix: { ...UNKNOWN, atMs: NOW - DAY_MS + i * 10_000, lat: 47.5 + i * 1e-4, lng: 8.5, ...more },
});

describe('importing', () => {
  let store: MemoryUnnumberedStore;
  let told: number;
  const run = (
    rows: readonly ImportRow[] | AsyncIterable<ImportRow>,
    into: MemoryUnnumberedStore | null = store,
  ) =>
    importPositions(Symbol.asyncIterator in rows ? rows : iterate(rows), {
      store: into ?? dryStore(),
      nowMs: () => NOW,
      rules: DEFAULT_RULES,
      whose,
      onProgress: () => {
        told += 1;
      },
    });
  async function* iterate(rows: readonly ImportRow[]): AsyncGenerator<ImportRow> {
    yield* rows;
  }

  beforeEach(() => {
    store = new MemoryUnnumberedStore();
    told = 0;
  });

  test('keeps everything as history, in order of time, and moves nobody', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => step(i));
    expect(await run(rows.toReversed())).toMatchObject({ rows: 5_000, kept: 5_000, duplicate: 0 });
    expect(store.positions.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    expect(store.positions.every(({ value }) => value.late)).toBe(true);
    const times = store.positions.map(({ value }) => value.fix.fixAtMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(told).toBe(3);
  });

  test('moves nobody even by what is from this minute', async () => {
    await run([step(0, { atMs: NOW - 1_000 })]);
    expect(store.positions).toMatchObject([{ value: { late: true, fix: { fixAtMs: NOW - 1_000 } } }]);
  });

  test('twice stores nothing twice, and goes on where a run broke off', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => step(i));
    await run(rows.slice(0, 30));
    expect(await run(rows)).toMatchObject({ kept: 20, duplicate: 30 });
    expect(await run(rows)).toMatchObject({ kept: 0, duplicate: 50 });
    expect(store.positions).toHaveLength(50);
  });

  test('says by line what it does not use, and counts by reason what it does not name', async () => {
    const bad = Array.from({ length: 15 }, (_, i) => refusedRow(100 + i, 'no place on earth'));
    const rows = [
      step(0),
      step(1, { lat: 52 }),
      step(2),
      otherRow(9),
      ...bad,
      step(3, { atMs: NOW + DAY_MS }),
    ];
    const figures = await run(rows);
    expect(figures).toMatchObject({
      rows: 20,
      kept: 2,
      others: 1,
      fromMs: NOW - DAY_MS,
      toMs: NOW - DAY_MS + 20_000,
    });
    expect([...figures.refused]).toEqual([
      ['no place on earth', 15],
      ['impossible', 1],
      ['future', 1],
    ]);
    expect(figures.first).toHaveLength(10);
    expect(figures.first[0]).toEqual({ line: 100, reason: 'no place on earth' });
  });

  test('says nothing of it to how the device does', async () => {
    await run([step(0), step(0), step(1, { lat: 52 })]);
    expect([store.refused, store.troubles]).toEqual([[], []]);
  });

  test('dry stores nothing and comes to the same', async () => {
    const rows = [step(0), step(0), step(1), step(2, { lat: 52 })];
    const dry = await run(rows, null);
    expect(store.positions).toEqual([]);
    expect(dry).toEqual(await run(rows));
  });

  const path = (name: string) => fileURLToPath(new URL(`../shared/data/gps/${name}`, packageRoot));
  const lines = (name: string) => createInterface({ input: createReadStream(path(name), 'utf8') });
  const csv = (name: string, options: CsvOptions = {}) => readCsv(lines(name), options);

  describe.skipIf(!existsSync(path('')))('recorded tracks (skipped without ../shared/data)', () => {
    test('of an OwnTracks recorder: wills are no positions, -1 is not known', async () => {
      const figures = await run(readRec(lines('owntracks_demo-iphone.rec')));
      expect(figures).toMatchObject({ rows: 25, others: 2 });
      expect(figures.kept + figures.duplicate).toBe(23);
      expect(store.positions.some(({ value }) => (value.fix.speedMps ?? 0) < 0)).toBe(false);
      expect(store.positions.filter(({ value }) => value.fix.speedMps === null).length).toBeGreaterThan(10);
    });

    test('of a phone whose accuracy of 0 is not known', async () => {
      const figures = await run(csv('phone_posmo.csv'));
      expect(figures.kept).toBeGreaterThan(1_000);
      expect([...figures.refused.keys()].filter((reason) => reason !== 'impossible')).toEqual([]);
      expect(store.positions[0]?.value.fix.accuracyM).toBeNull();
    });

    test('of a phone whose file runs backwards', async () => {
      const figures = await run(csv('phone_google_newest_first.csv'));
      expect(figures.kept / figures.rows).toBeGreaterThan(0.9);
      const times = store.positions.map(({ value }) => value.fix.fixAtMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    test('of one of a hundred cabs', async () => {
      const figures = await run(
        csv('sf_cabs_2008-05-21_100cabs.csv', { only: { column: 'cab', value: 'abboip' } }),
      );
      expect(figures.rows).toBeGreaterThan(100);
      expect(figures.kept / figures.rows).toBeGreaterThan(0.95);
    });
  });
});
