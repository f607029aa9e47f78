import { describe, expect, test } from 'vitest';
import { checkLock } from './lock-rules.ts';

const lock = (packages: object) => JSON.stringify({ packages });
const parent = { 'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } } };

describe('the lock', () => {
  test('holds the optional packages of other platforms too', () => {
    expect(checkLock('package-lock.json', lock({ ...parent, 'node_modules/a-linux': {} }))).toEqual([
      expect.objectContaining({
        sentence: expect.stringContaining('a-darwin@1.0.0 of node_modules/a is missing'),
      }),
    ]);
  });

  test('may hold them beside or inside their parent', () => {
    const both = { 'node_modules/a-linux': {}, 'node_modules/a/node_modules/a-darwin': {} };
    expect(checkLock('package-lock.json', lock({ ...parent, ...both }))).toEqual([]);
  });
});
