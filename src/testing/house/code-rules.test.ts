import { describe, expect, test } from 'vitest';
import { checkCode, FILE_LINES_MAX } from './code-rules.ts';
import { parseSource } from './source.ts';

const complaints = (path: string, text: string) =>
  checkCode(parseSource(path, text)).map(({ line, sentence }) => `${line}: ${sentence}`);

const INSIDE = 'src/dispatch/decide.ts';

/** So that a placeholder inside a plain string is not mistaken for a slip. */
const withPlaceholders = (text: string) => text.replaceAll('#{', '$' + '{');

describe('time and chance are passed in', () => {
  test.each([
    ['const a = Date.now();', 'clock.nowMs()'],
    ['const maker = uuidV7Maker(Date.now, r);', 'clock.nowMs()'],
    ['const a = new Date();', 'new Date(clock.nowMs())'],
    ['const a = Date();', 'new Date(clock.nowMs())'],
    ['const a = Math.random();', 'seededRandom(seed)'],
    ['setTimeout(f, 5);', 'clock.after(delayMs, fn)'],
    ['globalThis.setInterval(f, 5);', 'clock.after(delayMs, fn)'],
    [`import { setTimeout as sleep } from 'node:timers/promises';`, 'clock.after(delayMs, fn)'],
  ])('%s is refused with its replacement', (text, replacement) => {
    expect(complaints(INSIDE, text)).toEqual([expect.stringContaining(replacement)]);
  });

  test.each([
    'const a = new Date(atMs);',
    '// Date.now() is for the edge',
    `const text = 'Math.random()';`,
    'const a = clock.after(5, f);',
  ])('%s is fine', (text) => {
    expect(complaints(INSIDE, text)).toEqual([]);
  });

  test.each(['src/lib/clock.ts', 'src/node.ts', 'src/gateway/edge.ts', 'src/sim/city.ts', 'bench/run.ts'])(
    '%s is where they enter',
    (path) => {
      expect(complaints(path, 'const a = Date.now() + Math.random(); setTimeout(f, a);')).toEqual([]);
    },
  );

  test('tests may look at the clock, but chance has a seed', () => {
    expect(complaints('src/dispatch/a.test.ts', 'const a = Date.now();')).toEqual([]);
    expect(complaints('src/dispatch/a.test.ts', 'const a = Math.random();')).toHaveLength(1);
  });
});

describe('SQL', () => {
  test.each([
    'db.query(`SELECT a FROM t WHERE b = #{b}`)',
    'db.query("SELECT a FROM t WHERE b = " + b)',
    'db.query({ text: `SELECT #{b}` })',
    'const text = `SELECT #{b}`; client.query(text)',
    'const q = sql("name", `SELECT a FROM t WHERE b = #{b}`)',
  ])('%s is spliced', (text) => {
    expect(complaints(INSIDE, withPlaceholders(text))).toEqual([
      expect.stringContaining('"b" is spliced into SQL: pass it as $n'),
    ]);
  });

  test.each([
    'db.query(`SELECT a FROM t WHERE b = $1`, [b])',
    'db.query("SELECT a " + "FROM t")',
    'db.query(`DROP DATABASE #{escapeIdentifier(name)}`)',
    'db.query(`DROP DATABASE #{pg.escapeIdentifier(name)}`)',
    'url.searchParams.get(`#{key}`)',
  ])('%s is not', (text) => {
    expect(complaints(INSIDE, withPlaceholders(text))).toEqual([]);
  });

  test('names its columns', () => {
    expect(complaints(INSIDE, 'const a = "select * from t";')).toHaveLength(1);
    expect(complaints(INSIDE, 'const a = `WITH x AS (SELECT\n t.* FROM t) SELECT a FROM x`;')).toHaveLength(
      1,
    );
    expect(complaints(INSIDE, 'const a = "delete from t returning *";')).toHaveLength(1);
    expect(complaints(INSIDE, 'const a = "select count(*) from t";')).toEqual([]);
  });
});

describe('the rest', () => {
  test('long files are refused, but not long tests', () => {
    const lines = (count: number) => 'f();\n'.repeat(count);
    expect(complaints(INSIDE, lines(FILE_LINES_MAX))).toEqual([]);
    expect(complaints(INSIDE, lines(FILE_LINES_MAX + 1))).toEqual([
      '401: 401 lines, at most 400: split the file by subject',
    ]);
    expect(complaints('src/lib/a.test.ts', lines(FILE_LINES_MAX + 1))).toEqual([]);
  });

  test('console is refused', () => {
    expect(complaints(INSIDE, 'console.error(e);')).toEqual([expect.stringContaining('take a Logger')]);
  });

  test('a test that silences the others is refused', () => {
    expect(complaints('src/lib/a.test.ts', `test.only('a', f);`)).toHaveLength(1);
    expect(complaints('src/lib/a.test.ts', `describe.each([1]).only('a', f);`)).toHaveLength(1);
    expect(complaints('src/lib/a.test.ts', 'const a = query.only(1);')).toEqual([]);
  });

  test('comments don’t switch a check off or put work off', () => {
    expect(complaints(INSIDE, '// @ts-expect-error later\nf();')).toHaveLength(1);
    expect(complaints(INSIDE, 'f(); // biome-ignore lint: no')).toHaveLength(1);
    expect(complaints(INSIDE, '/** TODO */')).toHaveLength(1);
  });
});
