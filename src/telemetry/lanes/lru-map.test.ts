import { expect, test } from 'vitest';
import { LruMap } from './lru-map.ts';

const filled = (map: LruMap<number>, keys: string) => {
  for (const [i, key] of [...keys].entries()) map.set(key, i);
  return map;
};
const keysIn = (map: LruMap<number>, keys: string) => [...keys].filter((key) => map.has(key)).join('');

test('forgets what was least recently asked for, and looking is not asking', () => {
  const map = filled(new LruMap(3), 'abc');
  map.get('a');
  map.has('b');
  map.set('d', 3);
  expect(keysIn(map, 'abcd')).toBe('acd');
});

test('gives its values with those first that were least recently asked for', () => {
  const map = filled(new LruMap(3), 'abc');
  map.get('a');
  expect([...map.values()]).toEqual([1, 2, 0]);
});

test('of many is never larger than it may be, and never forgets what was asked for since it was half full', () => {
  const map = filled(LruMap.ofMany<number>(8), 'abcdefgh');
  for (const key of 'cagb') map.get(key);
  filled(map, 'wxyz');
  expect(map.size).toBe(8);
  expect(keysIn(map, 'abcdefghwxyz')).toBe('abcgwxyz');
});

test('of many keeps the newest value of each', () => {
  const map = filled(LruMap.ofMany<number>(8), 'aba');
  expect([map.size, map.get('a')]).toEqual([2, 2]);
});
