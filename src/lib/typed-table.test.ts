import { expect, test } from 'vitest';
import { type TableField, type TableOptions, TableUnfit, tableReader } from './typed-table.ts';

const FIELDS: Readonly<Record<string, TableField>> = {
  loggedOn: {
    kind: 'day',
    unit: null,
    names: [
      { name: 'loggedOn', unit: null },
      { name: 'logDate', unit: null },
    ],
  },
  amountMl: {
    kind: 'number',
    unit: 'ml',
    names: [
      { name: 'amountMl', unit: 'ml' },
      { name: 'amountOz', unit: 'oz' },
    ],
  },
  distanceM: {
    kind: 'number',
    unit: 'm',
    names: [
      { name: 'distanceM', unit: 'm' },
      { name: 'distance', unit: null },
    ],
  },
  atMs: { kind: 'instant', unit: null, names: [{ name: 'atMs', unit: null }] },
  reps: { kind: 'whole', unit: null, names: [{ name: 'reps', unit: null }] },
};
const options = (more: Partial<TableOptions> = {}): TableOptions => ({
  columns: {},
  units: {},
  time: (text) => Date.parse(text) || null,
  ...more,
});
const rows = (header: string, text: string, more: Partial<TableOptions> = {}) =>
  tableReader(header, FIELDS, options(more)).read(2, text);

test('a column in another unit is converted, by its name, by what is said, and by what a cell says', () => {
  expect(rows('log_date;amount_oz', '2025-01-02;64')).toEqual({
    line: 2,
    values: { loggedOn: '2025-01-02', amountMl: 1_892.7059 },
  });
  expect(rows('loggedOn,amountMl', '2025-01-02T00:00:00Z,250')).toMatchObject({ values: { amountMl: 250 } });
  expect(rows('loggedOn,amountMl', '2025-01-02,8 oz')).toMatchObject({ values: { amountMl: 236.5882 } });
  expect(rows('distance', '2', { units: { distanceM: 'mi' } })).toMatchObject({
    values: { distanceM: 3_218.688 },
  });
  expect(rows('way', '2', { units: { distanceM: 'km' }, columns: { distanceM: 'way' } })).toMatchObject({
    values: { distanceM: 2_000 },
  });
});

test('a number whose unit nobody says is not guessed', () => {
  expect(rows('distance', '2')).toMatchObject({
    problem: expect.stringMatching(/in which unit.+m, mi, ft, yd, km/),
  });
  expect(rows('distance', '2 mi')).toMatchObject({ values: { distanceM: 3_218.688 } });
  expect(() => rows('distance', '2', { units: { distanceM: 'lb' } })).toThrow(TableUnfit);
});

test('what can not be read costs its own line, and what is empty is left out', () => {
  expect(rows('reps,atMs', '3 sets,')).toMatchObject({ problem: expect.stringContaining('reps: "3 sets"') });
  expect(rows('reps,atMs', '3,soon')).toMatchObject({ problem: expect.stringContaining('atMs') });
  expect(rows('reps,atMs', '3,')).toEqual({ line: 2, values: { reps: 3 } });
  expect(rows('reps,atMs', '3')).toMatchObject({ problem: '1 cells instead of 2' });
  expect(tableReader('reps,createdAt', FIELDS, options()).unread).toEqual(['createdAt']);
  expect(() => rows('reps', '3', { columns: { atMs: 'when' } })).toThrow(/There is no column "when"/);
});
