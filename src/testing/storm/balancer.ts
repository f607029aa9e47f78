import { NodeWebSocket } from '../../client/node-socket.ts';
import type { WebSocketConstructor } from '../../client/types.ts';

/**
 * Stands for a load balancer before several nodes: each socket goes to the next one that serves, whatever address the client
 * names, and the node is told where it comes from. Notes how handshakes fail, by status or by the code of what broke.
 */
export class Balancer {
  readonly failed = new Map<string, number>();
  #urls: readonly string[];
  #turn = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /** From now on sockets go to these. */
  serve(urls: readonly string[]): void {
    this.#urls = urls;
  }

  /** The sockets of one client of its own address. */
  socketsOf(client: number): WebSocketConstructor {
    const next = () => this.#urls[this.#turn++ % this.#urls.length] ?? '';
    const failed = (how: string) => this.failed.set(how, (this.failed.get(how) ?? 0) + 1);
    const address = `10.${(client >> 16) & 255}.${(client >> 8) & 255}.${client & 255}`;
    return class extends NodeWebSocket {
      constructor(url: string, protocols: string[]) {
        const { pathname, search } = new URL(url);
        super(new URL(pathname + search, next().replace('http', 'ws')).href, protocols, {
          'x-forwarded-for': address,
        });
        let isAnswered = false;
        this.once('open', () => {
          isAnswered = true;
        });
        this.on('error', (error: Error & { code?: string }) => {
          if (!isAnswered) failed(error.code ?? error.message);
        });
        this.on('unexpected-response', (_request, response) => {
          isAnswered = true;
          failed(`${response.statusCode}`);
          response.destroy();
          this.terminate();
        });
      }
    };
  }
}
