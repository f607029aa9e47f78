import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../lib/package-root.ts';
import type { Acknowledged } from './acknowledged-inserts.ts';

const ENTRY = fileURLToPath(new URL('dist/src/testing/embedded-writer.js', packageRoot));

/** The process of `embedded-writer.ts`, and what it has reported as acknowledged so far. */
export class WriterProcess {
  readonly acknowledged: Acknowledged = { numbers: [], batches: [] };
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #unfinished = '';

  /** Temporary files go to `tmpDir`, where the test can remove what a killed process leaves. */
  constructor(dataDir: string, first: number, tmpDir: string) {
    // A group of its own, so that a power cut can take the node and its database at the same moment.
    this.#child = spawn(process.execPath, [ENTRY, dataDir, `${first}`], {
      detached: true,
      env: { ...process.env, TMPDIR: tmpDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
    this.#ended = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  /** Kills the node only; its database has to notice by itself. Resolves when all it wrote has been read. */
  async killNode(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Kills the node and its database. */
  async killAll(): Promise<void> {
    killGroup(this.#child.pid);
    await this.#ended;
  }

  #read(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) {
      const target = line.startsWith('b') ? this.acknowledged.batches : this.acknowledged.numbers;
      target.push(Number(line.slice(2)));
    }
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
