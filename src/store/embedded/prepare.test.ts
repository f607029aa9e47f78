import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock as clock } from '../../lib/clock.ts';
import { prepare } from './prepare.ts';

let root: string;
let dataDir: string;
let cacheDir: string;
let builds: number;

const build = async (directory: string) => {
  builds++;
  mkdirSync(path.join(directory, 'base'), { recursive: true });
  writeFileSync(path.join(directory, 'PG_VERSION'), '18\n');
  writeFileSync(path.join(directory, 'base', '1'), 'rows');
};

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'prepare-'));
  dataDir = path.join(root, 'data');
  cacheDir = path.join(root, 'cache', 'pglite-1');
  builds = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the second new directory is copied, not built', async () => {
  expect(await prepare({ dataDir, cacheDir, build, clock })).toBe('copied');
  expect(await prepare({ dataDir: path.join(root, 'second'), cacheDir, build, clock })).toBe('copied');
  expect(builds).toBe(1);
  expect(readFileSync(path.join(root, 'second', 'base', '1'), 'utf8')).toBe('rows');
  expect(readdirSync(root).sort()).toEqual(['cache', 'data', 'second']);
});

test('a directory that holds a database is left as it is', async () => {
  await prepare({ dataDir, cacheDir, build, clock });
  writeFileSync(path.join(dataDir, 'base', '1'), 'changed');
  expect(await prepare({ dataDir, cacheDir, build, clock })).toBe('existing');
  expect(readFileSync(path.join(dataDir, 'base', '1'), 'utf8')).toBe('changed');
});

test('what an interrupted first start left behind is never used', async () => {
  mkdirSync(`${dataDir}.new`);
  writeFileSync(path.join(`${dataDir}.new`, 'PG_VERSION'), '18\n');
  writeFileSync(path.join(`${dataDir}.new`, 'garbage'), '');
  await prepare({ dataDir, cacheDir, build, clock });
  expect(existsSync(`${dataDir}.new`)).toBe(false);
  expect(readdirSync(dataDir).sort()).toEqual(['PG_VERSION', 'base']);
});

test('a cache of which a file is gone or cut short is made again', async () => {
  await prepare({ dataDir, cacheDir, build, clock });
  rmSync(path.join(cacheDir, 'data', 'base', '1'));
  await prepare({ dataDir: path.join(root, 'second'), cacheDir, build, clock });
  writeFileSync(path.join(cacheDir, 'data', 'base', '1'), 'ro');
  await prepare({ dataDir: path.join(root, 'third'), cacheDir, build, clock });
  expect(builds).toBe(3);
  expect(readFileSync(path.join(root, 'third', 'base', '1'), 'utf8')).toBe('rows');
});

test('without a place for the cache the directory is built where it is needed', async () => {
  writeFileSync(path.join(root, 'file'), '');
  expect(await prepare({ dataDir, cacheDir: path.join(root, 'file', 'cache'), build, clock })).toBe('built');
  expect(readFileSync(path.join(dataDir, 'base', '1'), 'utf8')).toBe('rows');
});

test('a directory with other things in it is refused and left untouched', async () => {
  mkdirSync(dataDir);
  writeFileSync(path.join(dataDir, 'thesis.txt'), 'mine');
  await expect(prepare({ dataDir, cacheDir, build, clock })).rejects.toThrow(`${dataDir} is not empty`);
  expect(readdirSync(dataDir)).toEqual(['thesis.txt']);
});

test('a failed build leaves neither a directory nor a cache', async () => {
  const failing = async (directory: string) => {
    await build(directory);
    throw new Error('no space left');
  };
  await expect(prepare({ dataDir, cacheDir, build: failing, clock })).rejects.toThrow('no space left');
  expect(existsSync(dataDir)).toBe(false);
  expect(existsSync(cacheDir)).toBe(false);
});
