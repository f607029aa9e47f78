import { expect, test } from 'vitest';
import { Sights } from './sights.ts';

test('a sight counts for a while from the first of its viewer, and then is new again', () => {
  const sights = new Sights(100, 10);
  expect(sights.add('d', 'a', 0)).toBe('new');
  expect(sights.add('d', 'b', 60)).toBe('new');
  expect(sights.add('d', 'a', 60)).toBe('known');
  expect(sights.add('e', 'a', 60)).toBe('new');
  expect([...(sights.of('d', 99) ?? [])]).toEqual(['a', 'b']);
  expect(sights.of('d', 100)).toBeUndefined();
  expect([...(sights.of('e', 100) ?? [])]).toEqual(['a']);
});

test('of more than there is room for none is taken, until those of others have ended', () => {
  const sights = new Sights(100, 2);
  expect(['a', 'b', 'a'].map((id) => sights.add('d', id, 0))).toEqual(['new', 'new', 'known']);
  expect(sights.add('e', 'a', 50)).toBe('full');
  expect(sights.of('e', 50)).toBeUndefined();
  expect(sights.add('e', 'a', 100)).toBe('new');
  expect(sights.of('d', 100)).toBeUndefined();
});
