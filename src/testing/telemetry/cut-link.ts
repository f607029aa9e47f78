import { connect, createServer, type Server, type Socket } from 'node:net';

export interface CutLinkOptions {
  /** Of the engine on this machine. */
  readonly port: number;
  /** From the device to the engine. */
  readonly bytesPerS: number;
  /** One way. */
  readonly delayMs: number;
}

const TICK_MS = 20;
/** What one direction holds before it reads no further, as a slow link does. */
const HELD_BYTES = 16 * 1024;

/** A link between a device and an engine: slow, far, and cut when a proof says so. User space, so it needs no rights. */
export class CutLink {
  readonly url: string;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  static async start(options: CutLinkOptions): Promise<CutLink> {
    const open = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(options.port, '127.0.0.1');
      for (const socket of [near, far]) {
        open.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('close', () => {
          open.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      carry(near, far, options);
      carry(far, near, { ...options, bytesPerS: options.bytesPerS * 4 });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new CutLink(`http://127.0.0.1:${port}`, server, open);
  }

  private constructor(url: string, server: Server, open: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#open = open;
  }

  /** Breaks what is open: what was on its way is lost in both directions. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Hands bytes on at their pace and with their delay; reads no further than it holds. */
function carry(from: Socket, to: Socket, { bytesPerS, delayMs }: CutLinkOptions): void {
  const waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  let heldBytes = 0;
  let allowance = 0;
  from.on('data', (bytes: Buffer) => {
    waiting.push({ bytes, dueMs: performance.now() + delayMs });
    heldBytes += bytes.length;
    if (heldBytes > HELD_BYTES) from.pause();
  });
  const timer = setInterval(() => {
    allowance = Math.min(allowance + (bytesPerS * TICK_MS) / 1_000, bytesPerS / 10);
    for (
      let next = waiting[0];
      next && next.dueMs <= performance.now() && allowance >= 1;
      next = waiting[0]
    ) {
      const part = next.bytes.subarray(0, Math.floor(allowance));
      to.write(part);
      allowance -= part.length;
      heldBytes -= part.length;
      waiting.shift();
      const rest = next.bytes.subarray(part.length);
      if (rest.length > 0) waiting.unshift({ bytes: rest, dueMs: next.dueMs });
    }
    if (heldBytes <= HELD_BYTES) from.resume();
  }, TICK_MS);
  from.on('close', () => clearInterval(timer));
}
