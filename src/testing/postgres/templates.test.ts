import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isOldRun, newRun, onDatabase, templateKey } from './templates.ts';

describe('the key of a template', () => {
  test('changes with the word and with the content of each migration, and with nothing else', () => {
    const path = mkdtempSync(join(tmpdir(), 'muster-migrations-'));
    const folder = pathToFileURL(`${path}/`);
    const keys: string[] = [];
    const note = (word: string) => keys.push(templateKey(word, folder));
    note('a');
    note('b');
    writeFileSync(join(path, '000001_a.sql'), 'create table a ();');
    note('a');
    writeFileSync(join(path, '000001_a.sql'), 'create table b ();');
    note('a');
    writeFileSync(join(path, '000002_b.sql'), '');
    note('a');
    expect(new Set(keys).size).toBe(5);
    writeFileSync(join(path, 'README.md'), 'not a migration');
    expect(templateKey('a', folder)).toBe(keys.at(-1));
    rmSync(path, { recursive: true });
  });
});

test('another database of the same server keeps everything else of the address', () => {
  expect(onDatabase('postgres://ada:p%40ss@db.example:5433/postgres?sslmode=require', 'muster_test_x')).toBe(
    'postgres://ada:p%40ss@db.example:5433/muster_test_x?sslmode=require',
  );
});

describe('a run', () => {
  const nowMs = 1_750_000_000_000;

  test('is old after half a day, not before', () => {
    const run = newRun(nowMs);
    expect(isOldRun(run, nowMs + 11 * 3_600_000)).toBe(false);
    expect(isOldRun(run, nowMs + 13 * 3_600_000)).toBe(true);
  });

  test('is not what somebody else named a database', () => {
    expect(isOldRun('mine', nowMs)).toBe(false);
    expect(isOldRun('1', nowMs)).toBe(false);
  });

  test('has a name of its own even in the same second', () => {
    expect(newRun(nowMs)).not.toBe(newRun(nowMs));
  });
});
