import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.ts';
import { SCENARIOS } from './scenarios.ts';

const root = fileURLToPath(packageRoot);
const rows = readFileSync(join(root, 'docs/failure-modes.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const shownBy = rows.flatMap((cells) => (cells.length === 5 ? (cells[4] ?? '') : []));
const titlesIn = (cell: string) => [...cell.matchAll(/"([^"]+)"/g)].flatMap(([, title]) => title ?? []);

const tests = ['src', 'bench']
  .flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(root, room, file),
    ),
  )
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('failure-modes.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('docs/failure-modes.md', () => {
  test.each(SCENARIOS.map(({ name }) => name))(
    'says what %s looks like, and names a test that is its small form',
    (name) => {
      const cells = shownBy.filter((cell) => cell.includes(`\`${name}\``));
      expect(cells).toHaveLength(1);
      expect(titlesIn(cells[0] ?? '')).not.toEqual([]);
    },
  );

  test('names no test that is not there', () => {
    const missing = shownBy.flatMap(titlesIn).filter((title) => !tests.includes(title.replace(/ …$/, '')));
    expect(missing).toEqual([]);
  });
});
