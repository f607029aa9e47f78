import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLines, runCommand } from '../command.ts';
import { until } from '../until.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type PostgresServer, withClient } from './server.ts';
import { FOLDER_PREFIX, removeStaleClusters } from './stale.ts';

const MEMORY_FOLDER = '/dev/shm';
const MEMORY_FOLDER_FREE_MIN = 4 * 2 ** 30;
const START_TRIES = 3;

/** A cluster that can be stopped in the middle, and goes on later. */
export interface Cluster extends PostgresServer {
  /** Ends it as a crash does. Its data stay. */
  halt(): Promise<void>;
  /** Again on the same port and data; resolves when it answers. */
  goOn(): Promise<void>;
}

/**
 * A throw-away cluster on a free port of this host, with the settings that durability depends on left as they are in
 * production (fsync, full_page_writes, synchronous_commit). It goes away with `stop()` and also when this process
 * dies, however it dies.
 */
export async function startCluster(binaries: PostgresBinaries): Promise<Cluster> {
  const base = fastFolder();
  await removeStaleClusters(base);
  const user = await unprivilegedUser();
  const folder = mkdtempSync(join(base, `${FOLDER_PREFIX}${process.pid}-`));
  if (user) chownSync(folder, user.uid, user.gid);
  try {
    const password = randomBytes(12).toString('hex');
    await initialise(binaries, folder, password, user);
    return await startOnFreePort(binaries, folder, password, user);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

export type User = { readonly uid: number; readonly gid: number } | undefined;

/** Memory when there is plenty: a sync costs nothing there, and a killed process loses nothing all the same. */
export function fastFolder(): string {
  if (!existsSync(MEMORY_FOLDER)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
  return bavail * bsize >= MEMORY_FOLDER_FREE_MIN ? MEMORY_FOLDER : tmpdir();
}

/** PostgreSQL refuses to run as root. */
export async function unprivilegedUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = await runCommand('id', ['-u', name], { timeoutMs: 10_000 });
    const gid = await runCommand('id', ['-g', name], { timeoutMs: 10_000 });
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new Error('PostgreSQL does not run as root and there is no user postgres or nobody to run it as');
}

export async function initialise(
  binaries: PostgresBinaries,
  folder: string,
  password: string,
  user: User,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const args = ['-D', join(folder, 'data'), '-U', 'postgres', '--pwfile', passwordFile];
  args.push('-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions');
  const result = await runCommand(join(binaries.folder, 'initdb'), args, { timeoutMs: 120_000, user });
  if (result.code !== 0) throw new Error(`initdb failed: ${lastLines(result.output)}`);
}

async function startOnFreePort(
  binaries: PostgresBinaries,
  folder: string,
  password: string,
  user: User,
): Promise<Cluster> {
  for (let left = START_TRIES; ; left--) {
    const port = await freePort();
    let postgres = launch(binaries, folder, port, user);
    let guard = removeWhenWeDie(postgres, folder, user);
    const connectionString = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    const stop = async () => {
      await end(postgres);
      guard.stdin?.end();
      rmSync(folder, { recursive: true, force: true });
    };
    const halt = async () => {
      // It would remove the folder.
      guard.kill('SIGKILL');
      guard.stdin?.destroy();
      await end(postgres, 'SIGQUIT');
    };
    const goOn = async () => {
      postgres = launch(binaries, folder, port, user);
      guard = removeWhenWeDie(postgres, folder, user);
      await answers(postgres, connectionString);
    };
    try {
      await answers(postgres, connectionString);
      const origin = `local binaries in ${binaries.folder}`;
      return { connectionString, origin, stop, halt, goOn };
    } catch (error) {
      const log = lastLines(readFileSync(join(folder, 'log'), 'utf8'));
      await end(postgres);
      if (left === 1) {
        await stop();
        throw new Error(`PostgreSQL from ${binaries.folder} did not start: ${log}`, { cause: error });
      }
    }
  }
}

function launch(binaries: PostgresBinaries, folder: string, port: number, user: User): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    max_connections: '200',
    max_wal_size: '256MB',
  };
  const args = ['-D', join(folder, 'data')];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const log = openSync(join(folder, 'log'), 'a');
  // Detached: Ctrl-C in the terminal must reach the test runner first, and PostgreSQL through it.
  const child = spawn(join(binaries.folder, 'postgres'), args, {
    stdio: ['ignore', log, log],
    detached: true,
    ...user,
  });
  child.unref();
  return child;
}

/**
 * A shell that reads from a pipe only we hold open: it wakes when we end, even by SIGKILL, stops PostgreSQL and
 * removes its folder.
 */
function removeWhenWeDie(postgres: ChildProcess, folder: string, user: User): ChildProcess {
  // The file tells, too: an orphan that nobody reaps stays a zombie, which still takes signals.
  const script =
    'cat >/dev/null; kill -INT "$1"; while kill -0 "$1" && [ -e "$2/data/postmaster.pid" ]; do sleep 0.1; done; rm -rf "$2"';
  const args = ['-c', script, 'muster-test-guard', String(postgres.pid), folder];
  const guard = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, ...user });
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return guard;
}

async function answers(postgres: ChildProcess, connectionString: string): Promise<void> {
  const ended = once(postgres, 'exit').then(() => Promise.reject(new Error('PostgreSQL ended')));
  const ready = until(() => withClient(connectionString, async () => true), {
    timeoutMs: 60_000,
    what: 'PostgreSQL to accept connections',
  });
  ended.catch(() => {});
  ready.catch(() => {});
  await Promise.race([ended, ready]);
}

async function end(postgres: ChildProcess, signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
  if (postgres.exitCode !== null || postgres.signalCode !== null) return;
  const ended = once(postgres, 'exit');
  postgres.ref();
  postgres.kill(signal);
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
