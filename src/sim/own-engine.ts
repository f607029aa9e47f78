import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../lib/node-flags.ts';
import { packageRoot } from '../lib/package-root.ts';

/** Making a fresh embedded database takes up to 25 s, starting PostGIS elsewhere less. */
const READY_WITHIN_MS = 120_000;
/** Longer than the engine needs to drain, then it is killed. */
const STOP_WITHIN_MS = 30_000;
const LAST_LINES = 12;

export interface OwnEngineOptions {
  /** Null: embedded, in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Its data directory; not given: a temporary one that goes with it. */
  readonly dataDir?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told when the engine ends without having been asked to. */
  readonly onDeath: (sentence: string) => void;
  /** Hears every line that the engine writes. */
  readonly onLine?: (line: string) => void;
}

/** An engine of our own as a child process, run from the built files, on a free port of this machine. */
export class OwnEngine {
  readonly url: string;
  /** Its data directory, which holds the embedded database; null with `databaseUrl`. */
  readonly dataDir: string | null;
  readonly #options: OwnEngineOptions;
  readonly #port: number;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #isWanted = false;
  #setupToken: string | null = null;

  /** Starts it and waits until it serves. Rejects with the last lines of its log when it does not. */
  static async start(options: OwnEngineOptions): Promise<OwnEngine> {
    const engine = new OwnEngine(options, await freePort());
    process.once('exit', engine.#killAtExit);
    try {
      await engine.#launch();
      return engine;
    } catch (error) {
      await engine.remove();
      throw error;
    }
  }

  private constructor(options: OwnEngineOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'muster-sim-'));
    this.dataDir = options.databaseUrl === null ? (options.dataDir ?? join(this.#folder, 'data')) : null;
  }

  /** Its process; null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** The token of the one-time link that the first start of a new database prints; null when there was none. */
  get setupToken(): string | null {
    return this.#setupToken;
  }

  /** `kill -9`: no drain, no goodbye. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Like {@link crash}, but its database dies at the same moment, as when the power fails. */
  async powerOff(): Promise<void> {
    const leader = this.#child?.pid;
    if (leader !== undefined) killGroup(leader);
    await this.#end('SIGKILL');
  }

  /** Again on the same port and data. */
  async restart(): Promise<void> {
    await this.#launch();
  }

  /** Asks it to stop and waits. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Removes its temporary directory, after {@link stop}. */
  async remove(): Promise<void> {
    await this.#end('SIGKILL');
    process.off('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #killAtExit = () => {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  };

  #launch(): Promise<void> {
    const main = fileURLToPath(new URL('dist/src/main.js', packageRoot));
    const child = spawn(process.execPath, [...NODE_FLAGS, main, 'serve'], {
      cwd: this.#folder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that Ctrl-C reaches us alone: the report needs the engine a little longer.
      detached: true,
    });
    this.#child = child;
    this.#isWanted = true;
    return this.#untilReady(child);
  }

  #environment(): Record<string, string | undefined> {
    return {
      ...this.#options.env,
      MUSTER_ADMIN_EMAIL: undefined,
      MUSTER_ADMIN_PASSWORD: undefined,
      PORT: String(this.#port),
      HOST: '127.0.0.1',
      MUSTER_LOG_LEVEL: 'info',
      MUSTER_DATA_DIR: this.dataDir ?? this.#options.dataDir ?? this.#folder,
      // Empty counts as not set: then the database is embedded.
      DATABASE_URL: this.#options.databaseUrl ?? '',
    };
  }

  #untilReady(child: ChildProcess): Promise<void> {
    const last: string[] = [];
    const said = () => last.map((line) => `\n  ${line}`).join('');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the engine was not ready within ${READY_WITHIN_MS / 1_000} s:${said()}`)),
        READY_WITHIN_MS,
      );
      const read = (line: string) => {
        this.#options.onLine?.(line);
        last.push(line);
        if (last.length > LAST_LINES) last.shift();
        const entry = logEntry(line);
        this.#setupToken ??= setupTokenIn(entry.link);
        if (entry.msg === 'ready') {
          clearTimeout(timer);
          resolve();
        }
      };
      for (const output of [child.stdout, child.stderr]) {
        if (output) createInterface({ input: output }).on('line', read);
      }
      child.once('error', (error) => reject(new Error(`the engine could not be started: ${error.message}`)));
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        const sentence = `the engine ended (${signal ?? `exit code ${code}`}):${said()}`;
        reject(new Error(sentence));
        if (this.#child === child && this.#isWanted) this.#options.onDeath(sentence);
      });
    });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#isWanted = false;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Kills a process and those it started. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function logEntry(line: string): { msg?: unknown; link?: unknown } {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? entry : {};
  } catch {
    return {};
  }
}

function setupTokenIn(link: unknown): string | null {
  return typeof link === 'string' ? (/#token=([^&\s]+)/.exec(link)?.[1] ?? null) : null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
