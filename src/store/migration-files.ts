import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { packageRoot } from '../lib/package-root.ts';

export interface Migration {
  readonly version: number;
  /** Its file. */
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
  /** What takes it back, from the file beside it; null: nothing does. */
  readonly down: string | null;
}

/** From this one on each migration has a file beside it that takes it back; of older ones a backup is the way back. */
export const GOES_BACK_FROM = 37;

const UP = /^(\d{6})_[a-z0-9_]+\.sql$/;
const DOWN = /^\d{6}_[a-z0-9_]+\.down\.sql$/;

export const MIGRATIONS_FOLDER = new URL('migrations/', packageRoot);

/**
 * The numbered SQL files of a folder, in order.
 * @throws when two have one number, or one takes back what is not there
 */
export async function readMigrations(folder = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).sort();
  const ups = names.filter((name) => UP.test(name));
  const downs = new Set(names.filter((name) => DOWN.test(name)));
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  const migrations = await Promise.all(
    ups.map(async (name): Promise<Migration> => {
      const text = await read(name);
      const beside = downOf(name);
      return {
        version: Number(name.slice(0, 6)),
        name,
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
        down: downs.delete(beside) ? await read(beside) : null,
      };
    }),
  );
  const twice = migrations.find(({ version }, index) => migrations[index - 1]?.version === version);
  if (twice) throw new Error(`Two migrations have the number of ${twice.name}: give one of them the next.`);
  const [alone] = downs;
  if (alone) throw new Error(`${alone} takes back a migration that is not there.`);
  return migrations;
}

/** Names of the migrations that have to have something to take them back, and have not. */
export function withoutWayBack(migrations: readonly Migration[]): string[] {
  return migrations
    .filter(({ version, down }) => version >= GOES_BACK_FROM && down === null)
    .map(({ name }) => name);
}

/**
 * Writes the two files of a new migration under the next number, and nothing over one that is there.
 * @param words what it is about, such as `beds_by_ward`
 * @returns their names
 */
export async function newMigration(words: string, folder = MIGRATIONS_FOLDER): Promise<string[]> {
  const name = words
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  if (!/^[a-z][a-z0-9_]{0,59}$/.test(name)) {
    throw new Error('A migration is named by letters, digits and underscores, such as beds_by_ward.');
  }
  const newest = (await readMigrations(folder)).at(-1)?.version ?? 0;
  const up = `${String(newest + 1).padStart(6, '0')}_${name}.sql`;
  const texts = [
    [up, '-- What is there now that was not there before, and why.\n\n'],
    [downOf(up), '-- Takes that back. Say what is lost by it.\n\n'],
  ] as const;
  for (const [file, text] of texts) await writeFile(new URL(file, folder), text, { flag: 'wx' });
  return texts.map(([file]) => file);
}

const downOf = (name: string): string => name.replace(/\.sql$/, '.down.sql');
