import { NodeWebSocket } from '../../src/client/node-socket.ts';
import type { WebSocketConstructor } from '../../src/client/types.ts';

/** Where a client's sockets go: whatever address it names, the next of these. */
export interface Way {
  /** Numbers of nodes. */
  readonly nodes: readonly number[];
  readonly urlOf: (node: number) => string;
  /** Its own address, as a balancer would tell it: limits are by address. */
  readonly address: string;
  readonly onOpening: (node: number) => void;
}

/** The sockets of one client: always to the same node, or to one after another as a balancer without health checks sends them. */
export function socketsOf({ nodes, urlOf, address, onOpening }: Way): WebSocketConstructor {
  let turn = 0;
  return class extends NodeWebSocket {
    constructor(url: string, protocols: string[]) {
      const node = nodes[turn++ % nodes.length] ?? 0;
      onOpening(node);
      const at = new URL(new URL(url).pathname, urlOf(node).replace('http', 'ws'));
      super(at.href, protocols, { 'x-forwarded-for': address });
      this.on('unexpected-response', (_request, response) => {
        response.destroy();
        this.terminate();
      });
    }
  };
}

export const addressOf = (client: number): string => `10.0.${(client >> 8) & 255}.${client & 255}`;
