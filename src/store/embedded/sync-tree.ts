import { open, readdir } from 'node:fs/promises';
import path from 'node:path';

/** libuv has four threads for file work; more in flight only queues. */
const IN_FLIGHT = 4;

export interface FileSize {
  /** Relative to the root of the tree, with `/`. */
  readonly name: string;
  readonly bytes: number;
}

/** Syncs every file and every directory below and including `root`; answers with the files that were synced. */
export async function syncTree(root: string): Promise<FileSize[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files: FileSize[] = [];
  const directories = [root];
  const pending = entries.map((entry) => ({ full: path.join(entry.parentPath, entry.name), entry }));
  const worker = async () => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next.entry.isDirectory()) directories.push(next.full);
      else files.push({ name: path.relative(root, next.full), bytes: await syncPath(next.full) });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  for (const directory of directories) await syncPath(directory);
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Syncs one file or directory; answers with its size in bytes. */
export async function syncPath(file: string): Promise<number> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
