import { expect, test } from 'vitest';
import { Sights } from './sights.ts';

test('a sight counts for a while from the first of its viewer, and then is new again', () => {
  const sights = new Sights(100, 10);
  expect(sights.add('d', 'a', 0)).toBe(true);
  expect(sights.add('d', 'b', 60)).toBe(true);
  expect(sights.add('e', 'a', 60)).toBe(true);
  expect([...(sights.of('d', 99) ?? [])]).toEqual(['a', 'b']);
  expect(sights.of('d', 100)).toBeUndefined();
  expect([...(sights.of('e', 100) ?? [])]).toEqual(['a']);
});

test('of more than there is room for none is taken, until those of others have ended', () => {
  const sights = new Sights(100, 2);
  for (const id of ['a', 'b', 'a']) expect(sights.add('d', id, 0)).toBe(true);
  expect(sights.add('e', 'a', 50)).toBe(false);
  expect(sights.of('e', 50)).toBeUndefined();
  expect(sights.add('e', 'a', 100)).toBe(true);
  expect(sights.of('d', 100)).toBeUndefined();
});
