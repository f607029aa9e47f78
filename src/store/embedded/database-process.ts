import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../lib/clock.ts';
import { packageRoot } from '../../lib/package-root.ts';
import type { ChildArguments, FromChild, ToChild } from './messages.ts';

export interface LaunchOptions extends ChildArguments {
  readonly readyTimeoutMs: number;
  /** Ends a start that is no longer wanted. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const ENTRY = fileURLToPath(new URL('dist/src/store/embedded/child.js', packageRoot));
const STOP_WITHIN_MS = 5_000;
const KEPT_STDERR_CHARS = 2_000;

/** One life of the process that holds the database open. */
export class DatabaseProcess {
  readonly pid: number;
  /** Resolves, with the end of what it wrote to stderr, when the process is gone. Never rejects. */
  readonly exited: Promise<string>;
  readonly prepared: string;
  readonly #child: ChildProcess;
  readonly #clock: Clock;

  private constructor(child: ChildProcess, exited: Promise<string>, prepared: string, clock: Clock) {
    this.#clock = clock;
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.exited = exited;
    this.prepared = prepared;
  }

  /** Starts the process and waits until it serves. Fails with one sentence, and then the process is gone. */
  static async launch(options: LaunchOptions): Promise<DatabaseProcess> {
    const { readyTimeoutMs, signal, clock, ...given } = options;
    signal.throwIfAborted();
    const cwd = path.dirname(given.dataDir);
    mkdirSync(cwd, { recursive: true });
    const child = fork(ENTRY, [JSON.stringify(given satisfies ChildArguments)], {
      cwd,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const exited = watchExit(child);
    const kill = () => child.kill('SIGKILL');
    const cancel = clock.after(readyTimeoutMs, kill);
    signal.addEventListener('abort', kill);
    try {
      const prepared = await readiness(child, exited, options);
      return new DatabaseProcess(child, exited, prepared, clock);
    } catch (error) {
      kill();
      await exited;
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', kill);
    }
  }

  /** Whether the database answers within `withinMs`. A session inside a client's transaction counts as answering. */
  ping(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (answered: boolean) => {
        cancel();
        this.#child.off('message', onMessage);
        resolve(answered);
      };
      const onMessage = (message: FromChild) => {
        if (message.kind === 'pong') settle(true);
      };
      const cancel = this.#clock.after(withinMs, () => settle(false));
      this.#child.on('message', onMessage);
      this.#tell({ kind: 'ping' });
      void this.exited.then(() => settle(false));
    });
  }

  /** Checkpoint, close, exit; a process that needs longer is killed, which costs only a recovery at the next start. */
  async stop(): Promise<void> {
    this.#tell({ kind: 'stop' });
    const cancel = this.#clock.after(STOP_WITHIN_MS, () => this.kill());
    await this.exited;
    cancel();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #tell(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

function watchExit(child: ChildProcess): Promise<string> {
  let tail = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-KEPT_STDERR_CHARS);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', () => resolve(tail.trim()));
  });
}

function readiness(
  child: ChildProcess,
  exited: Promise<string>,
  { readyTimeoutMs, clock }: LaunchOptions,
): Promise<string> {
  const startedMs = clock.monotonicMs();
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromChild) => {
      if (message.kind === 'ready') resolve(message.prepared);
      if (message.kind === 'failed') reject(new Error(message.sentence));
    });
    void exited.then((stderr) => {
      const late = clock.monotonicMs() - startedMs >= readyTimeoutMs;
      const why = late ? `it was not ready within ${readyTimeoutMs} ms` : stderr || 'it gave no reason';
      reject(new Error(`the embedded database did not start: ${why}`));
    });
  });
}
