import { expect, test } from 'vitest';
import type { Migration } from './migration-files.ts';
import { type Applied, compareMigrations, refusalOf, stepsTo, versionBefore } from './migration-state.ts';

const file = (version: number, down: string | null = 'select 1'): Migration => {
  const name = `${String(version).padStart(6, '0')}_m.sql`;
  return { version, name, text: '', checksum: `sum ${version}`, down };
};
const applied = (version: number): Applied => {
  const { name, checksum } = file(version);
  return { version, name, checksum, appliedAt: '2026-01-01T00:00:00Z' };
};
const FILES = [file(1, null), file(2), file(4)];

test('what came in between is missing, whatever was applied after it', () => {
  const states = compareMigrations(FILES, [applied(1), applied(4)]);
  expect(states.map(({ version, state }) => [version, state])).toEqual([
    [1, 'applied'],
    [2, 'pending'],
    [4, 'applied'],
  ]);
  expect(refusalOf(states, 4)).toBeNull();
  expect(stepsTo(states, FILES, Number.POSITIVE_INFINITY)).toEqual({ back: [], forward: [file(2)] });
});

test.each([
  ['is newer than the program', [applied(1), applied(5)], /at version 5, this program knows 4/],
  ['had another file', [{ ...applied(1), checksum: 'other' }], /000001_m.sql was changed/],
  ['had a file that is gone', [applied(1), applied(3)], /000003_m.sql was applied and its file is gone/],
])('a database that %s is refused', (_what, rows, sentence) => {
  expect(refusalOf(compareMigrations(FILES, rows), 4)).toMatch(sentence);
});

test('the way back takes the newest first, and is refused as a whole when one step of it is missing', () => {
  const states = compareMigrations(FILES, [applied(1), applied(2), applied(4)]);
  expect(stepsTo(states, FILES, 1)).toEqual({ back: [file(4), file(2)], forward: [] });
  expect(versionBefore(states)).toBe(2);
  expect(() => stepsTo(states, FILES, 0)).toThrow(/000001_m.sql can't be taken back, and nothing was/);
  expect(() => stepsTo(states, FILES, 3)).toThrow(/There is no migration 3/);
});
