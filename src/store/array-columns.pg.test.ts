import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidV7Maker } from '../lib/ids.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { arraysOf, bools, float4s, float8s, int8s, texts, Unstorable, uuids } from './array-columns.ts';
import { type Db, sql } from './db.ts';

const newId = uuidV7Maker(
  () => 1,
  () => 0.5,
);

const READ = sql(
  'test_read_arrays',
  `select id, whole::text as whole, exact, rough::float8 as rough, is_so, said
     from unnest($1::uuid[], $2::bigint[], $3::float8[], $4::real[], $5::boolean[], $6::text[])
       as d (id, whole, exact, rough, is_so, said)`,
);

interface Row {
  readonly id: string;
  readonly whole: number;
  readonly exact: number | null;
  readonly rough: number | null;
  readonly isSo: boolean | null;
  readonly said: string | null;
}

const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.uuid(),
  whole: fc.maxSafeInteger(),
  exact: orNull(fc.double({ noNaN: true })),
  rough: orNull(fc.float({ noNaN: true })),
  isSo: orNull(fc.boolean()),
  said: orNull(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))),
});

describe.each(engines)('array columns on %s', (engine) => {
  let db: Db;
  let stop = async () => {};
  beforeAll(async () => {
    ({ db, stop } = await openTestStore(engine));
  });
  afterAll(() => stop());

  const read = (rows: readonly Row[]) =>
    db.query(
      READ,
      arraysOf(rows, [
        uuids(({ id }) => id),
        int8s(({ whole }) => whole),
        float8s(({ exact }) => exact),
        float4s(({ rough }) => rough),
        bools(({ isSo }) => isSo),
        texts(({ said }) => said),
      ]),
    );

  test('no rows are no rows', async () => {
    expect(await read([])).toEqual([]);
  });

  test.each([
    ['an id that is none', { id: 'x' }],
    ['a number that no real can hold', { rough: 1e39 }],
    ['a number that is not whole', { whole: 1.5 }],
    ['a number that is none', { whole: Number.NaN }],
  ])('%s is refused before it is sent', async (_, over) => {
    const row = { id: newId(), whole: 1, exact: 1, rough: 1, isSo: true, said: '' };
    expect(() => read([{ ...row, ...over }])).toThrow(Unstorable);
    expect(await read([row])).toHaveLength(1);
  });

  test('every value arrives as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
        const expected = rows.map(({ id, whole, exact, rough, isSo, said }) => ({
          id: id.toLowerCase(),
          whole: String(whole === 0 ? 0 : whole),
          exact,
          rough,
          is_so: isSo,
          said,
        }));
        expect(await read(rows)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
