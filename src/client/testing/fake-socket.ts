import type { ManualClock } from '../../lib/clock.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { DownFrame } from '../../protocol/down.ts';
import type { UpFrame } from '../../protocol/up.ts';
import type { Encoding } from '../../protocol/version.ts';
import type { WebSocketConstructor, WebSocketLike } from '../types.ts';

/** The server's end of a fake socket. */
export interface ServerEnd {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly isOpen: boolean;
  send(frame: DownFrame): void;
  /** Anything at all, as it would come over the wire. */
  sendRaw(data: string | Uint8Array): void;
  close(code: number): void;
}

export interface FakeServer {
  opened?(end: ServerEnd): void;
  frame(end: ServerEnd, frame: UpFrame): void;
  closed?(end: ServerEnd): void;
}

export interface FakeNetwork {
  readonly WebSocket: WebSocketConstructor;
  /** Every socket that was ever opened. */
  readonly ends: ServerEnd[];
  /** Breaks what is open: frames on their way are lost in both directions. */
  breakAll(): void;
  /** While false, connecting fails. */
  isReachable: boolean;
}

type Handler = ((event: never) => void) | null;
const call = (handler: Handler, event: unknown) => (handler as ((event: unknown) => void) | null)?.(event);

/** A network on simulated time: frames take `latencyMs` each way and keep their order. */
export function fakeNetwork(
  server: FakeServer,
  { clock, latencyMs, encoding }: { clock: ManualClock; latencyMs: number; encoding: Encoding },
): FakeNetwork {
  const open = new Set<FakeSocket>();
  const network = {
    ends: [] as ServerEnd[],
    isReachable: true,
    breakAll: () => {
      for (const socket of [...open]) socket.end(1006);
    },
  };

  class FakeSocket implements WebSocketLike {
    binaryType = 'blob';
    onopen: Handler = null;
    onmessage: Handler = null;
    onerror: Handler = null;
    onclose: Handler = null;
    #isOpen = true;
    readonly #server: ServerEnd;

    constructor(url: string, protocols: string[]) {
      open.add(this);
      const isOpen = () => this.#isOpen;
      this.#server = {
        url,
        protocols,
        get isOpen() {
          return isOpen();
        },
        send: (frame) => this.sendRaw(encode(frame, encoding)),
        sendRaw: (data) => this.sendRaw(data),
        close: (code) => this.later(() => this.end(code)),
      };
      this.later(() => {
        if (!network.isReachable) return this.end(1006);
        network.ends.push(this.#server);
        server.opened?.(this.#server);
        call(this.onopen, {});
      });
    }

    later(fn: () => void): void {
      clock.after(latencyMs, () => {
        if (this.#isOpen) fn();
      });
    }

    send(data: string | Uint8Array): void {
      if (!this.#isOpen) throw new Error('not open');
      this.later(() => server.frame(this.#server, decode(data, encoding) as UpFrame));
    }

    sendRaw(data: string | Uint8Array): void {
      this.later(() => call(this.onmessage, { data }));
    }

    close(code = 1005): void {
      this.later(() => this.end(code));
    }

    end(code: number): void {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      open.delete(this);
      server.closed?.(this.#server);
      if (code === 1006) call(this.onerror, {});
      call(this.onclose, { code });
    }
  }
  return Object.assign(network, { WebSocket: FakeSocket as WebSocketConstructor });
}

/** Lets everything run that waits only for promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
