import { MusterClient as BrowserClient } from './client.ts';
import { NodeWebSocket } from './node-socket.ts';
import type { ClientOptions } from './types.ts';

export * from './index.ts';

/** The client with a WebSocket for Node, unless another is given. */
export class MusterClient extends BrowserClient {
  constructor(options: ClientOptions) {
    super({ ...options, WebSocket: options.WebSocket ?? NodeWebSocket });
  }
}
