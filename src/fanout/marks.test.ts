import { expect, test } from 'vitest';
import { Marks } from './marks.ts';

test('an id that is marked again waits once, and those who have waited longest are taken first', () => {
  const marks = new Marks();
  for (const id of ['a', 'b', 'a', 'c']) marks.add(id);
  expect(marks.size).toBe(3);
  expect(marks.take(2)).toEqual(['a', 'b']);
  marks.add('a');
  marks.add('c');
  expect(marks.size).toBe(2);
  expect(marks.take(9)).toEqual(['c', 'a']);
  expect([marks.size, marks.take(9)]).toEqual([0, []]);
});

test('forgetting lets go of who is not marked, and of nobody who is', () => {
  const marks = new Marks();
  marks.add('a');
  marks.add('b');
  marks.take(1);
  marks.forget(['a', 'b', 'c']);
  expect(marks.take(9)).toEqual(['b']);
  marks.add('a');
  marks.clear();
  expect(marks.size).toBe(0);
  marks.add('a');
  expect(marks.take(9)).toEqual(['a']);
});
