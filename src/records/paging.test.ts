import { expect, test } from 'vitest';
import { fitting, PAGE_BYTES } from './paging.ts';

const rows = (count: number, letters: number) =>
  Array.from({ length: count }, (_, id) => ({ id, words: 'ы'.repeat(letters / 2), tags: ['a', null] }));

test('a page is as many as are asked for, while they are short', () => {
  expect(fitting(rows(201, 100), 200)).toHaveLength(200);
  expect(fitting(rows(3, 100), 200)).toHaveLength(3);
  expect(fitting([], 200)).toEqual([]);
});

test('of long ones it is about a megabyte, and at least one', () => {
  const page = fitting(rows(201, 60_000), 200);
  expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(PAGE_BYTES);
  expect(page.length).toBeGreaterThan(15);
  expect(fitting(rows(2, 2 * PAGE_BYTES), 200)).toHaveLength(1);
});
