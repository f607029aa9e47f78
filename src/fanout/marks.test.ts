import { expect, test } from 'vitest';
import { Marks } from './marks.ts';

test('who is marked again waits once, and those who have waited longest are taken first', () => {
  const marks = new Marks();
  for (const handle of [1, 2, 1, 3]) marks.add(handle);
  expect(marks.size).toBe(3);
  expect(marks.take(2)).toEqual([1, 2]);
  marks.add(1);
  marks.add(3);
  expect(marks.size).toBe(2);
  expect(marks.take(9)).toEqual([3, 1]);
  expect([marks.size, marks.take(9)]).toEqual([0, []]);
});

test('any number of handles can be marked, and clearing takes every mark away', () => {
  const marks = new Marks();
  const all = Array.from({ length: 5_000 }, (_, i) => 4_999 - i);
  for (const handle of [...all, ...all]) marks.add(handle);
  expect(marks.size).toBe(5_000);
  marks.clear();
  expect(marks.size).toBe(0);
  for (const handle of all) marks.add(handle);
  expect(marks.take(9_999)).toEqual(all);
});
