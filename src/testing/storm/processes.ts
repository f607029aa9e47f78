import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../lib/package-root.ts';
import { freePort } from '../free-port.ts';
import { until } from '../until.ts';

const WITHIN_MS = 120_000;

interface Line {
  readonly msg: string;
  readonly atMs: number;
}

/** Several nodes of this machine on one port, under their supervisor, as `MUSTER_PROCESSES` runs them. */
export class HostNodes {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #lines: Line[] = [];

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    process.once('exit', this.#kill);
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#heard(line));
  }

  /** Resolves once all of them serve. */
  static async start(count: number, env: Readonly<Record<string, string>>): Promise<HostNodes> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'muster-nodes-'));
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('dist/src/main.js', packageRoot)), 'serve'],
      {
        env: {
          ...process.env,
          ...env,
          MUSTER_PROCESSES: String(count),
          PORT: String(port),
          MUSTER_DATA_DIR: folder,
        },
        cwd: folder,
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const nodes = new HostNodes(child, folder, port);
    await nodes.said('all nodes are ready', 1);
    return nodes;
  }

  /** Renews all of them, one after another; how long each took to stop. */
  async renew(count: number): Promise<number[]> {
    const [ready, from] = [this.#times('ready'), this.#lines.length];
    this.#child.kill('SIGHUP');
    await this.said('ready', ready + count);
    const since = this.#lines.slice(from);
    const at = (msg: string) => since.filter((line) => line.msg === msg).map(({ atMs }) => atMs);
    const stopped = at('stopped');
    return at('stopping').map((atMs, i) => (stopped[i] ?? Number.POSITIVE_INFINITY) - atMs);
  }

  /** Resolves when it has been logged so often. */
  async said(msg: string, times: number): Promise<void> {
    await until(() => this.#times(msg) >= times, { timeoutMs: WITHIN_MS, what: msg });
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }

  remove(): void {
    this.#kill();
    process.off('exit', this.#kill);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #kill = () => {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended, as it should.
    }
  };

  #times(msg: string): number {
    return this.#lines.filter((line) => line.msg === msg).length;
  }

  #heard(line: string): void {
    try {
      const { msg, time } = JSON.parse(line) as { msg: string; time: string };
      this.#lines.push({ msg, atMs: Date.parse(time) });
    } catch {
      // No line of a logger.
    }
  }
}
