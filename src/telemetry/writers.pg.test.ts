import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { uuidOf } from '../testing/telemetry/recording-source.ts';
import type { Stored } from './lanes/plan.ts';
import { positionWriter } from './pg-copy-positions.ts';
import { vitalsWriter } from './pg-copy-vitals.ts';
import { unnestWriter } from './pg-unnest-positions.ts';
import { unnestVitalsWriter } from './pg-unnest-vitals.ts';
import type { KeptFix } from './positions/fix.ts';
import type { RowWriter } from './row-writer.ts';
import type { KeptVitals } from './vitals/steps.ts';
import { doubtsOf, VITAL_NAMES } from './vitals/vitals.ts';

const NOW = 1_750_000_000_123;
const DAY_MS = 86_400_000;
const SEED = 20_261_121;

/** Values as devices send them, missing ones and clocks that are far off among them. */
function someRows<Value>(
  count: number,
  makeValue: (random: () => number, atMs: number) => Value,
): Stored<Value>[] {
  const random = seededRandom(SEED);
  return Array.from({ length: count }, (_, i) => ({
    device: { userId: uuidOf(1 + (i % 3)), deviceId: uuidOf(50 + (i % 7)), epoch: uuidOf(99) },
    seq: i === 1 ? Number.MAX_SAFE_INTEGER : i + 1,
    receivedAtMs: NOW + i,
    value: makeValue(random, i === 2 ? 9_007_199_254_000 : i === 3 ? 0 : NOW - i * 1_000 - (i % 5) * DAY_MS),
  }));
}

/** One digit, as sensors have: between two numbers of 32 bits a text and a number may be rounded differently. */
const digit = (value: number) => Math.round(value * 10) / 10;
const maybe = (random: () => number, value: number) => (random() < 0.3 ? null : digit(value));
const someFix = (random: () => number, atMs: number): KeptFix => ({
  late: random() < 0.5,
  fix: {
    atMs,
    fixAtMs: NOW - Math.floor(random() * DAY_MS),
    lat: random() * 180 - 90,
    lng: random() * 360 - 180,
    accuracyM: maybe(random, random() * 100_000),
    speedMps: maybe(random, random() * 1_000),
    headingDeg: maybe(random, random() * 360),
    altitudeM: maybe(random, random() * 21_000 - 1_000),
    batteryPct: maybe(random, random() * 100),
  },
});
const someVitals = (random: () => number, atMs: number): KeptVitals => {
  const measured = VITAL_NAMES.filter(() => random() < 0.5);
  const vitals = {
    ...Object.fromEntries(measured.map((name) => [name, digit(random() * 500)])),
    ...(random() < 0.5 ? { consciousness: 'V' as const } : {}),
    ...(random() < 0.5 ? { onOxygen: random() < 0.5 } : {}),
  };
  const recordedAtMs = NOW - Math.floor(random() * DAY_MS);
  return { atMs, recordedAtMs, vitals, doubts: doubtsOf(vitals), late: random() < 0.5 };
};

interface Subject<Value> {
  readonly table: string;
  readonly rows: (count: number) => Stored<Value>[];
  readonly writers: readonly (readonly [string, RowWriter<Value>])[];
}
const positions: Subject<KeptFix> = {
  table: 'telemetry.positions',
  rows: (count) => someRows(count, someFix),
  writers: [
    ['unnest', unnestWriter],
    ['copy or unnest', positionWriter],
  ],
};
const vitals: Subject<KeptVitals> = {
  table: 'telemetry.vitals_samples',
  rows: (count) => someRows(count, someVitals),
  writers: [
    ['unnest', unnestVitalsWriter],
    ['copy or unnest', vitalsWriter],
  ],
};

describe.each(engines)('writers on %s', (engine) => {
  let db: Db;
  let owner: Db;
  let stop = async () => {};
  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());

  const empty = () =>
    owner.query(sql('test_empty', emptying('telemetry.positions', 'telemetry.vitals_samples')));
  beforeEach(async () => {
    await empty();
  });

  function suite<Value>(subject: Subject<Value>): void {
    const stored = () => {
      const text = `select (to_jsonb(t) - 'xid')::text as row from ${subject.table} t order by user_or_person, received_at`;
      const subjectColumn = subject.table.endsWith('positions') ? 'user_id' : 'person_id';
      const query = sql(`test_${subject.table}`, text.replace('user_or_person', subjectColumn));
      return owner.query<{ row: string }>(query);
    };
    const write = (writer: RowWriter<Value>, rows: readonly Stored<Value>[]) =>
      db.transaction((tx) => writer.write(tx, rows));

    test.each(subject.writers)('%s: a few and many are stored, all the same', async (_, writer) => {
      for (const count of [1, 199, 200, 1_000]) {
        await empty();
        await write(subject.writers[0]?.[1] ?? writer, subject.rows(count));
        const expected = await stored();
        await empty();
        await write(writer, subject.rows(count));
        expect(await stored()).toEqual(expected);
        expect(expected).toHaveLength(count);
      }
    });

    test.each(subject.writers)(
      '%s: what is there already is left alone, the rest is stored',
      async (_, writer) => {
        for (const [there, all] of [
          [1, 10],
          [250, 600],
        ] as const) {
          await empty();
          const rows = subject.rows(all);
          await write(writer, rows.slice(0, there));
          const before = await stored();
          await write(writer, rows);
          await write(writer, rows);
          const after = await stored();
          expect(after).toHaveLength(all);
          expect(before.filter(({ row }) => !after.some((other) => other.row === row))).toEqual([]);
        }
      },
    );

    test.each(subject.writers)(
      '%s: a transaction that is given up leaves nothing behind',
      async (_, writer) => {
        const given = db.transaction(async (tx) => {
          await writer.write(tx, subject.rows(300));
          throw new Error('given up');
        });
        await expect(given).rejects.toThrow('given up');
        expect(await stored()).toEqual([]);
        expect(await db.query(sql('test_alive', 'select 1 as one'))).toEqual([{ one: 1 }]);
      },
    );
  }

  describe('of positions', () => suite(positions));
  describe('of vital signs', () => suite(vitals));
});
