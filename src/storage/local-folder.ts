import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkedKey, type ObjectStore } from './object-store.ts';

/** Objects as files of one folder, two levels deep by the last characters of their keys. */
export function localFolder(folder: string): ObjectStore {
  const placeOf = (key: string) => {
    const inside = join(folder, checkedKey(key).slice(-2));
    return { inside, file: join(inside, key) };
  };
  return {
    async put(key, content) {
      const { inside, file } = placeOf(key);
      await mkdir(inside, { recursive: true, mode: 0o700 });
      const temporary = `${file}.part`;
      try {
        await writeDurably(temporary, content);
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      // The names have to survive too: of the file, and of its folder when that is new.
      await syncFolder(inside);
      await syncFolder(folder);
    },

    async remove(key) {
      const { inside, file } = placeOf(key);
      await rm(file, { force: true });
      await syncFolder(inside).catch((error: { code?: unknown }) => {
        // Nothing was ever put in it.
        if (error.code !== 'ENOENT') throw error;
      });
    },

    async get(key) {
      try {
        return await readFile(placeOf(key).file);
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}

async function writeDurably(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
