import { describe, expect, test } from 'vitest';
import { readMigrations, withoutWayBack } from '../store/migration-files.ts';
import { checkCode } from './house/code-rules.ts';
import { ourTextFiles } from './house/files.ts';
import { checkRooms, findCycles, importsOf } from './house/imports.ts';
import { checkLock } from './house/lock-rules.ts';
import { checkOutsideCalls } from './house/outside-calls.ts';
import { type Finding, parseSource } from './house/source.ts';
import { checkStatementNames } from './house/statement-names.ts';
import { checkSqlFile, checkText } from './house/text-rules.ts';

const files = ourTextFiles();
const sources = files
  .filter(({ path }) => /^(src|bench)\/.*\.tsx?$/.test(path))
  .map(({ path, text }) => parseSource(path, text));

const written = (findings: readonly Finding[]) =>
  findings.map(({ path, line, sentence }) => `${path}:${line}: ${sentence}`);

describe('the house', () => {
  test('is looked at as a whole', () => {
    expect(sources.map(({ path }) => path)).toContain('src/lib/clock.ts');
    expect(files.map(({ path }) => path)).toContain('package.json');
  });

  test('imports go only where the table of rooms allows', () => {
    expect(written(sources.flatMap(checkRooms))).toEqual([]);
  });

  test('no runtime import comes back to its own file', () => {
    const edges = sources.flatMap(importsOf).filter(({ typeOnly }) => !typeOnly);
    expect(findCycles(edges).map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  test('no import at all comes back to its own file, types included', () => {
    expect(findCycles(sources.flatMap(importsOf)).map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  test('the code keeps the rules', () => {
    expect(written(sources.flatMap(checkCode))).toEqual([]);
  });

  test('every call outside ends by itself, also when the other side hangs', () => {
    expect(written(sources.flatMap(checkOutsideCalls))).toEqual([]);
  });

  test('SQL files name their columns', () => {
    const migrations = files.filter(({ path }) => path.endsWith('.sql'));
    expect(written(migrations.flatMap(({ path, text }) => checkSqlFile(path, text)))).toEqual([]);
  });

  test('a migration has what takes it back beside it, in a file that ends in .down.sql', async () => {
    expect(withoutWayBack(await readMigrations())).toEqual([]);
  });

  test('a name stands for one statement', () => {
    expect(written(checkStatementNames(sources.filter(({ path }) => path.startsWith('src/'))))).toEqual([]);
  });

  test('npm ci can install what the lock names', () => {
    const locks = files.filter(({ path }) => path === 'package-lock.json');
    expect(locks).toHaveLength(1);
    expect(written(locks.flatMap(({ path, text }) => checkLock(path, text)))).toEqual([]);
  });

  test('nothing names a place of one machine', () => {
    expect(written(files.flatMap(({ path, text }) => checkText(path, text)))).toEqual([]);
  });
});
