import { expect, test } from 'vitest';
import { runSpatialBench } from './spatial.ts';

test('a tiny run of the spatial bench agrees with geokdbush in every answer', () => {
  const size = { points: 3_000, cities: 2, queries: 200, rounds: 1, roundMs: 1 };
  const { passed, row, lines } = runSpatialBench(size, false);
  expect(passed).toBe(true);
  expect(row).toMatchObject({ bench: 'spatial', cases: [{ differing: 0 }, { differing: 0 }] });
  expect(lines.join('\n')).toContain('passed');
});
