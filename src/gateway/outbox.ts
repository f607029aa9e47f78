import { RingBuffer } from '../lib/ring-buffer.ts';
import { encode } from '../protocol/codec.ts';
import type { DownFrame } from '../protocol/down.ts';
import type { Encoding } from '../protocol/version.ts';

/** A frame that goes to many sockets and is encoded once per encoding. */
export interface Encodable {
  bytes(encoding: Encoding): Uint8Array;
}

/** As much of a uWebSockets.js socket as the outbox uses. */
export interface SocketPort {
  /** 1 sent, 0 kept by the socket to be sent, 2 dropped. */
  send(bytes: Uint8Array | string, isBinary: boolean): number;
  /** Answered by the other side itself, with the same payload, once it has read that far (RFC 6455, 5.5.2). */
  ping(payload: string): unknown;
  getBufferedAmount(): number;
  cork(write: () => void): unknown;
  end(code: number, reason: string): void;
}

/** Frames are handed to the socket while it holds less than this; the rest waits here, where it can be counted. */
const WATER_BYTES = 64 * 1024;

/**
 * clear: the socket holds less than that. Otherwise a large frame is on its way, nothing is handed over until it is out, and it
 * moves or is stuck.
 */
export type WayOut = 'clear' | 'moves' | 'stuck';

const utf8 = new TextEncoder();

export interface OutboxParts {
  readonly socket: SocketPort;
  readonly encoding: Encoding;
  readonly budgetBytes: number;
  /** More waits than the budget allows, or the socket dropped a frame: it must be closed as slow. */
  readonly onOverflow: () => void;
}

/**
 * What one socket has yet to be sent, in order. Bounded in bytes; the overflow is a close with 4008, after which the
 * client resumes by number. Frames of one turn leave together. State frames never wait here: whoever makes them
 * asks `ready` first and keeps the newest value by entity.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #queue = new RingBuffer<Uint8Array>();
  #queuedBytes = 0;
  /** What the socket held when that was looked at last. */
  #heldBytes = 0;
  #closed = false;
  #flushIsDue = false;
  #whenRoom: { promise: Promise<void>; resolve: () => void } | null = null;
  /** Frames handed over so far, so that silence on our side is noticed. */
  sent = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  say(frame: DownFrame): void {
    if (!this.#closed) this.#push(bytesOf(frame, this.#parts.encoding));
  }

  share(frame: Encodable): void {
    if (!this.#closed) this.#push(frame.bytes(this.#parts.encoding));
  }

  /** A WebSocket ping is no frame of ours: it goes past the queue, behind what the socket holds already. */
  ping(payload: string): void {
    if (!this.#closed) this.#parts.socket.ping(payload);
  }

  /** How the way out is, since this was asked last. To be asked regularly. */
  wayOut(): WayOut {
    const beforeBytes = this.#heldBytes;
    this.#heldBytes = this.#closed ? 0 : this.#parts.socket.getBufferedAmount();
    if (this.#heldBytes < WATER_BYTES) return 'clear';
    return this.#heldBytes < beforeBytes ? 'moves' : 'stuck';
  }

  /** True while nothing waits: the moment for frames of state. */
  ready(): boolean {
    return !this.#closed && this.#queue.size === 0 && this.#parts.socket.getBufferedAmount() < WATER_BYTES;
  }

  /** Null: room for a page of events. Otherwise a promise of the moment to ask again. */
  room(): Promise<void> | null {
    if (this.#closed || this.#queuedBytes <= this.#parts.budgetBytes / 4) return null;
    if (!this.#whenRoom) {
      let resolve = () => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#whenRoom = { promise, resolve };
    }
    return this.#whenRoom.promise;
  }

  /** Writes what the socket takes. Called after each turn that queued something, and when the socket has drained. */
  flush(): void {
    this.#flushIsDue = false;
    if (this.#closed || this.#queue.size === 0) return;
    let dropped = false;
    this.#parts.socket.cork(() => {
      dropped = this.#write();
    });
    if (dropped) this.#parts.onOverflow();
    else if (!this.#closed && this.#queuedBytes <= this.#parts.budgetBytes / 4) this.#tellOfRoom();
  }

  /** Says last words, past the queue when it is stuck, and closes. */
  finish(lastWords: readonly DownFrame[], code: number, reason: string): void {
    if (this.#closed) return;
    this.flush();
    if (this.#closed) return;
    const { socket, encoding } = this.#parts;
    this.stop();
    socket.cork(() => {
      for (const frame of lastWords) socket.send(bytesOf(frame, encoding), encoding === 'msgpack');
    });
    socket.end(code, reason);
  }

  /** The socket is gone: nothing may touch it any more. */
  stop(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#tellOfRoom();
  }

  #push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    if (this.#isOverBudget()) this.flush();
    if (this.#isOverBudget()) {
      this.#parts.onOverflow();
      return;
    }
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    queueMicrotask(() => this.flush());
  }

  // A single frame may be larger than the budget (the first snapshot of a large feed); several may not.
  #isOverBudget(): boolean {
    return this.#queue.size > 1 && this.#queuedBytes > this.#parts.budgetBytes;
  }

  /** True when the socket dropped a frame, after which nothing more may be sent as if it had not. */
  #write(): boolean {
    const { socket, encoding } = this.#parts;
    while (socket.getBufferedAmount() < WATER_BYTES) {
      const bytes = this.#queue.shift();
      if (!bytes) return false;
      this.#queuedBytes -= bytes.byteLength;
      this.sent += 1;
      if (socket.send(bytes, encoding === 'msgpack') === 2) return true;
    }
    return false;
  }

  #tellOfRoom(): void {
    this.#whenRoom?.resolve();
    this.#whenRoom = null;
  }
}

function bytesOf(frame: DownFrame, encoding: Encoding): Uint8Array {
  const encoded = encode(frame, encoding);
  return typeof encoded === 'string' ? utf8.encode(encoded) : encoded;
}
