import { once } from 'node:events';
import { type AddressInfo, createServer, connect as open, type Server, type Socket } from 'node:net';

/**
 * A line to a server that can go dark: what is sent by either side is swallowed, nothing is closed, and whoever calls is
 * let in and hears nothing. As a phone that leaves the network, or a firewall that forgets a connection.
 */
export class DarkLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isDark = false;
  #isCut = false;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, port));
  }

  static async to(port: number): Promise<DarkLine> {
    const line = new DarkLine(port);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  goDark(): void {
    this.#isDark = true;
  }

  /** Ends every connection, and each new one at once, as when the server has died. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** For those who call from now on; what was swallowed stays so, and its connection is cut. */
  light(): void {
    this.#isDark = false;
    this.#isCut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(near: Socket, port: number): void {
    if (this.#isCut) {
      near.on('error', () => {}).destroy();
      return;
    }
    const far = open(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => {
        if (!this.#isDark) to.write(bytes);
      });
      from.on('error', () => {});
      from.on('end', () => {
        if (!this.#isDark) to.end();
      });
      from.on('close', () => {
        this.#sockets.delete(from);
        if (!this.#isDark) to.destroy();
      });
    }
  }
}
