import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { decode, encode } from '../protocol/codec.ts';
import type { DownFrame } from '../protocol/down.ts';
import type { UpFrame } from '../protocol/up.ts';
import { SUBPROTOCOLS } from '../protocol/version.ts';

const ADMITTED_WITHIN_MS = 60_000;

/** A socket that speaks frames and nothing more: what it measures is not its own work. */
export class Line {
  readonly #socket: WebSocket;
  onFrame: (frame: DownFrame) => void = () => {};
  onClose: (code: number) => void = () => {};
  /** Frames of this kind are not even decoded: thousands of rows would be the work of whoever measures. */
  skips: DownFrame[0] | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      if (!this.#isSkipped(data)) this.onFrame(decode(data, 'msgpack') as DownFrame);
    });
    socket.on('error', () => {});
    socket.on('close', (code) => this.onClose(code));
  }

  /** Resolves when it is signed in. Whoever is told that there is no room yet comes when they are told to, as clients do. */
  static async open(url: string, token: string, deviceId?: string): Promise<Line> {
    const untilMs = performance.now() + ADMITTED_WITHIN_MS;
    for (;;) {
      const opened = await Line.#ask(url, token, deviceId);
      if (opened instanceof Line) return opened;
      if (performance.now() > untilMs) throw new Error('a socket was refused: busy');
      await new Promise((resolve) => setTimeout(resolve, opened.retryAfterMs));
    }
  }

  static #ask(url: string, token: string, deviceId?: string): Promise<Line | { retryAfterMs: number }> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, [SUBPROTOCOLS.msgpack], {
        perMessageDeflate: false,
      });
      const line = new Line(socket);
      line.onFrame = ([kind, body]) => {
        if (kind === 'welcome') resolve(line);
        else if (kind !== 'error') return;
        else if (body.code === 'busy') resolve({ retryAfterMs: body.retryAfterMs ?? 1_000 });
        else reject(new Error(`a socket was refused: ${body.code}`));
      };
      socket.once('error', reject);
      socket.once('open', () => {
        const device = deviceId === undefined ? {} : { device: { id: deviceId, epoch: randomUUID() } };
        line.say(['hello', { token, client: 'muster-bench', ...device }]);
      });
    });
  }

  /** A frame is an array of two whose first is a short text: a byte for each, then its letters. */
  #isSkipped(data: Buffer): boolean {
    const { skips } = this;
    return skips !== null && data.toString('latin1', 2, 2 + skips.length) === skips;
  }

  say(frame: UpFrame): void {
    this.send(encode(frame, 'msgpack'));
  }

  /** A frame that was encoded before. */
  send(bytes: string | Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Takes nothing more of what comes: it stays with the system, and then with the server. */
  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.terminate();
  }
}
