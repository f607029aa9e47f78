import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupBy } from './group-by.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);

describe('groups', () => {
  test('come in the order of their first item, each in the order of its items', () => {
    const words = ['bed', 'ant', 'bee', 'cow', 'ape'];
    expect([...groupBy(words, (word) => word[0])]).toEqual([
      ['b', ['bed', 'bee']],
      ['a', ['ant', 'ape']],
      ['c', ['cow']],
    ]);
  });

  test('tell keys apart as a Map does, and take any iterable', () => {
    const key = {};
    const groups = groupBy(new Set<unknown>([key, '1', 1, {}]), (item) => item);
    expect(groups.size).toBe(4);
    expect(groups.get(key)).toEqual([key]);
    expect(groupBy(['x'], () => '__proto__').get('__proto__')).toEqual(['x']);
  });

  test('of nothing are none', () => {
    expect(groupBy([], String).size).toBe(0);
  });

  test('hold every item once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), (numbers) => {
        const groups = groupBy(numbers, (number) => number % 7);
        for (const [key, group] of groups)
          expect(group).toEqual(numbers.filter((number) => number % 7 === key));
        expect([...groups.values()].flat()).toHaveLength(numbers.length);
      }),
      { seed: SEED },
    );
  });
});
