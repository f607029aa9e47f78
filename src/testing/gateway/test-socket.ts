import { WebSocket } from 'ws';
import { decode, encode } from '../../protocol/codec.ts';
import type { DownBody, DownFrame, DownKind } from '../../protocol/down.ts';
import { readDown } from '../../protocol/read-frame.ts';
import { type Encoding, SUBPROTOCOLS } from '../../protocol/version.ts';
import { until } from '../until.ts';

export interface TestSocketOptions {
  readonly encoding?: Encoding;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A machine that has much else to do is no failure. */
const WAIT_MS = 20_000;

/** A client that keeps every frame it was sent; a frame that does not fit the wire is a failure. */
export class TestSocket {
  readonly encoding: Encoding;
  readonly frames: DownFrame[] = [];
  readonly misfits: string[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, encoding: Encoding) {
    this.#socket = socket;
    this.encoding = encoding;
    socket.on('message', (data: Buffer, isBinary) => this.#onMessage(data, isBinary));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('error', () => {});
  }

  static open(url: string, { encoding = 'msgpack', headers = {} }: TestSocketOptions): Promise<TestSocket> {
    const socket = new WebSocket(url, SUBPROTOCOLS[encoding], { headers, perMessageDeflate: false });
    const made = new TestSocket(socket, encoding);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(made));
      socket.once('unexpected-response', (_request, response) => {
        reject(new Error(`refused with ${response.statusCode}`));
        response.destroy();
      });
      socket.once('error', reject);
    });
  }

  say(kind: string, body: unknown): void {
    const bytes = encode([kind, body], this.encoding);
    this.#socket.send(bytes);
  }

  sayRaw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** All frames of a kind so far. */
  all<K extends DownKind>(kind: K): DownBody<K>[] {
    return this.frames.filter((frame) => frame[0] === kind).map((frame) => frame[1] as DownBody<K>);
  }

  /** The first frame of a kind that fits; waits for it. */
  async heard<K extends DownKind>(
    kind: K,
    fits: (body: DownBody<K>) => boolean = () => true,
  ): Promise<DownBody<K>> {
    return until(() => this.all(kind).find(fits), { timeoutMs: WAIT_MS, what: `a frame ${kind}` }) as Promise<
      DownBody<K>
    >;
  }

  async closedWith(): Promise<number> {
    const closed = await until(() => this.closed, { timeoutMs: WAIT_MS, what: 'the close' });
    return closed.code;
  }

  /** True when the other side answers a heartbeat. */
  async isAnswered(): Promise<boolean> {
    const sentAtMs = Math.floor(performance.now() * 1000);
    this.say('hb', { sentAtMs });
    await this.heard('hb', ({ echoMs }) => echoMs === sentAtMs);
    return true;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  hangUp(): void {
    this.#socket.close(1000);
  }

  vanish(): void {
    this.#socket.terminate();
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    const read = readDown(decode(isBinary ? data : data.toString(), this.encoding));
    if (read.ok) this.frames.push(read.frame);
    else this.misfits.push(read.detail);
  }
}
