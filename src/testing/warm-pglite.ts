import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../lib/package-root.ts';
import { embeddedCacheDir } from '../store/embedded/embedded.ts';
import { SOCKET_NAME, SOCKET_PORT } from '../store/embedded/messages.ts';
import type { TestConnection } from './test-connection.ts';
import type { FromWarm, ToWarm } from './warm-pglite-process.ts';

export interface WarmPglite {
  readonly connection: TestConnection;
  /** Answers whether it is as new. */
  stop(): Promise<boolean>;
}

const ENTRY = fileURLToPath(new URL('dist/src/testing/warm-pglite-process.js', packageRoot));
const KEPT_STDERR_CHARS = 2_000;

let warm: ChildProcess | undefined;
let stderr = '';

/**
 * Most of what tests do with a database they do once: in a run of all of them, compiling its hot functions anew costs more than it
 * saves. What is measured outside of a run is the database as it ships.
 */
const FLAGS = ['--expose-gc', ...(process.env.VITEST === undefined ? [] : ['--liftoff-only'])];

/**
 * The embedded database on a data directory that is there already, with the settings of a node, in a process that stays for the next
 * one: to compile PostGIS costs more than most files of tests ask of it. One at a time. `stop` tells whether it is as it was when
 * it was opened; then it can be had again by {@link openWarmPgliteAgain}.
 */
export async function openWarmPglite(dataDir: string): Promise<WarmPglite> {
  return served((socketPath) => ({ kind: 'open', dataDir, cacheDir: embeddedCacheDir(), socketPath }));
}

/** The one that was stopped last, without opening its data directory again. */
export async function openWarmPgliteAgain(): Promise<WarmPglite> {
  return served((socketPath) => ({ kind: 'again', socketPath }));
}

async function served(message: (socketPath: string) => ToWarm): Promise<WarmPglite> {
  const socketDir = await mkdtemp(join(tmpdir(), 'muster-'));
  const removeSocketDir = () => rm(socketDir, { recursive: true, force: true });
  try {
    await ask(message(join(socketDir, SOCKET_NAME)));
  } catch (error) {
    await removeSocketDir();
    throw error;
  }
  return {
    connection: { host: socketDir, port: SOCKET_PORT, user: 'postgres', database: 'postgres' },
    stop: async () => {
      try {
        return (await ask({ kind: 'close' })).isAsNew;
      } finally {
        await removeSocketDir();
      }
    },
  };
}

async function ask(message: ToWarm): Promise<FromWarm> {
  warm ??= start();
  const child = warm;
  child.ref();
  child.channel?.ref();
  let gone = () => {};
  try {
    const answer = await new Promise<FromWarm>((resolve, reject) => {
      gone = () => reject(new Error(`the embedded database is gone: ${stderr.trim()}`));
      child.once('close', gone);
      child.once('message', (answer: FromWarm) => resolve(answer));
      child.send(message, (error) => error && reject(error));
    });
    if (answer.failure !== null) throw new Error(answer.failure);
    return answer;
  } finally {
    // A process that has nothing else to do ends, and this one with it.
    child.unref();
    child.channel?.unref();
    child.removeAllListeners('message');
    child.off('close', gone);
  }
}

function start(): ChildProcess {
  stderr = '';
  const child = fork(ENTRY, [], {
    execArgv: FLAGS,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-KEPT_STDERR_CHARS);
  });
  // A pipe keeps a process alive too.
  (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
  child.on('error', () => {});
  child.once('close', () => {
    if (warm === child) warm = undefined;
  });
  return child;
}
