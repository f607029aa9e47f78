import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newMigration, readMigrations, withoutWayBack } from './migration-files.ts';

describe('a folder of migrations', () => {
  let folder: URL;
  beforeEach(async () => {
    folder = pathToFileURL(`${await mkdtemp(join(tmpdir(), 'muster-migrations-'))}/`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const put = (name: string) => writeFile(new URL(name, folder), 'select 1;\n');

  test('gets the two files of a new one under the next number', async () => {
    await put('000036_before.sql');
    expect(await newMigration('Beds by ward', folder)).toEqual([
      '000037_beds_by_ward.sql',
      '000037_beds_by_ward.down.sql',
    ]);
    expect(await readFile(new URL('000037_beds_by_ward.down.sql', folder), 'utf8')).toMatch(/^-- /);
    const [before, made] = await readMigrations(folder);
    expect([before?.down, typeof made?.down]).toEqual([null, 'string']);
    await rm(new URL('000037_beds_by_ward.down.sql', folder));
    expect(withoutWayBack(await readMigrations(folder))).toEqual(['000037_beds_by_ward.sql']);
  });

  test.each(['', '../out', 'a;b', '1st', 'ü'])('takes no %j for a name', async (words) => {
    await expect(newMigration(words, folder)).rejects.toThrow(/is named by letters/);
  });

  test('is refused where two have one number, or one takes back nothing', async () => {
    await put('000001_a.sql');
    await put('000001_b.sql');
    await expect(readMigrations(folder)).rejects.toThrow(/the number of 000001_b.sql/);
    await rm(new URL('000001_b.sql', folder));
    await put('000001_b.down.sql');
    await expect(readMigrations(folder)).rejects.toThrow(/000001_b.down.sql takes back/);
  });
});
