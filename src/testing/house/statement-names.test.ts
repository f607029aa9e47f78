import { expect, test } from 'vitest';
import { parseSource } from './source.ts';
import { checkStatementNames } from './statement-names.ts';

const source = (path: string, ...names: string[]) =>
  parseSource(path, names.map((name) => `sql('${name}', 'select 1');`).join('\n'));

test('a name stands for one statement only, in whichever file', () => {
  expect(checkStatementNames([source('src/a.ts', 'one', 'two'), source('src/b.ts', 'three')])).toEqual([]);
  expect(checkStatementNames([source('src/a.ts', 'one'), source('src/b.ts', 'two', 'one')])).toEqual([
    {
      path: 'src/b.ts',
      line: 2,
      sentence: 'the statement name one stands in src/a.ts already: choose another',
    },
  ]);
  expect(checkStatementNames([source('src/a.ts', 'one', 'one')])).toHaveLength(1);
});

test('tests may call theirs what they like', () => {
  expect(checkStatementNames([source('src/a.test.ts', 'one', 'one')])).toEqual([]);
});
