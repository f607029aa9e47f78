import { once } from 'node:events';
import { type AddressInfo, createServer, connect as open, type Server, type Socket } from 'node:net';
import { until } from './until.ts';

/** A line to a server over which, once it is held, only as many bytes come as a test lets through. For one client. */
export class SlowLine {
  readonly #server: Server;
  #near: Socket | null = null;
  #far: Socket | null = null;
  #leftBytes = Number.POSITIVE_INFINITY;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, port));
  }

  static async to(port: number): Promise<SlowLine> {
    const line = new SlowLine(port);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the server sends from now on stays with the system. */
  hold(): void {
    this.#leftBytes = 0;
    this.#far?.pause();
  }

  /** At least so many bytes more come through. Resolves when they have, or nothing more `isAwaited`. */
  async let(bytes: number, isAwaited: () => boolean): Promise<void> {
    this.#leftBytes = bytes;
    this.#far?.resume();
    const isDone = () => this.#leftBytes <= 0 || !isAwaited();
    await until(isDone, { timeoutMs: 20_000, what: 'bytes to come through' });
  }

  close(): void {
    this.#near?.destroy();
    this.#far?.destroy();
    this.#server.close();
  }

  #join(near: Socket, port: number): void {
    const far = open(port, '127.0.0.1');
    this.#near = near;
    this.#far = far;
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      near.write(bytes);
      this.#leftBytes -= bytes.length;
      if (this.#leftBytes <= 0) far.pause();
    });
    for (const socket of [near, far]) socket.on('error', () => {}).on('close', () => this.close());
  }
}
