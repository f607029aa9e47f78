import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { type Metrics, noMetrics } from '../../lib/metric.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { SOCKET_NAME, SOCKET_PORT } from './messages.ts';
import { Supervisor } from './supervisor.ts';

/** A running database without a server. */
export interface Embedded {
  /**
   * For `pg`: `host` is the directory of the Unix socket. It stays the same over restarts. All connections share
   * one session: use a pool of one, no named statements, no COPY, no LISTEN, no cancel.
   */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** Checkpoint and close; after five seconds the process is killed instead. Never fails. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Created when missing (its parents too). `<dataDir>.new` and `<dataDir>.lock` belong to it. Not a mount point. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Called after a restart, when the database serves again. What was in flight meanwhile is unknown. */
  readonly onRestart?: () => void;
  /** Includes making a new database (about 10 s) and recovery. */
  readonly readyTimeoutMs?: number;
  /** No answer for so long is a hang. Also the longest single statement, as all statements run one after another. */
  readonly hangAfterMs?: number;
  /** How long a start waits for an earlier process on the same directory that is about to end. */
  readonly lockWaitMs?: number;
  readonly clock?: Clock;
}

/** Socket paths end at 103 bytes on macOS and 107 on Linux. */
const LONGEST_SOCKET_PATH_BYTES = 103;

/**
 * Starts PostgreSQL with PostGIS in a child process (PGlite), durable across crashes and power cuts, and keeps it
 * running: a child that dies or hangs is replaced. Rejects with one sentence when the first start fails, also when
 * the directory is in use.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const socketDir = makeSocketDir();
  const supervisor = new Supervisor({
    launch: {
      dataDir: path.resolve(options.dataDir),
      socketDir,
      cacheDir: embeddedCacheDir(),
      lockWaitMs: options.lockWaitMs ?? 3_000,
      parentPid: process.pid,
      readyTimeoutMs: options.readyTimeoutMs ?? 120_000,
    },
    hangAfterMs: options.hangAfterMs ?? 30_000,
    log: options.log.named('embedded'),
    metrics: options.metrics ?? noMetrics,
    onRestart: options.onRestart ?? (() => {}),
    clock: options.clock ?? systemClock,
  });
  const removeSocketDir = () => rmSync(socketDir, { recursive: true, force: true });
  try {
    await supervisor.start();
  } catch (error) {
    removeSocketDir();
    throw error;
  }
  return {
    connection: { host: socketDir, port: SOCKET_PORT, user: 'postgres', database: 'postgres' },
    stop: async () => {
      await supervisor.stop();
      removeSocketDir();
    },
  };
}

/** A directory that only this user may enter (mkdtemp makes it 0700). */
function makeSocketDir(): string {
  const name = path.join('muster-XXXXXX', SOCKET_NAME);
  const fits = Buffer.byteLength(path.join(os.tmpdir(), name)) <= LONGEST_SOCKET_PATH_BYTES;
  return mkdtempSync(path.join(fits ? os.tmpdir() : '/tmp', 'muster-'));
}

/** Where what every start needs is kept between starts. Named after the versions it was made with. */
export function embeddedCacheDir(): string {
  const versions = ['@electric-sql/pglite', '@electric-sql/pglite-postgis'].map(installedVersion).join('-');
  return fileURLToPath(new URL(`node_modules/.cache/muster/pglite-${versions}`, packageRoot));
}

function installedVersion(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const manifest = path.join(path.dirname(entry), '..', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
