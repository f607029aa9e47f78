import { expect, test } from 'vitest';
import { onPostgres } from '../../../bench/on-postgres.ts';
import { LONG_MS, measureMap } from './measure-map.ts';

// The large form, with ten thousand, is `npm run bench -- dashboard`.
test('five hundred responders move on the map, and no task of the page works for 50 ms', async () => {
  const order = { responders: 500, fixEveryMs: 1_000, sos: 5, runMs: 3_000 };
  const { shown, live, faults, rowsPerS } = await onPostgres((url, db) => measureMap(url, db, order));
  expect(shown).toBe(500);
  expect(rowsPerS).toBeGreaterThan(200);
  expect(live.longestCpuMs).toBeLessThan(LONG_MS);
  expect(faults).toEqual([]);
}, 240_000);
