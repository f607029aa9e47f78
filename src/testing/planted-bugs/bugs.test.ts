import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../../lib/package-root.ts';
import { PLANTED_BUGS } from './bugs.ts';

const read = (file: string) => readFileSync(fileURLToPath(new URL(file, packageRoot)), 'utf8');

test.each(PLANTED_BUGS)('$name can be planted, and the test that notices is there', ({ edits, caughtBy }) => {
  for (const { file, find, replace } of edits) {
    expect(read(file).split(find), `${file} has once: ${find}`).toHaveLength(2);
    expect(replace).not.toBe(find);
  }
  expect(existsSync(fileURLToPath(new URL(caughtBy.file, packageRoot)))).toBe(true);
  expect(read(caughtBy.file)).toContain(`'${caughtBy.test}'`);
});
