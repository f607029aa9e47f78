import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageRoot } from '../lib/package-root.ts';
import { RETENTION } from './personal-data.ts';

const page = readFileSync(new URL('docs/security.md', packageRoot), 'utf8');

test.each(Object.entries(RETENTION))(
  'docs/security.md says how long %s is kept, and why',
  (name, { keepDays, why }) => {
    const kept =
      keepDays === null ? 'no end' : `${keepDays.toLocaleString('en')} ${keepDays === 1 ? 'day' : 'days'}`;
    expect(page).toContain(`| ${name} | ${kept} | ${why} |`);
  },
);

test('and names no class that there is not', () => {
  const named = [...page.matchAll(/^\| (\w+) \| (?:no end|[\d,]+ days?) \|/gm)].map(([, name]) => name);
  expect(named).toEqual(Object.keys(RETENTION));
});
