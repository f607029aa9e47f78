import { describe, expect, test } from 'vitest';
import { checkSqlFile, checkText } from './text-rules.ts';

const slash = '/';

describe('no committed text names a place of one machine', () => {
  test.each([
    `cd ${slash}home/ada/muster`,
    `path = "${slash}root/.cache"`,
    `(${slash}Users/ada/x)`,
    `see ${slash}work/main`,
  ])('%s', (line) => {
    expect(checkText('docs/a.md', `first\n${line}`)).toMatchObject([{ path: 'docs/a.md', line: 2 }]);
  });

  test('nor a registry', () => {
    expect(checkText('a.yml', `https:${slash}/${['registry', 'npmjs', 'org'].join('.')}/`)).toHaveLength(1);
  });

  test.each(['see https://example.org/work/hours', 'GET /homepage', 'src/work/a.ts', '/usr/lib/postgresql'])(
    '%s is no such place',
    (line) => {
      expect(checkText('docs/a.md', line)).toEqual([]);
    },
  );
});

test('a view in a migration names its columns', () => {
  expect(checkSqlFile('migrations/a.sql', 'create view v as\n  select p.* from t p;')).toMatchObject([
    { line: 2 },
  ]);
  expect(checkSqlFile('migrations/a.sql', '-- select * would break\nselect a from t;')).toEqual([]);
});
