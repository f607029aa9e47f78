import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

/** A folder that no other process uses. */
export interface Slot {
  readonly folder: string;
  release(): void;
}

/** A socket's path is limited to about 107 bytes. */
const SOCKET_PATH_MAX = 100;
const ANSWER_WITHIN_MS = 1_000;

/**
 * The first folder of `root` (`1`, `2`, …) that no other process holds, made when it is missing. The kernel gives it back when this
 * process ends, however it ends, so that whoever starts next finds what was left in it.
 */
export async function takeSlot(root: string): Promise<Slot> {
  for (let number = 1; ; number++) {
    const slot = await tryTake(path.join(root, String(number)));
    if (slot) return slot;
  }
}

/** Of the folders that are there already those that nobody holds, such as of processes that are not started any more. */
export async function takeAbandoned(root: string): Promise<Slot[]> {
  const numbers = (await readdir(root)).filter((name) => /^\d{1,4}$/.test(name));
  const slots = await Promise.all(numbers.map((number) => tryTake(path.join(root, number))));
  return slots.filter((slot) => slot !== null);
}

/**
 * Two listening sockets: on Linux an abstract one, which is exact but known only inside one network namespace; and a file beside the
 * folder, which also keeps out another container on the same volume, where the path is short enough for one.
 */
async function tryTake(folder: string): Promise<Slot | null> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const held: net.Server[] = [];
  const release = () => {
    for (const server of held) server.close();
  };
  const file = `${folder}.lock`;
  const addresses = [
    ...(process.platform === 'linux' ? [`\0muster-journal-${digestOf(path.resolve(folder))}`] : []),
    ...(Buffer.byteLength(file) <= SOCKET_PATH_MAX ? [file] : []),
  ];
  for (const address of addresses) {
    const server = (await listen(address)) ?? (await takeOver(address));
    if (!server) {
      release();
      return null;
    }
    held.push(server);
  }
  return { folder, release };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Null: somebody is listening, or a file is left of somebody. */
function listen(address: string): Promise<net.Server | null> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.on('error', () => {}).end());
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve(server)).unref();
  });
}

/** A file that a killed process has left refuses connections, and is replaced. */
async function takeOver(address: string): Promise<net.Server | null> {
  if (address.startsWith('\0') || !(await isAbandoned(address))) return null;
  await rm(address, { force: true });
  return listen(address);
}

function isAbandoned(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(false);
    });
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'),
    );
  });
}
