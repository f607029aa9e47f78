import { expect, test } from 'vitest';
import { proofOptions } from './proof-options.ts';

test('six rounds and a seed of the moment, unless told otherwise', () => {
  expect(proofOptions([], 5_000_123)).toEqual({ rounds: 6, seed: 123, json: false });
  expect(proofOptions(['--rounds', '2', '--seed', '7', '--json'], 0)).toEqual({
    rounds: 2,
    seed: 7,
    json: true,
  });
});

test.each([['0'], ['abc'], ['1.5'], ['']])('%j rounds would prove nothing and are refused', (rounds) => {
  expect(() => proofOptions(['--rounds', rounds], 0)).toThrow(/--rounds: .* is no whole number from 1 on/);
});
