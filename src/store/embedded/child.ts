import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../lib/clock.ts';
import { lockDirectory } from './directory-lock.ts';
import { type ChildArguments, type FromChild, SOCKET_NAME, type ToChild } from './messages.ts';
import { assertDurable, openDatabase } from './open.ts';
import { prepare } from './prepare.ts';
import { serve } from './serve.ts';

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function build(directory: string, cacheDir: string): Promise<void> {
  const entry = fileURLToPath(new URL('./build.js', import.meta.url));
  const builder = fork(entry, [directory, cacheDir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    builder.on('error', reject);
    builder.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a new database could not be made in ${directory} (exit code ${code})`));
    });
  });
}

async function start(given: ChildArguments): Promise<void> {
  await lockDirectory(given.dataDir, given.lockWaitMs, systemClock);
  const prepared = await prepare({
    dataDir: given.dataDir,
    cacheDir: given.cacheDir,
    build: (directory) => build(directory, given.cacheDir),
    clock: systemClock,
  });
  const database = await openDatabase(given.dataDir, given.cacheDir);
  await assertDurable(database);
  const serving = await serve(database, path.join(given.socketDir, SOCKET_NAME));
  process.on('message', (message: ToChild) => {
    if (message.kind === 'ping') serving.ping().then(() => tell({ kind: 'pong' }), onFailure);
    else serving.stop().then(() => process.exit(0), onFailure);
  });
  await tell({ kind: 'ready', prepared });
}

function onFailure(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error);
  void tell({ kind: 'failed', sentence }).then(() => process.exit(1));
}

function endWithParent(given: ChildArguments): void {
  new Worker(new URL('./orphan-guard.js', import.meta.url), { workerData: given.parentPid }).unref();
  process.on('disconnect', () => {
    rmSync(given.socketDir, { recursive: true, force: true });
    process.kill(process.pid, 'SIGKILL');
  });
  // A signal to the whole group (Ctrl-C, a service manager) is for the parent, which stops this process in order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}

const given = JSON.parse(process.argv[2] ?? '{}') as ChildArguments;
endWithParent(given);
start(given).catch(onFailure);
