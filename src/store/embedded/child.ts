import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { systemClock } from '../../lib/clock.ts';
import { startCheckpoints } from './checkpoints.ts';
import { lockDirectory } from './directory-lock.ts';
import { type ChildArguments, type FromChild, SOCKET_NAME, type ToChild } from './messages.ts';
import { assertDurable, die, type OpenDatabase, openDatabase } from './open.ts';
import { prepare } from './prepare.ts';
import { SessionGate } from './session-gate.ts';

/**
 * Far away on purpose: pglite-socket never gives back the place of a connection that ended with an error. Who may
 * connect is decided by the rights on the socket's directory.
 */
const MAX_CONNECTIONS = 1_000_000;

interface Serving {
  stop(): Promise<void>;
  ping(): Promise<void>;
}

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function build(directory: string): Promise<void> {
  const entry = fileURLToPath(new URL('./build.js', import.meta.url));
  const builder = fork(entry, [directory], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    builder.on('error', reject);
    builder.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a new database could not be made in ${directory} (exit code ${code})`));
    });
  });
}

async function serve({ db, counts }: OpenDatabase, socketPath: string): Promise<Serving> {
  const gate = new SessionGate(db, die);
  // pglite-socket uses of the database only what SessionGate has.
  const server = new PGLiteSocketServer({
    db: gate as unknown as PGlite,
    path: socketPath,
    maxConnections: MAX_CONNECTIONS,
  });
  gate.connectionCount = () => openConnections(server);
  rmSync(socketPath, { force: true });
  await server.start();
  const stopCheckpoints = startCheckpoints(gate, counts, systemClock, (error) =>
    die(`a checkpoint failed: ${error}`),
  );
  return {
    ping: () => gate.probe(),
    stop: async () => {
      stopCheckpoints();
      await server.stop();
      await db.exec('rollback');
      await db.exec('checkpoint');
      await db.close();
    },
  };
}

/** Not from `getStats()`: it counts connections that were lost by an error for ever. */
function openConnections(server: PGLiteSocketServer): Promise<number> {
  const listening: unknown = Reflect.get(server, 'server');
  if (!(listening instanceof net.Server))
    throw new Error('pglite-socket no longer keeps its net.Server as `server`');
  return promisify(listening.getConnections.bind(listening))();
}

async function start(given: ChildArguments): Promise<void> {
  await lockDirectory(given.dataDir, given.lockWaitMs, systemClock);
  const prepared = await prepare({
    dataDir: given.dataDir,
    cacheDir: given.cacheDir,
    build,
    clock: systemClock,
  });
  const database = await openDatabase(given.dataDir);
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
