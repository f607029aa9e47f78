import { WebSocket } from 'ws';

/** A feed of a hundred thousand responders is about six megabytes. */
const LARGEST_FRAME_BYTES = 64 * 1024 * 1024;
const HANDSHAKE_WITHIN_MS = 10_000;

/** The WebSocket for Node 20, which has none of its own. Without compression, like the server. */
export class NodeWebSocket extends WebSocket {
  constructor(url: string, protocols: string[], headers: Readonly<Record<string, string>> = {}) {
    super(url, protocols, {
      headers,
      perMessageDeflate: false,
      maxPayload: LARGEST_FRAME_BYTES,
      handshakeTimeout: HANDSHAKE_WITHIN_MS,
    });
  }
}
