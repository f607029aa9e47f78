import { describe, expect, test } from 'vitest';
import { checkRooms, findCycles, importsOf } from './imports.ts';
import { parseSource } from './source.ts';

const complaints = (path: string, text: string) =>
  checkRooms(parseSource(path, text)).map(({ line, sentence }) => `${line}: ${sentence}`);

describe('imports are seen in every form', () => {
  test.each([
    [`import { a } from './a.ts';`, false],
    [`import './a.ts';`, false],
    [`import type { A } from './a.ts';`, true],
    [`import { type A } from './a.ts';`, false],
    [`export { a } from './a.ts';`, false],
    [`export * from './a.ts';`, false],
    [`export type { A } from './a.ts';`, true],
    [`const a = await import('./a.ts');`, false],
    [`let a: import('./a.ts').A;`, true],
  ])('%s', (text, typeOnly) => {
    expect(importsOf(parseSource('src/geo/x.ts', text))).toMatchObject([{ to: 'src/geo/a.ts', typeOnly }]);
  });

  test('but not where they only look like one', () => {
    const text = `// import '../store/db.ts'\nconst a = "import '../store/db.ts'";\nimport fs from 'node:fs';`;
    expect(importsOf(parseSource('src/geo/x.ts', text))).toEqual([]);
  });
});

describe('the table of rooms', () => {
  test('lets imports point inward', () => {
    expect(complaints('src/dispatch/decide.ts', `import '../lib/assert.ts'; import './sim/run.ts';`)).toEqual(
      [],
    );
    expect(complaints('src/node.ts', `import './observe/log.ts'; import './gateway/app.ts';`)).toEqual([]);
  });

  test('refuses imports that point outward, also of types, and says what to do', () => {
    expect(complaints('src/lib/a.ts', `\nimport type { Tx } from '../store/db.ts';`)).toEqual([
      '2: lib must not import store: let lib own a small interface that node.ts fills, or move the code inward',
    ]);
    expect(complaints('src/spatial/a.ts', `const x = () => import('../store/db.ts');`)).toHaveLength(1);
    expect(complaints('src/geo/a.ts', `export * from '../protocol/up.ts';`)).toHaveLength(1);
  });

  test('opens the store to the Postgres files of dispatch and telemetry alone', () => {
    const text = `import { sql } from '../store/db.ts'; import '../journal/append.ts';`;
    expect(complaints('src/dispatch/pg.ts', text)).toEqual([]);
    expect(complaints('src/telemetry/pg.ts', text)).toEqual([]);
    expect(complaints('src/dispatch/pg-policies.ts', text)).toEqual([]);
    expect(complaints('src/spatial/pg.ts', text)).toHaveLength(2);
    expect(complaints('src/dispatch/service.ts', text)).toHaveLength(2);
    expect(complaints('src/dispatch/sim/pg.ts', `import '../../store/db.ts';`)).toHaveLength(1);
  });

  test('gives the gateway types of the services and nothing that runs', () => {
    expect(complaints('src/gateway/app.ts', `import type { Hub } from '../fanout/types.ts';`)).toEqual([]);
    expect(complaints('src/gateway/app.ts', `import { hub } from '../fanout/hub.ts';`)).toEqual([
      '1: gateway may import only types from fanout (write "import type"): node.ts hands it the implementation',
    ]);
    expect(complaints('src/gateway/app.ts', `import type { Db } from '../store/db.ts';`)).toHaveLength(1);
  });

  test('keeps observe for those who compose', () => {
    expect(complaints('src/main.ts', `import './observe/log.ts';`)).toEqual([]);
    expect(complaints('src/gateway/a.ts', `import type { L } from '../observe/log.ts';`)).toEqual([
      '1: gateway must not import observe: take a Logger or Metrics from src/lib, node.ts hands it in',
    ]);
  });

  test('keeps test code out of what is shipped', () => {
    expect(complaints('src/node.ts', `import './testing/until.ts';`)).toHaveLength(1);
    expect(complaints('src/lib/a.ts', `import './a.test.ts';`)).toHaveLength(1);
    expect(complaints('src/lib/a.test.ts', `import '../testing/until.ts'; import '../store/db.ts';`)).toEqual(
      [],
    );
    expect(complaints('src/testing/verify.ts', `import './until.ts'; import '../node.ts';`)).toEqual([]);
  });

  test('knows every room', () => {
    expect(complaints('src/utils/a.ts', '')[0]).toContain('"utils" is no room of the house');
  });
});

describe('cycles', () => {
  const edge = (from: string, to: string, typeOnly = false) => ({ from, to, offset: 0, typeOnly });

  test('are found however long', () => {
    expect(findCycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a')])).toEqual([['a', 'b', 'c', 'a']]);
    expect(findCycles([edge('a', 'a')])).toEqual([['a', 'a']]);
  });

  test('are not two ways to one file', () => {
    expect(findCycles([edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')])).toEqual([]);
  });
});
