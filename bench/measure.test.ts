import { expect, test } from 'vitest';
import { alternate, median } from './measure.ts';

test('the median is the middle value, the lower middle of an even number', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

test('two things are measured in turn', () => {
  const order: string[] = [];
  const work = (name: string, count: number) => () => {
    order.push(name);
    return count;
  };
  const { a, b } = alternate(work('a', 1), work('b', 1), 3, 0);
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(Math.min(a, b)).toBeGreaterThan(0);
});
