import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that is appended to. */
export interface JournalFile {
  /** All of it or an error; after an error it is not known how much. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything appended is on the disk, not before. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** The folder of a journal. Each call rejects with what the operating system says. */
export interface JournalFiles {
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Buffer>;
  /** A new file, whose name is durable when this resolves. */
  create(name: string): Promise<JournalFile>;
  /** Cuts a file off, durably. */
  cut(name: string, bytes: number): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The folder on this machine's disk, made when it is missing. */
export async function journalFiles(folder: string): Promise<JournalFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncDirectory(dirname(folder));
  const path = (name: string) => join(folder, name);
  return {
    list: () => readdir(folder),
    read: (name) => readFile(path(name)),
    async create(name) {
      const handle = await open(path(name), constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
      try {
        await syncDirectory(folder);
      } catch (error) {
        await handle.close();
        throw error;
      }
      return fileOf(handle);
    },
    async cut(name, bytes) {
      const handle = await open(path(name), constants.O_RDWR);
      try {
        await handle.truncate(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async remove(name) {
      await unlink(path(name));
    },
  };
}

function fileOf(handle: FileHandle): JournalFile {
  return {
    async append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, null);
        at += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}

/** A new name is in the directory for good only once the directory itself is on the disk. */
async function syncDirectory(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
