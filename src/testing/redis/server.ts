import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../until.ts';
import { redisServer } from './binary.ts';

const START_TRIES = 5;
/** The bus of a Cluster is ten thousand above the port, and ports end at 65,535. */
const PORT_MAX = 55_000;

const running = new Set<RedisProcess>();
process.once('exit', () => {
  for (const redis of [...running]) redis.stop();
});

/** One Redis process on a port of its own, keeping nothing on disk. */
export class RedisProcess {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #folder: string;
  #child: ChildProcess;

  private constructor(port: number, args: readonly string[], folder: string, child: ChildProcess) {
    this.port = port;
    this.#args = args;
    this.#folder = folder;
    this.#child = child;
    running.add(this);
  }

  static async start(more: readonly string[] = []): Promise<RedisProcess> {
    const binary = await redisServer();
    let problem: unknown;
    for (let i = 0; i < START_TRIES; i++) {
      const port = await freePort();
      const folder = mkdtempSync(join(tmpdir(), 'muster-test-redis-'));
      const args = ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder, ...more];
      const child = spawn(binary, args, { stdio: 'ignore' });
      const redis = new RedisProcess(port, args, folder, child);
      try {
        await redis.#answers();
        return redis;
      } catch (error) {
        problem = error;
        redis.stop();
      }
    }
    throw problem;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** One command from outside. */
  async ask(command: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis({
      port: this.port,
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      retryStrategy: null,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Holds it: connections stay open and nothing is answered. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Again on the same port, empty. */
  async goOn(): Promise<void> {
    this.#child = spawn(await redisServer(), this.#args, { stdio: 'ignore' });
    await this.#answers();
  }

  stop(): void {
    running.delete(this);
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    const child = this.#child;
    await until(
      async () => {
        if (child.exitCode !== null) return 'ended';
        return (await this.ask('PING')) === 'PONG';
      },
      { timeoutMs: 15_000, what: 'Redis to answer' },
    );
    if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode}`);
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (typeof address === 'object' && address && address.port <= PORT_MAX) return address.port;
  }
}
