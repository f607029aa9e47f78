import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { type FileSize, syncPath, syncTree } from './sync-tree.ts';

/** How a data directory came to be. */
export type Prepared = 'existing' | 'copied' | 'built';

export interface PrepareOptions {
  /** Absolute. Its parent must exist and be writable; it must not itself be a mount point. */
  readonly dataDir: string;
  /** Where a ready directory is kept between first starts. Named after the versions it was made with. */
  readonly cacheDir: string;
  /** Makes a new database in a directory that does not exist yet, and closes it. */
  readonly build: (directory: string) => Promise<void>;
  readonly clock: Clock;
}

const STALE_BUILD_MS = 15 * 60_000;

/**
 * Makes `dataDir` a complete database directory, or leaves the one that is there. A new one is put together beside
 * it, synced file by file, and gets its name by one rename: after a crash it is there as a whole or not at all.
 * The caller holds the lock of the directory.
 */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { dataDir } = options;
  const unfinished = `${dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  if (existsSync(path.join(dataDir, 'PG_VERSION'))) return 'existing';
  await refuseForeignContent(dataDir);
  const prepared = await fill(unfinished, options);
  await syncTree(unfinished);
  await rename(unfinished, dataDir);
  await syncPath(path.dirname(dataDir));
  return prepared;
}

async function refuseForeignContent(dataDir: string): Promise<void> {
  const names = existsSync(dataDir) ? await readdir(dataDir) : [];
  if (names.length > 0)
    throw new Error(`${dataDir} is not empty and holds no database; it is left untouched`);
}

async function fill(directory: string, options: PrepareOptions): Promise<Prepared> {
  const { cacheDir, build } = options;
  const cached = (await isComplete(cacheDir)) || (await tryMakeCache(options));
  if (cached && (await tryCopy(cacheDir, directory))) return 'copied';
  await rm(directory, { recursive: true, force: true });
  await build(directory);
  return 'built';
}

async function tryCopy(cacheDir: string, directory: string): Promise<boolean> {
  try {
    await cp(path.join(cacheDir, 'data'), directory, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return await matches(directory, await readManifest(cacheDir));
  } catch {
    return false;
  }
}

/** False where the place is not writable: the cache only saves time. A failed build is an error all the same. */
async function tryMakeCache({ cacheDir, build, clock }: PrepareOptions): Promise<boolean> {
  const unfinished = `${cacheDir}.new-${process.pid}`;
  try {
    await mkdir(path.dirname(cacheDir), { recursive: true });
    await removeStaleBuilds(cacheDir, clock);
    await rm(cacheDir, { recursive: true, force: true });
    await mkdir(unfinished);
  } catch {
    return false;
  }
  try {
    await build(path.join(unfinished, 'data'));
    const files = await syncTree(path.join(unfinished, 'data'));
    await writeFile(path.join(unfinished, 'manifest.json'), JSON.stringify(files), { flush: true });
    await syncPath(unfinished);
    await rename(unfinished, cacheDir).catch(ignoreIfAnotherWasFirst);
    await syncPath(path.dirname(cacheDir));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return isComplete(cacheDir);
}

function ignoreIfAnotherWasFirst(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}

async function removeStaleBuilds(cacheDir: string, clock: Clock): Promise<void> {
  const parent = path.dirname(cacheDir);
  for (const name of await readdir(parent)) {
    const full = path.join(parent, name);
    if (!full.startsWith(`${cacheDir}.new-`)) continue;
    const { mtimeMs } = await stat(full);
    if (clock.nowMs() - mtimeMs > STALE_BUILD_MS) await rm(full, { recursive: true, force: true });
  }
}

/** A cache half deleted by an interrupted clean-up of `node_modules` has its name but not all of its files. */
async function isComplete(cacheDir: string): Promise<boolean> {
  try {
    return await matches(path.join(cacheDir, 'data'), await readManifest(cacheDir));
  } catch {
    return false;
  }
}

async function readManifest(cacheDir: string): Promise<FileSize[]> {
  return JSON.parse(await readFile(path.join(cacheDir, 'manifest.json'), 'utf8')) as FileSize[];
}

async function matches(directory: string, manifest: readonly FileSize[]): Promise<boolean> {
  if (manifest.length === 0) return false;
  for (const { name, bytes } of manifest) {
    if ((await stat(path.join(directory, name))).size !== bytes) return false;
  }
  return true;
}
