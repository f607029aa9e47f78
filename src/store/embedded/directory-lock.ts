import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Clock } from '../../lib/clock.ts';

const RETRY_MS = 50;
const ANSWER_WITHIN_MS = 1_000;

/**
 * Takes the lock of a data directory for the rest of this process' life; the kernel gives it back when the process
 * ends, however it ends. (PGlite's own postmaster.pid keeps nobody out.) Waits up to `waitMs` for a holder that is
 * about to end, then fails with a sentence that names the directory.
 *
 * Two listening sockets make the lock. On Linux an abstract one, which is exact but known only inside one network
 * namespace. And the file `<dataDir>.lock`, which also keeps out another container on the same volume; a file left
 * by a killed holder refuses connections and is replaced. The working directory of this process must be the parent
 * of `dataDir`, because a socket's path is limited to about 107 bytes and a relative one always fits.
 */
export async function lockDirectory(dataDir: string, waitMs: number, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + waitMs;
  if (process.platform === 'linux') {
    const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
    await hold(`\0muster-data-${digest}`, dataDir, { clock, deadlineMs }, () => {});
  }
  const file = `${path.basename(dataDir)}.lock`;
  await hold(file, dataDir, { clock, deadlineMs }, () => rmSync(file, { force: true })).catch(
    ignoreWhereSocketFilesAreUnknown,
  );
}

interface Deadline {
  readonly clock: Clock;
  readonly deadlineMs: number;
}

async function hold(
  address: string,
  dataDir: string,
  { clock, deadlineMs }: Deadline,
  clear: () => void,
): Promise<void> {
  while (!(await tryListen(address))) {
    const holder = await askHolder(address);
    if (holder === 'gone') clear();
    else if (clock.monotonicMs() > deadlineMs) throw new DirectoryInUse(dataDir, holder);
    if (clock.monotonicMs() > deadlineMs + ANSWER_WITHIN_MS) throw new DirectoryInUse(dataDir, holder);
    await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
  }
}

class DirectoryInUse extends Error {
  constructor(dataDir: string, holder: string) {
    super(`the data directory ${dataDir} is in use by another Muster (${holder})`);
  }
}

/** Some shared volumes cannot hold sockets. Where the abstract socket already guards, that is no reason to refuse. */
function ignoreWhereSocketFilesAreUnknown(error: NodeJS.ErrnoException): void {
  if (process.platform !== 'linux' || error instanceof DirectoryInUse) throw error;
}

function tryListen(address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.on('error', () => {}).end(`process ${process.pid}`));
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(address, () => resolve(true)).unref();
  });
}

/** What the holder says of itself, or `gone` when nobody listens. */
function askHolder(address: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(address);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8').slice(0, 100);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve('gone');
    });
    socket.on('close', () => resolve(answer || 'it does not answer'));
  });
}
